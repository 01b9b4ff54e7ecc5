/** Walking the map with keys: from one sound to the next in a direction of the screen. */

/** @typedef {import('./grid_index.js').GridIndex} GridIndex */

/** Unit vectors in layout coordinates, where y points up. */
export const DIRECTIONS = /*@__PURE__*/ Object.freeze({
  ArrowLeft: /** @type {const} */ ([-1, 0]),
  ArrowRight: /** @type {const} */ ([1, 0]),
  ArrowUp: /** @type {const} */ ([0, 1]),
  ArrowDown: /** @type {const} */ ([0, -1]),
});

/** Half the opening of the cone that counts as "in that direction". */
const MIN_COSINE = Math.cos((58 * Math.PI) / 180);
const OFF_AXIS_PENALTY = 2.5;

/**
 * The point that a person would expect when pressing an arrow key: near, and rather ahead than aside.
 *
 * @param {GridIndex} grid
 * @param {number} from index of a point
 * @param {readonly [number, number]} direction unit vector
 * @param {(index: number) => boolean} [accept]
 * @returns {number} -1 when nothing lies in that direction
 */
export function neighbourInDirection(grid, from, [ux, uy], accept) {
  const { xy } = grid;
  const [x, y] = [xy[2 * from], xy[2 * from + 1]];
  let radius = 2 / grid.side;
  for (;;) {
    let best = -1;
    let bestCost = Infinity;
    for (const index of grid.within(x, y, radius, accept)) {
      const dx = xy[2 * index] - x;
      const dy = xy[2 * index + 1] - y;
      const distance = Math.hypot(dx, dy);
      if (distance === 0) continue;
      const cosine = (dx * ux + dy * uy) / distance;
      if (cosine < MIN_COSINE) continue;
      const cost = distance * (1 + OFF_AXIS_PENALTY * (1 - cosine));
      if (cost < bestCost || (cost === bestCost && index < best)) {
        best = index;
        bestCost = cost;
      }
    }
    // A cost is never below the distance, so nothing outside the circle beats a cost within it.
    if (best !== -1 && bestCost <= radius) return best;
    if (radius > 1.5) return best;
    radius *= 2;
  }
}
