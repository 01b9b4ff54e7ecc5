/** The filter of the map that is shown: conditions by name, and the mask in which all of them hold. */
import { get, writable } from 'svelte/store';
import { REGION } from './collection.js';
import { combineMasks, countKept, maskOfCategories, maskOfRange, maskOfWords } from './filters.js';

/** @typedef {ReturnType<typeof import('./collection.js').createCollection>} CollectionState */
/**
 * @typedef {object} Condition
 * @property {'range' | 'categories' | 'words'} kind
 * @property {[number, number]} [range]
 * @property {Set<number>} [chosen]
 * @property {string} [query]
 */

export const WORDS = 'words';

/**
 * @param {CollectionState} collection
 * @param {(error: unknown) => void} onError told what goes wrong when masks are taken anew
 */
export function createFiltering(collection, onError) {
  const conditions = writable(/** @type {Map<string, Condition>} */ (new Map()));
  const kept = writable(/** @type {Uint8Array | null} */ (null));
  /** @type {Map<string, Uint8Array>} */
  const masks = new Map();
  let layout = '';
  /** @type {Uint8Array | undefined} */
  let regions;

  /**
   * @param {string} name of a descriptor, REGION or WORDS
   * @param {Condition | null} condition `null` lifts it
   */
  async function set(name, condition) {
    conditions.update((all) => {
      const next = new Map(all);
      if (condition) next.set(name, condition);
      else next.delete(name);
      return next;
    });
    if (condition) {
      const order = layout;
      try {
        const mask = await maskOf(name, condition);
        if (get(conditions).get(name) !== condition || layout !== order) return;
        masks.set(name, mask);
      } catch (error) {
        // What cannot be looked up does not stand there as if it held.
        if (get(conditions).get(name) === condition && layout === order) await set(name, null);
        throw error;
      }
    } else {
      masks.delete(name);
    }
    kept.set(combineMasks([...masks.values()]));
  }

  /**
   * @param {string} name
   * @param {Condition} condition
   */
  async function maskOf(name, condition) {
    const sounds = get(collection.current);
    if (condition.kind === 'words') return maskOfWords(sounds?.paths ?? [], condition.query ?? '');
    const column = await collection.column(name);
    if (column.kind === 'category') return maskOfCategories(column.codes, condition.chosen ?? new Set());
    return maskOfRange(column.values, ...(condition.range ?? [-Infinity, Infinity]));
  }

  function clear() {
    masks.clear();
    conditions.set(new Map());
    kept.set(null);
  }

  /** @param {string} name @returns {Uint8Array | null} what the other conditions leave */
  function keptWithout(name) {
    return combineMasks([...masks].filter(([other]) => other !== name).map(([, mask]) => mask));
  }

  // A new layout has another order of points: masks are taken anew, and nothing is masked wrongly meanwhile.
  async function renew() {
    masks.clear();
    kept.set(null);
    await Promise.all([...get(conditions)].map(([name, condition]) => set(name, condition)));
  }
  collection.current.subscribe((sounds) => {
    const now = sounds ? `${sounds.mapId}/${sounds.layoutId}` : '';
    const hasNewRegions = sounds?.cluster !== regions;
    regions = sounds?.cluster;
    if (now !== layout) {
      const isOtherMap = now.split('/')[0] !== layout.split('/')[0];
      layout = now;
      if (isOtherMap) clear();
      else renew().catch(onError);
      return;
    }
    const chosen = get(conditions).get(REGION);
    if (hasNewRegions && chosen) set(REGION, chosen).catch(onError);
  });
  collection.rowsLoaded.subscribe(() => {
    const words = get(conditions).get(WORDS);
    if (words) set(WORDS, words).catch(onError);
  });

  return { conditions, kept, set, clear, keptWithout, count: (/** @type {number} */ n) => countKept(get(kept), n) };
}
