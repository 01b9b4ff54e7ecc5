/** The state behind the development server: sources, maps and runs that go on by themselves. */
import { FailureCode, RunState } from '@tonotope/shared/constants';
import { createLayout, createSounds } from './dataset.js';
import { JobBook } from './jobs.js';

/** @typedef {import('../../src/api/types.js').Run} Run */
/** @typedef {import('../../src/api/types.js').Source} Source */
/** @typedef {import('../../src/api/types.js').SoundMap} SoundMap */
/** @typedef {import('./dataset.js').Layout} Layout */
/**
 * @typedef {object} Options
 * @property {boolean} [hasCollection] a source that was analyzed before
 * @property {number} [nSounds]
 * @property {boolean} [needsLogin]
 * @property {number} [tickMs] how fast runs go on
 */
/** @typedef {{ layouts: Map<number, Layout>, frames: Map<string, Layout>, map: SoundMap, sounds: import('./dataset.js').Sound[] }} MapState */

const FAILURE_PATHS = /** @type {[string, string, string][]} */ ([
  [FailureCode.UNSUPPORTED, 'Old sessions/1998/drone.sd2', 'Sound Designer II files cannot be read'],
  [FailureCode.UNSUPPORTED, 'Old sessions/1998/hit.sd2', 'Sound Designer II files cannot be read'],
  [FailureCode.CORRUPT, 'Field recordings/Surf (recovered).wav', 'the data ends after 12 of 4,211 kB'],
  [FailureCode.CORRUPT, 'Drums/Kicks/Kick tape 03.flac', 'frame 7 does not match its checksum'],
  [FailureCode.EMPTY, 'Voices/take 14.wav', 'zero bytes'],
  [FailureCode.NOT_AUDIO, 'Drums/README.wav', 'the file holds text'],
  [FailureCode.PROTECTED, 'Downloads/Song (purchased).m4p', 'encrypted by its seller'],
  [FailureCode.DENIED, 'Private/demo.wav', 'no permission to read the file'],
]);
export const FAILURES = FAILURE_PATHS.map(([code, path, message], k) => ({ audio_file_id: 900_001 + k, path, code, message }));
const FRAMES = 6;
const STEPS = 14;

export class World {
  /** @type {Map<number, Source>} */
  sources = new Map();
  /** @type {Map<number, Run>} */
  runs = new Map();
  /** @type {Map<number, MapState>} */
  maps = new Map();
  /** @type {((kind: 'run' | 'map' | 'frame', data: unknown) => void)[]} */
  listeners = [];
  #nextId = 1;
  #nextLayout = 1;
  #timers = /** @type {Set<NodeJS.Timeout>} */ (new Set());

  /** @param {Options} options */
  constructor({ hasCollection = true, nSounds = 2000, tickMs = 120 }) {
    this.nSounds = nSounds;
    this.tickMs = tickMs;
    this.jobs = new JobBook(tickMs);
    if (hasCollection) {
      const { source, run } = this.#createSource('local_folder', { folder: '/samples/Studio library' }, 'Studio library');
      const state = this.#mapOf(source);
      this.#layOut(state, 'place', 'fit');
      Object.assign(run, finalCounts(nSounds), { state: RunState.DONE, finished_at: run.created_at, layout_fraction: 1 });
      this.jobs.fill(run.id);
    }
  }

  stop() {
    this.jobs.stop();
    for (const timer of this.#timers) clearTimeout(timer);
  }

  /**
   * @param {string} provider
   * @param {Record<string, string>} config
   */
  addSource(provider, config) {
    const known = [...this.sources.values()].find((source) => source.provider === provider && source.config.folder === config.folder);
    if (known) return { source: known, run: this.startRun(known) };
    const label = provider === 'demo_collection' ? 'Demo collection' : (config.folder?.split('/').at(-1) ?? 'Folder');
    const added = this.#createSource(provider, config, label);
    this.#advance(added.run, 0);
    return added;
  }

  /** @param {Source} source */
  startRun(source) {
    const run = this.#createRun(source);
    this.#advance(run, 0);
    return run;
  }

  /** @param {Run} run */
  cancel(run) {
    if (run.finished_at === null) this.#finish(run, RunState.CANCELLED);
  }

  /** @param {number} mapId */
  layOutAgain(mapId) {
    const source = /** @type {Source} */ ([...this.sources.values()].find(({ map_id: id }) => id === mapId));
    const run = this.#createRun(source);
    Object.assign(run, { state: RunState.LAYING_OUT, files: 0 });
    this.#advance(run, STEPS + 1);
    return run;
  }

  /**
   * @param {string} provider
   * @param {Record<string, string>} config
   * @param {string} label
   */
  #createSource(provider, config, label) {
    const id = this.#nextId++;
    const sounds = createSounds(this.nSounds, id * 100_000 + 1, 10 + id);
    /** @type {SoundMap} */
    const map = {
      id, title: label, source_id: id, layout_id: null, layout_kind: null, layout_version: 0, n_points: 0,
      bounds: null, clusters: [], run_id: null,
    };
    this.maps.set(id, { map, sounds, layouts: new Map(), frames: new Map() });
    /** @type {Source} */
    const source = {
      id, provider, label, state: 'ok', problem: '', config, n_files: sounds.length + FAILURES.length, map_id: id,
      created_at: new Date(0).toISOString(), last_run: null,
    };
    this.sources.set(id, source);
    return { source, run: this.#createRun(source) };
  }

  /** @param {Source} source */
  #createRun(source) {
    /** @type {Run} */
    const run = {
      id: this.#nextId++, source_id: source.id, map_id: source.map_id, state: RunState.SCANNING,
      created_at: new Date().toISOString(), finished_at: null, files: 0, analyzed: 0, failed: 0, skipped: 0, found: 0,
      bytes_per_s: 0, files_per_s: 0, eta_s: null, layout_fraction: 0, message: '', failures_by_code: {},
    };
    this.runs.set(Number(run.id), run);
    source.last_run = run;
    this.#mapOf(source).map.run_id = run.id;
    return run;
  }

