/** In which order the list shows the sounds, and which part of it is on screen. */

/** @typedef {{ by: string, isDescending: boolean }} Sorting `by`: `name`, `path`, or a descriptor */

const COLLATOR = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/**
 * @param {number} n
 * @param {Uint8Array | null} kept
 * @returns {number[]} indices that are in the filter
 */
function keptIndices(n, kept) {
  const indices = [];
  for (let i = 0; i < n; i++) if (kept === null || kept[i] === 1) indices.push(i);
  return indices;
}

/**
 * @param {readonly string[]} texts
 * @param {Uint8Array | null} kept
 * @param {boolean} isDescending
 * @returns {number[]} indices in the order of a person's eye: `Kick 2` before `Kick 10`
 */
export function orderByText(texts, kept, isDescending) {
  const sign = isDescending ? -1 : 1;
  return keptIndices(texts.length, kept).sort((a, b) => sign * COLLATOR.compare(texts[a], texts[b]) || a - b);
}

/**
 * @param {Float32Array} values NaN: has none, and comes last either way
 * @param {Uint8Array | null} kept
 * @param {boolean} isDescending
 */
export function orderByNumber(values, kept, isDescending) {
  const sign = isDescending ? -1 : 1;
  return keptIndices(values.length, kept).sort((a, b) => {
    const [noneA, noneB] = [Number.isNaN(values[a]), Number.isNaN(values[b])];
    if (noneA || noneB) return Number(noneA) - Number(noneB) || a - b;
    return sign * (values[a] - values[b]) || a - b;
  });
}

/**
 * @param {import('./collection.js').CategoryColumn} column
 * @param {Uint8Array | null} kept
 * @param {boolean} isDescending
 */
export function orderByCategory({ categories, codes }, kept, isDescending) {
  const ranks = new Float32Array(categories.length);
  [...categories.keys()].sort((a, b) => COLLATOR.compare(categories[a], categories[b])).forEach((code, rank) => (ranks[code] = rank));
  const values = Float32Array.from(codes, (code) => (code < 0 ? Number.NaN : ranks[code]));
  return orderByNumber(values, kept, isDescending);
}

/**
 * The rows that have to exist: those on screen and a few around them.
 *
 * @param {{ scrollTop: number, height: number, rowHeight: number, count: number, overscan?: number }} list
 * @returns {{ first: number, end: number }}
 */
export function visibleRows({ scrollTop, height, rowHeight, count, overscan = 6 }) {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - overscan);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + overscan);
  return { first: Math.min(first, end), end };
}
