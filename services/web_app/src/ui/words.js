/** What the app says about runs, failures and recordings: short, plain, about a person's sounds. */
import { FailureCode, RunState } from '@tonotope/shared/constants';
import { countOf, formatBytes, formatCount, formatRemaining } from '@tonotope/shared/utils';
import { isActive } from '../state/library.js';

/** @typedef {import('../api/types.js').Run} Run */

const FAILURES = /** @type {Record<string, [string, string]>} */ ({
  [FailureCode.EMPTY]: ['Nothing in it', 'The file has no samples.'],
  [FailureCode.NOT_AUDIO]: ['Not a sound', 'It is named like a sound, but holds something else.'],
  [FailureCode.UNSUPPORTED]: ['A format we cannot read', 'Converting it to WAV or FLAC helps.'],
  [FailureCode.PROTECTED]: ['Locked by its seller', 'Files with copy protection stay closed to us.'],
  [FailureCode.CORRUPT]: ['Damaged', 'It begins like a sound and then makes no sense.'],
  [FailureCode.NON_FINITE]: ['No usable sample', 'Its samples are not numbers. Export it once more.'],
  [FailureCode.DENIED]: ['No permission', 'Allow Tonotope to read it, then try again.'],
  [FailureCode.NOT_FOUND]: ['Gone', 'It was moved or deleted while we were reading.'],
  [FailureCode.UNAVAILABLE]: ['Out of reach', 'The disk or the service did not answer. Try again.'],
  [FailureCode.LIMIT]: ['Too large', 'More channels, bytes or hours than allowed here.'],
  [FailureCode.TIMED_OUT]: ['Took too long', 'Trying again may help.'],
  [FailureCode.OUT_OF_MEMORY]: ['Needs too much memory', 'Splitting it into shorter files helps.'],
  [FailureCode.CRASHED]: ['Made its reader crash', 'We would like to see this file: please report it.'],
});

/** @param {string} code @returns {{ title: string, advice: string }} */
export function failureWords(code) {
  const [title, advice] = FAILURES[code] ?? ['Could not be read', 'Trying again may help.'];
  return { title, advice };
}

const FLAGS = /** @type {Record<string, string>} */ ({
  clipped: 'Clipped',
  silent: 'Silent',
  truncated: 'Cut short',
  dc_offset: 'DC offset',
  non_finite: 'Had unusable samples',
  dual_mono: 'Both channels alike',
});

/** @param {string} flag */
export function flagWords(flag) {
  return FLAGS[flag] ?? flag.replaceAll('_', ' ');
}

/** @param {Run} run @returns {string} what is going on, in a few words */
export function runWords(run) {
  const settled = run.analyzed + run.failed + run.skipped;
  switch (run.state) {
    case RunState.SCANNING:
      return run.found ? `Found ${countOf(run.found, 'file')} so far` : 'Looking for sounds';
    case RunState.ANALYZING:
      return `Listening: ${formatCount(settled)} of ${formatCount(run.files)}`;
    case RunState.LAYING_OUT:
      return 'Drawing the map';
    case RunState.CANCELLED:
      return 'Stopped';
    case RunState.FAILED:
      return run.message || 'Could not be finished';
    default:
      return failuresWords(run.failed) || 'All sounds are on the map';
  }
}

/** @param {number} count */
export function failuresWords(count) {
  return count ? `${countOf(count, 'file')} could not be read` : '';
}

/** @param {Run} run @returns {string} speed and time left, as far as known */
export function paceWords(run) {
  if (!isActive(run)) return '';
  const parts = [];
  if (run.files_per_s > 0) parts.push(`${formatCount(Math.round(run.files_per_s))} sounds/s`);
  if (run.bytes_per_s > 0) parts.push(`${formatBytes(run.bytes_per_s)}/s`);
  if (run.eta_s !== null) parts.push(`${formatRemaining(run.eta_s)} left`);
  return parts.join(' · ');
}

/**
 * The name of a source in a place with little room: of a whole path its end, which tells folders apart.
 *
 * @param {string} title
 */
export function shortTitle(title) {
  return title.startsWith('/') ? title.split('/').filter(Boolean).slice(-2).join('/') : title;
}

/**
 * What people call a sound: a slice by its file and its place among the others.
 *
 * @param {Pick<import('../api/types.js').AudioFileDetails, 'name' | 'slice'>} sound
 */
export function soundTitle({ name, slice }) {
  return slice ? `${slice.parent_name}, slice ${slice.number}` : name;
}

/**
 * From where to where a slice reaches: `1.20–1.90 s`, `3:07.20–3:09.00`.
 *
 * @param {{ start_s: number, end_s: number }} slice
 */
export function sliceSpan({ start_s: startS, end_s: endS }) {
  if (endS < 59.995) return `${startS.toFixed(2)}–${endS.toFixed(2)} s`;
  return `${clockWithHundredths(startS)}–${clockWithHundredths(endS)}`;
}

/** @param {number} seconds */
function clockWithHundredths(seconds) {
  const hundredths = Math.round(seconds * 100);
  return `${Math.floor(hundredths / 6000)}:${((hundredths % 6000) / 100).toFixed(2).padStart(5, '0')}`;
}

/** @param {string} group of descriptors */
export function groupWords(group) {
  return group ? group[0].toUpperCase() + group.slice(1) : 'Other';
}
