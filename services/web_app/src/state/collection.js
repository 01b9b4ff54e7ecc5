/**
 * The sounds of the map that is shown: places, names and measured columns, all in the point order of one layout.
 *
 * The places may come from a frame of a layout that is still being computed; everything else stays in the order of
 * the layout that stands.
 */
import { get, writable } from 'svelte/store';
import { POINTS_NO_CLUSTER, ROWS_LIMIT } from '@tonotope/shared/constants';
import { createValueScale } from '../map/value_scale.js';

/** @typedef {import('../api/types.js').SoundMap} SoundMap */
/** @typedef {import('../api/types.js').DescriptorSpec} DescriptorSpec */
/**
 * @typedef {object} Collection
 * @property {string} mapId
 * @property {number} layoutId
 * @property {number} n
 * @property {Float32Array} xy
 * @property {Uint32Array} ids
 * @property {Uint8Array} cluster
 * @property {Map<number, number>} indexOf from audio_file_id
 * @property {string[]} names as far as they have arrived
 * @property {string[]} paths
 * @property {Float32Array} durations seconds
 * @property {string[][]} flags
 */
/** @typedef {{ kind: 'number', values: Float32Array, scale: import('../map/value_scale.js').ValueScale }} NumberColumn */
/** @typedef {{ kind: 'category', categories: string[], codes: Int32Array }} CategoryColumn */
/** @typedef {NumberColumn | CategoryColumn} Column */

/** The colouring that comes with every map: the regions of the layout. */
export const REGION = 'region';

/**
 * @param {object} parts
 * @param {import('../api/client.js').ApiClient} parts.api
 * @param {(error: unknown) => void} parts.onError
 */
export function createCollection({ api, onError }) {
  const current = writable(/** @type {Collection | null} */ (null));
  const map = writable(/** @type {SoundMap | null} */ (null));
  const rowsLoaded = writable(0);
  const isLoading = writable(false);
  const descriptors = writable(/** @type {DescriptorSpec[]} */ ([]));
  /** @type {Map<string, Promise<Column>>} */
  let columns = new Map();
  let request = 0;
  /** The layout that the last request asks for, until it has arrived whole. */
  let wanted = '';
  /** @type {import('../api/types.js').Frame | null} */
  let waitingFrame = null;
  let isFrameLoading = false;

  /**
   * Shows a map, or a new layout of the map that is shown.
   *
   * @param {SoundMap} next
   */
  async function show(next) {
    const before = get(map);
    const collection = get(current);
    map.set(next);
    const key = `${next.id}/${next.layout_id}`;
    const isShown = collection !== null && key === `${collection.mapId}/${collection.layoutId}`;
    // A layout is shown before its regions are known; they come later, and leave every point where it is.
    if (isShown && before && JSON.stringify(before.clusters) !== JSON.stringify(next.clusters)) await renewRegions(collection);
    if (wanted === key || (isShown && !wanted && get(rowsLoaded) === collection.n)) return;
    const mine = ++request;
    wanted = next.layout_id === null ? '' : key;
    isLoading.set(wanted !== '');
    if (next.layout_id === null) {
      current.set(null);
      return;
    }
    try {
      if (get(descriptors).length === 0) descriptors.set(await api.descriptors());
      const loaded = isShown ? collection : await loadPoints(next.id, next.layout_id, collection);
      if (mine !== request) return;
      if (!isShown) {
        columns = new Map();
        rowsLoaded.set(0);
        current.set(loaded);
      }
      await loadRows(loaded, () => mine === request);
    } catch (error) {
      if (mine === request) onError(error);
    } finally {
      if (mine === request) {
        wanted = '';
        isLoading.set(false);
      }
    }
  }

  /**
   * @param {string | number} mapId
   * @param {number} layoutId
   * @param {Collection | null} old
   */
  async function loadPoints(mapId, layoutId, old) {
    const loaded = assemble(String(mapId), layoutId, await api.points(mapId, layoutId));
    carryRows(old, loaded);
    return loaded;
  }

  /** @param {Collection} collection */
  async function renewRegions(collection) {
    try {
      const { cluster } = await api.points(collection.mapId, collection.layoutId);
      if (!cluster || get(current)?.layoutId !== collection.layoutId) return;
      columns.delete(REGION);
      current.update((sounds) => sounds && { ...sounds, cluster });
      map.update((shown) => shown && { ...shown });
    } catch (error) {
      onError(error);
    }
  }

  /**
   * Moves the sounds to where an unfinished layout has them. Of frames that come too fast the last one is shown.
   *
   * @param {import('../api/types.js').Frame} frame
   */
  async function showFrame(frame) {
    waitingFrame = frame;
    if (isFrameLoading) return;
    isFrameLoading = true;
    try {
      while (waitingFrame) {
        const next = /** @type {import('../api/types.js').Frame} */ (waitingFrame);
        waitingFrame = null;
        await loadFrame(next);
      }
    } finally {
      isFrameLoading = false;
    }
  }

  /** @param {import('../api/types.js').Frame} frame */
  async function loadFrame(frame) {
    const mine = request;
    try {
      const points = await api.points(frame.map_id, frame.layout_id, frame.frame);
      const collection = get(current);
      if (mine === request && collection && collection.mapId === String(frame.map_id)) {
        current.set(movedTo(collection, points));
      }
    } catch (error) {
      // A frame may be gone by the time it is asked for, when the layout has ended meanwhile.
      if (/** @type {{ status?: number }} */ (error).status !== 404) onError(error);
    }
  }

  /**
   * @param {Collection} collection
   * @param {() => boolean} isWanted
   */
  async function loadRows(collection, isWanted) {
    for (let offset = 0; offset < collection.n; offset += ROWS_LIMIT) {
      const rows = await api.rows(collection.mapId, collection.layoutId, offset, ROWS_LIMIT);
      if (!isWanted()) return;
      for (let k = 0; k < rows.name.length; k++) {
        collection.names[offset + k] = rows.name[k];
        collection.paths[offset + k] = rows.path[k];
        collection.durations[offset + k] = rows.duration_s[k] ?? Number.NaN;
        collection.flags[offset + k] = rows.flags[k];
      }
      rowsLoaded.set(offset + rows.name.length);
    }
  }

  /**
   * @param {string} name of a descriptor, or REGION
   * @returns {Promise<Column>} of the layout that stands
   */
  function column(name) {
    const known = columns.get(name);
    if (known) return known;
    const loading = loadColumn(name);
    columns.set(name, loading);
    loading.catch(() => columns.delete(name));
    return loading;
  }

  /**
   * @param {string} name
   * @returns {Promise<Column>}
   */
  async function loadColumn(name) {
    const collection = get(current);
    if (!collection) return { kind: 'category', categories: [], codes: new Int32Array(0) };
    if (name === REGION) return regionColumn(collection, get(map));
    const loaded = await api.column(collection.mapId, collection.layoutId, name);
    if (!(loaded instanceof Float32Array)) {
      return { kind: 'category', categories: loaded.categories, codes: Int32Array.from(loaded.codes) };
    }
    const spec = get(descriptors).find((descriptor) => descriptor.name === name);
    return { kind: 'number', values: loaded, scale: createValueScale(spec ?? {}, loaded) };
  }

  function clear() {
    request += 1;
    wanted = '';
    map.set(null);
    current.set(null);
    isLoading.set(false);
  }

  return { current, map, rowsLoaded, isLoading, descriptors, show, showFrame, column, clear };
}