  /** @param {Source} source */
  #mapOf(source) {
    return /** @type {MapState} */ (this.maps.get(Number(source.map_id)));
  }

  /**
   * One step of a run, and the next one a moment later: found, analyzed, laid out coarsely, frame by frame, done.
   *
   * @param {Run} run
   * @param {number} step
   */
  #advance(run, step) {
    if (run.finished_at !== null) return;
    const state = /** @type {MapState} */ (this.maps.get(Number(run.map_id)));
    const total = this.nSounds + FAILURES.length;
    if (step <= STEPS) {
      const share = step / STEPS;
      const failed = Math.floor(share * FAILURES.length);
      Object.assign(run, {
        state: step < STEPS / 3 ? RunState.SCANNING : RunState.ANALYZING,
        found: Math.min(total, Math.round(3 * share * total)),
        files: Math.min(total, Math.round(3 * share * total)),
        analyzed: Math.round(share * this.nSounds), failed, failures_by_code: countCodes(failed),
        files_per_s: 212, bytes_per_s: 48_300_000, eta_s: share > 0.2 ? Math.round((1 - share) * 40) : null,
      });
      if (step === Math.floor(STEPS / 2)) this.#layOut(state, 'preview', 'preview');
    } else if (step <= STEPS + FRAMES) {
      const share = (step - STEPS) / FRAMES;
      Object.assign(run, { state: RunState.LAYING_OUT, layout_fraction: share, eta_s: Math.round((1 - share) * 8) });
      this.#emitFrame(state, share);
    } else {
      this.#layOut(state, 'place', 'fit');
      Object.assign(run, finalCounts(this.nSounds));
      this.#finish(run, RunState.DONE);
      return;
    }
    this.emit('run', run);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#advance(run, step + 1);
    }, this.tickMs);
    this.#timers.add(timer);
  }

  /**
   * @param {Run} run
   * @param {import('@tonotope/shared/constants').RunState} state
   */
  #finish(run, state) {
    Object.assign(run, { state, finished_at: new Date().toISOString(), eta_s: 0, layout_fraction: 1 });
    if (state === RunState.CANCELLED) run.files = run.analyzed + run.failed + run.skipped;
    this.emit('run', run);
  }

  /**
   * @param {MapState} state
   * @param {'place' | 'preview'} which
   * @param {'preview' | 'fit'} kind
   */
  #layOut(state, which, kind) {
    const layout = createLayout(this.#nextLayout++, state.sounds, which);
    state.layouts.set(layout.id, layout);
    Object.assign(state.map, {
      layout_id: layout.id, layout_kind: kind, layout_version: state.map.layout_version + 1, n_points: layout.order.length,
      bounds: layout.bounds, clusters: kind === 'fit' ? layout.clusters : [],
    });
    this.emit('map', state.map);
  }

  /**
   * @param {MapState} state
   * @param {number} share
   */
  #emitFrame(state, share) {
    const moved = state.sounds.map((sound) => ({
      ...sound,
      place: /** @type {[number, number]} */ ([0, 1].map((axis) => sound.preview[axis] + (sound.place[axis] - sound.preview[axis]) * share)),
    }));
    const token = `f${this.#nextId++}`;
    state.frames.set(token, createLayout(this.#nextLayout, moved, 'place'));
    this.emit('frame', { map_id: state.map.id, layout_id: this.#nextLayout, frame: token, fraction: share });
  }

  /**
   * @param {'run' | 'map' | 'frame'} kind
   * @param {unknown} data
   */
  emit(kind, data) {
    for (const listener of this.listeners) listener(kind, data);
  }
}

/** @param {number} nSounds */
function finalCounts(nSounds) {
  const failed = FAILURES.length;
  return {
    files: nSounds + failed, found: nSounds + failed, analyzed: nSounds, failed, skipped: 0,
    failures_by_code: countCodes(failed), files_per_s: 0, bytes_per_s: 0,
  };
}

/** @param {number} failed */
function countCodes(failed) {
  const counts = /** @type {Record<string, number>} */ ({});
  for (const { code } of FAILURES.slice(0, failed)) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}
