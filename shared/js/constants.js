// Generated from the Python models by `python -m services.main_app export_frontend`: change those, not this file.

/** @typedef {(typeof FailureCode)[keyof typeof FailureCode]} FailureCode */
export const FailureCode = /*@__PURE__*/ Object.freeze({
  EMPTY: 'empty',
  NOT_AUDIO: 'not_audio',
  UNSUPPORTED: 'unsupported',
  PROTECTED: 'protected',
  CORRUPT: 'corrupt',
  NON_FINITE: 'non_finite',
  DENIED: 'denied',
  NOT_FOUND: 'not_found',
  UNAVAILABLE: 'unavailable',
  LIMIT: 'limit',
  TIMED_OUT: 'timed_out',
  OUT_OF_MEMORY: 'out_of_memory',
  CRASHED: 'crashed',
});

/** @typedef {(typeof JobState)[keyof typeof JobState]} JobState */
export const JobState = /*@__PURE__*/ Object.freeze({
  WAITING: 'waiting',
  SENT: 'sent',
  RUNNING: 'running',
  DONE: 'done',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
});

/** @typedef {(typeof Lane)[keyof typeof Lane]} Lane */
export const Lane = /*@__PURE__*/ Object.freeze({
  INTERACTIVE: 'interactive',
  BULK: 'bulk',
});

/** @typedef {(typeof NodeKind)[keyof typeof NodeKind]} NodeKind */
export const NodeKind = /*@__PURE__*/ Object.freeze({
  SOURCE: 'source',
  FILTER: 'filter',
  ANALYZE: 'analyze',
  EMBED: 'embed',
  REDUCE: 'reduce',
  CLUSTER: 'cluster',
  DEDUPE: 'dedupe',
  EXPORT: 'export',
});

/** @typedef {(typeof Outcome)[keyof typeof Outcome]} Outcome */
export const Outcome = /*@__PURE__*/ Object.freeze({
  ANALYZED: 'analyzed',
  FAILED: 'failed',
  SKIPPED: 'skipped',
});

/** @typedef {(typeof RunState)[keyof typeof RunState]} RunState */
export const RunState = /*@__PURE__*/ Object.freeze({
  SCANNING: 'scanning',
  ANALYZING: 'analyzing',
  LAYING_OUT: 'laying_out',
  DONE: 'done',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
});

/** @typedef {(typeof PointsSection)[keyof typeof PointsSection]} PointsSection */
export const PointsSection = /*@__PURE__*/ Object.freeze({
  XY: 1,
  CLUSTER: 2,
  ID: 4,
});

export const POINTS_MAGIC = 'TNP1';
export const POINTS_MEDIA_TYPE = 'application/vnd.tonotope.points';
export const POINTS_HEADER_BYTES = 32;
export const POINTS_NO_CLUSTER = 255;
export const PREVIEWS_MEDIA_TYPE = 'application/vnd.tonotope.previews';
export const PREVIEWS_PER_BLOCK = 64;
export const ROWS_LIMIT = 5000;
