/**
 * Where the ear is: the sound that is current, the one that is chosen, the way that led here.
 *
 * Sounds are held by audio_file_id, so that a new layout changes nothing of it.
 */
import { derived, get, writable } from 'svelte/store';
import { DIRECTIONS, neighbourInDirection } from '../map/neighbours.js';

/** @typedef {import('../map/grid_index.js').GridIndex} GridIndex */
/** @typedef {{ anchor: number, rank: number }} NearestWalk */

const TRAIL_LENGTH = 12;
const NEAREST_COUNT = 64;
const ORDINAL_ENDINGS = /** @type {Record<string, string>} */ ({ one: 'st', two: 'nd', few: 'rd', other: 'th' });

/**
 * @param {object} parts
 * @param {ReturnType<typeof import('./collection.js').createCollection>} parts.collection
 * @param {() => GridIndex} parts.grid over the places of the collection
 * @param {(index: number) => boolean} parts.isKept
 * @param {(index: number) => void} parts.sound makes a sound audible
 * @param {(index: number) => string} parts.describe a sound in a few words
 * @param {(text: string) => void} parts.announce says it to people who do not see the map
 */
export function createExploration({ collection, grid, isKept, sound, describe, announce }) {
  const currentId = writable(/** @type {number | null} */ (null));
  const selectedId = writable(/** @type {number | null} */ (null));
  const trailIds = writable(/** @type {number[]} */ ([]));
  /** @type {NearestWalk | null} */
  let walk = null;

  const indexIn = (/** @type {import('./collection.js').Collection | null} */ sounds, /** @type {number | null} */ id) =>
    (id === null ? -1 : (sounds?.indexOf.get(id) ?? -1));
  const current = derived([collection.current, currentId], ([sounds, id]) => indexIn(sounds, id));
  const selected = derived([collection.current, selectedId], ([sounds, id]) => indexIn(sounds, id));
  const trail = derived([collection.current, trailIds], ([sounds, ids]) =>
    ids.map((id) => indexIn(sounds, id)).filter((index) => index >= 0));

  const idOf = (/** @type {number} */ index) => get(collection.current)?.ids[index] ?? null;

  /**
   * @param {number} index
   * @param {{ isWalk?: boolean }} [options] part of a walk to the nearest: keeps its anchor
   */
  function hear(index, { isWalk = false } = {}) {
    const id = idOf(index);
    if (id === null) return;
    if (!isWalk) walk = null;
    // First of all the ear: everything that follows `currentId` can wait a moment.
    sound(index);
    currentId.set(id);
    trailIds.update((ids) => (ids.at(-1) === id ? ids : [...ids, id].slice(-TRAIL_LENGTH)));
  }

  /** @param {number} index -1 chooses nothing */
  function select(index) {
    const id = index < 0 ? null : idOf(index);
    selectedId.set(id);
    if (id !== null && id !== get(currentId)) hear(index);
  }

  /** Where a walk begins when nothing has been heard yet. */
  function start() {
    const sounds = get(collection.current);
    if (!sounds?.n) return -1;
    return grid().nearest(0.5, 0.5, 2, isKept);
  }

  /** @returns {number} where the keys stand */
  function here() {
    const now = get(current);
    return now >= 0 ? now : get(selected);
  }

  /** @param {keyof typeof DIRECTIONS} key @returns {number} the sound that was reached; -1: there was none */
  function step(key) {
    const from = here();
    const to = from < 0 ? start() : neighbourInDirection(grid(), from, DIRECTIONS[key], isKept);
    if (to < 0) {
      announce('Nothing further in this direction');
      return -1;
    }
    hear(to);
    announce(describe(to));
    return to;
  }

  /** @param {1 | -1} by @returns {number} the sound that was reached; -1: there was none */
  function stepNearest(by) {
    const from = here();
    if (from < 0) {
      const first = start();
      if (first >= 0) {
        hear(first);
        announce(describe(first));
      }
      return first;
    }
    const sounds = get(collection.current);
    const standing = walk ?? { anchor: /** @type {number} */ (idOf(from)), rank: 0 };
    const anchor = indexIn(sounds, standing.anchor);
    if (!sounds || anchor < 0) return -1;
    const [x, y] = [sounds.xy[2 * anchor], sounds.xy[2 * anchor + 1]];
    const around = grid().nearestMany(x, y, NEAREST_COUNT + 1, isKept).filter((index) => index !== anchor);
    const rank = standing.rank + by;
    if (rank < 0 || rank > around.length) {
      announce(rank < 0 ? 'This is where you started' : 'No more neighbours');
      return -1;
    }
    walk = { anchor: standing.anchor, rank };
    const to = rank === 0 ? anchor : around[rank - 1];
    hear(to, { isWalk: true });
    announce(rank === 0 ? describe(to) : `${describe(to)}, ${ordinal(rank)} nearest to ${sounds.names[anchor] || 'where you started'}`);
    return to;
  }

  /** Back along the trail. @returns {number} */
  function back() {
    const ids = get(trailIds);
    if (ids.length < 2) {
      announce('The trail begins here');
      return -1;
    }
    const left = ids.slice(0, -1);
    const to = indexIn(get(collection.current), left[left.length - 1]);
    trailIds.set(left);
    if (to < 0) return -1;
    walk = null;
    currentId.set(left[left.length - 1]);
    sound(to);
    announce(describe(to));
    return to;
  }

  function clear() {
    walk = null;
    currentId.set(null);
    selectedId.set(null);
    trailIds.set([]);
  }

  return { currentId, selectedId, current, selected, trail, hear, select, step, stepNearest, back, here, clear };
}

/** @param {number} rank */
function ordinal(rank) {
  return `${rank}${ORDINAL_ENDINGS[new Intl.PluralRules('en', { type: 'ordinal' }).select(rank)]}`;
}
