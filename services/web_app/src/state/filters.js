/**
 * What is in the filter: ranges of numbers, chosen groups and words, all of which must hold.
 *
 * Every condition is a mask over the points; masks are kept, so that moving one brush costs one pass.
 */

/** @typedef {import('../map/value_scale.js').ValueScale} ValueScale */

/**
 * @param {Float32Array} values
 * @param {number} low
 * @param {number} high
 * @returns {Uint8Array} 1 where low ≤ value ≤ high; sounds without a value are out
 */
export function maskOfRange(values, low, high) {
  const mask = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) mask[i] = values[i] >= low && values[i] <= high ? 1 : 0;
  return mask;
}

/**
 * @param {ArrayLike<number>} categories
 * @param {ReadonlySet<number>} chosen
 */
export function maskOfCategories(categories, chosen) {
  const mask = new Uint8Array(categories.length);
  for (let i = 0; i < categories.length; i++) mask[i] = chosen.has(categories[i]) ? 1 : 0;
  return mask;
}

/**
 * @param {readonly string[]} texts one for each point
 * @param {string} query every word must occur somewhere
 */
export function maskOfWords(texts, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const mask = new Uint8Array(texts.length);
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i].toLowerCase();
    mask[i] = words.every((word) => text.includes(word)) ? 1 : 0;
  }
  return mask;
}

/**
 * @param {readonly Uint8Array[]} masks of equal length
 * @returns {Uint8Array | null} `null` when there is no condition: everything is in
 */
export function combineMasks(masks) {
  if (masks.length === 0) return null;
  const all = masks[0].slice();
  for (const mask of masks.slice(1)) {
    for (let i = 0; i < all.length; i++) all[i] &= mask[i];
  }
  return all;
}

/** @param {Uint8Array | null} mask @param {number} n */
export function countKept(mask, n) {
  if (mask === null) return n;
  let count = 0;
  for (const kept of mask) count += kept;
  return count;
}

/**
 * @param {Float32Array} values
 * @param {ValueScale} scale
 * @param {number} nBins the outer bins also hold what lies beyond the span
 * @param {Uint8Array | null} [kept]
 */
export function histogram(values, scale, nBins, kept = null) {
  const bins = new Uint32Array(nBins);
  for (let i = 0; i < values.length; i++) {
    if (kept !== null && kept[i] === 0) continue;
    const place = scale.place(values[i]);
    if (Number.isNaN(place)) continue;
    bins[Math.min(nBins - 1, Math.max(0, Math.floor(place * nBins)))]++;
  }
  return bins;
}
