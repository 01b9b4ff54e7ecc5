/** Sources, their maps and their runs: kept live by the server's events. */
import { derived, get, writable } from 'svelte/store';
import { RunState } from '@tonotope/shared/constants';
import { listenToEvents } from '../api/events.js';

/** @typedef {import('../api/types.js').Run} Run */
/** @typedef {import('../api/types.js').Source} Source */
/** @typedef {import('../api/types.js').SoundMap} SoundMap */
/** @typedef {import('../api/client.js').Id} Id */

/** Parameters of a source whose files are to be cut into their events. */
const SLICING = { analyze_audio: { slicing: 'events' } };
const FINAL_STATES = /** @type {readonly string[]} */ ([RunState.DONE, RunState.FAILED, RunState.CANCELLED]);

/** @param {Run | null | undefined} run */
export function isActive(run) {
  return run != null && !FINAL_STATES.includes(run.state);
}

/**
 * How far a run is, 0…1; `null` while nobody knows how much there is.
 *
 * @param {Run} run
 */
export function progressOf(run) {
  if (!isActive(run)) return 1;
  const known = Math.max(run.files, run.found);
  if (known === 0) return null;
  const settled = (run.analyzed + run.failed + run.skipped) / known;
  if (run.state === RunState.SCANNING) return 0.9 * Math.min(1, settled);
  if (run.state === RunState.LAYING_OUT) return 0.9 + 0.1 * run.layout_fraction;
  return 0.9 * Math.min(1, settled);
}

/**
 * @param {object} parts
 * @param {import('../api/client.js').ApiClient} parts.api
 * @param {(frame: import('../api/types.js').Frame) => void} parts.onFrame
 * @param {(error: unknown) => void} parts.onError
 */
export function createLibrary({ api, onFrame, onError }) {
  const sources = writable(/** @type {Source[]} */ ([]));
  const maps = writable(/** @type {Map<string, SoundMap>} */ (new Map()));
  const runs = writable(/** @type {Map<string, Run>} */ (new Map())); // by source
  const isReady = writable(false);
  const isConnected = writable(true);
  /** Sources that are being removed: out of sight, but still there until the time to undo has passed. */
  const leaving = writable(/** @type {Set<string>} */ (new Set()));
  const visibleSources = derived([sources, leaving], ([all, gone]) => all.filter((source) => !gone.has(String(source.id))));
  /** @type {() => void} */
  let stopEvents = () => undefined;

  async function refresh() {
    const [allSources, allMaps] = await Promise.all([api.sources(), api.maps()]);
    sources.set(allSources);
    maps.set(new Map(allMaps.map((map) => [String(map.id), map])));
    runs.update((known) => {
      const next = new Map(known);
      for (const source of allSources) if (source.last_run) next.set(String(source.id), source.last_run);
      return next;
    });
    isReady.set(true);
  }

  /** @param {Run} run */
  function keepRun(run) {
    const before = get(runs).get(String(run.source_id));
    runs.update((known) => new Map(known).set(String(run.source_id), run));
    const isUnknown = !get(sources).some((source) => String(source.id) === String(run.source_id));
    if (get(isReady) && (isUnknown || (isActive(before) && !isActive(run)))) refresh().catch(onError);
  }

  function connect() {
    stopEvents();
    let wasLost = false;
    stopEvents = listenToEvents(api.eventsUrl, {
      run: keepRun,
      map: (map) => maps.update((known) => new Map(known).set(String(map.id), map)),
      frame: onFrame,
      connection: (connected) => {
        isConnected.set(connected);
        if (connected && wasLost) refresh().catch(onError);
        wasLost = !connected;
      },
    });
  }

  /**
   * @param {string} provider
   * @param {Record<string, string>} [config]
   * @param {{ isSliced?: boolean }} [options] whether the events of its files are sounds of their own; else as before
   * @returns {Promise<Id>} the map on which its sounds will be
   */
  async function add(provider, config = {}, { isSliced = false } = {}) {
    const { source, run, map_id: mapId } = await api.addSource(isSliced ? { provider, config, parameters: SLICING } : { provider, config });
    sources.update((all) => [...all.filter((known) => known.id !== source.id), source]);
    leaving.update((gone) => new Set([...gone].filter((id) => id !== String(source.id))));
    keepRun(run);
    await refresh();
    return mapId;
  }

  /** @param {Id} sourceId */
  async function scanAgain(sourceId) {
    keepRun(await api.scanAgain(sourceId));
  }

  /** @param {Run} run */
  async function cancel(run) {
    await api.cancelRun(run.id);
    keepRun(await api.run(run.id));
  }

  /** @param {Run} run */
  async function retry(run) {
    keepRun(await api.retryRun(run.id));
  }

  /**
   * Takes a source out of sight at once. The caller decides later which of the two happens.
   *
   * @param {Source} source
   */
  function remove(source) {
    const id = String(source.id);
    leaving.update((gone) => new Set(gone).add(id));
    const comeBack = () => leaving.update((gone) => new Set([...gone].filter((other) => other !== id)));
    return {
      undo: comeBack,
      /** @param {{ isLeaving?: boolean }} [options] */
      finish: async (options) => {
        try {
          await api.removeSource(source.id, options);
          sources.update((all) => all.filter((known) => known.id !== source.id));
        } catch (error) {
          comeBack();
          onError(error);
        }
      },
    };
  }

  return {
    sources: visibleSources, maps, runs, isReady, isConnected, refresh, connect, add, scanAgain, cancel, retry, remove,
    disconnect: () => stopEvents(),
  };
}
