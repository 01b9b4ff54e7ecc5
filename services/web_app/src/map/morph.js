/** Moves points from one layout to the next: each sound keeps its identity, new ones arrive where they belong. */

export const MORPH_MS = 600;

/**
 * @param {number} t 0…1
 * @returns {number} starts and ends at rest
 */
export function ease(t) {
  return t < 0.5 ? 4 * t * t * t : 1 - (-2 * t + 2) ** 3 / 2;
}

/**
 * Where points are at some moment of a movement: the place from which a new movement starts.
 *
 * @param {Float32Array} from
 * @param {Float32Array} to
 * @param {number} progress eased, 0…1
 */
export function midway(from, to, progress) {
  if (progress >= 1) return to;
  const now = new Float32Array(to.length);
  for (let i = 0; i < to.length; i++) now[i] = from[i] + (to[i] - from[i]) * progress;
  return now;
}

/**
 * Matches the points of two layouts by the sound that they stand for.
 *
 * @param {Uint32Array} oldIds
 * @param {Float32Array} oldXy where they are now
 * @param {Uint32Array} newIds
 * @param {Float32Array} newXy where they will be
 * @returns {{ from: Float32Array, arriving: Uint8Array }} `arriving`: 1 for sounds that were not there before
 */
export function matchPoints(oldIds, oldXy, newIds, newXy) {
  const from = newXy.slice();
  const arriving = new Uint8Array(newIds.length);
  const oldIndex = new Map();
  for (let i = 0; i < oldIds.length; i++) oldIndex.set(oldIds[i], i);
  for (let i = 0; i < newIds.length; i++) {
    const old = oldIndex.get(newIds[i]);
    if (old === undefined) {
      arriving[i] = 1;
    } else {
      from[2 * i] = oldXy[2 * old];
      from[2 * i + 1] = oldXy[2 * old + 1];
    }
  }
  return { from, arriving };
}