/**
 * @param {string} mapId
 * @param {number} layoutId
 * @param {import('../api/points.js').Points} points
 * @returns {Collection}
 */
function assemble(mapId, layoutId, { n, xy, ids, cluster }) {
  const known = ids ?? Uint32Array.from({ length: n }, (_, i) => i);
  const indexOf = new Map();
  for (let i = 0; i < n; i++) indexOf.set(known[i], i);
  return {
    mapId, layoutId, n, xy, ids: known, indexOf,
    cluster: cluster ?? new Uint8Array(n).fill(POINTS_NO_CLUSTER),
    names: new Array(n).fill(''),
    paths: new Array(n).fill(''),
    durations: new Float32Array(n).fill(Number.NaN),
    flags: new Array(n).fill([]),
  };
}

/**
 * Names are known already for sounds that were on the map before: nothing flickers while rows are on their way.
 *
 * @param {Collection | null} old
 * @param {Collection} next
 */
function carryRows(old, next) {
  if (!old || old.mapId !== next.mapId) return;
  for (let i = 0; i < next.n; i++) {
    const k = old.indexOf.get(next.ids[i]);
    if (k === undefined) continue;
    next.names[i] = old.names[k];
    next.paths[i] = old.paths[k];
    next.durations[i] = old.durations[k];
    next.flags[i] = old.flags[k];
  }
}

/**
 * @param {Collection} collection
 * @param {import('../api/points.js').Points} points
 * @returns {Collection} the same sounds, those that the frame knows at new places
 */
export function movedTo(collection, { n, xy, ids }) {
  const moved = collection.xy.slice();
  for (let i = 0; i < n; i++) {
    const index = collection.indexOf.get(ids ? ids[i] : i);
    if (index === undefined) continue;
    moved[2 * index] = xy[2 * i];
    moved[2 * index + 1] = xy[2 * i + 1];
  }
  return { ...collection, xy: moved };
}

/**
 * @param {Collection} collection
 * @param {SoundMap | null} map
 * @returns {CategoryColumn}
 */
function regionColumn({ cluster }, map) {
  const codes = Int32Array.from(cluster, (id) => (id === POINTS_NO_CLUSTER ? -1 : id));
  const categories = /** @type {string[]} */ ([]);
  for (const id of codes) if (id >= 0) categories[id] ??= `Region ${id + 1}`;
  for (const region of map?.clusters ?? []) categories[region.id % POINTS_NO_CLUSTER] = region.label;
  return { kind: 'category', categories: Array.from(categories, (label, id) => label ?? `Region ${id + 1}`), codes };
}

/**
 * @param {SoundMap | null} map
 * @returns {import('../map/labels.js').Region[]} in the unit square
 */
export function regionsOf(map) {
  if (!map?.bounds) return [];
  const [x0, y0, x1, y1] = map.bounds;
  return map.clusters.map(({ id, label, size, x, y }) => ({
    id, label, size, x: (x - x0) / (x1 - x0 || 1), y: (y - y0) / (y1 - y0 || 1),
  }));
}
