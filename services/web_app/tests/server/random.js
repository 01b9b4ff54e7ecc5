/** Reproducible random numbers: a linear congruential generator with the constants of Numerical Recipes. */

/** @param {number} seed */
export function createRandom(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return {
    uniform,
    between: (/** @type {number} */ low, /** @type {number} */ high) => low + (high - low) * uniform(),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
    pick: /** @template T @param {readonly T[]} items @returns {T} */ (items) => items[Math.floor(uniform() * items.length)],
  };
}
