/** Which sounds to have ready: those around the pointer, and those where it is going. */

/** @typedef {import('../map/grid_index.js').GridIndex} GridIndex */

const NEAR_COUNT = 24;
const AHEAD_COUNT = 8;
/** How far ahead of the pointer to look: about as long as fetching and decoding takes. */
const AHEAD_MS = [90, 180];
/** Velocity is a running mean over about this time, so that a tremble does not turn it. */
const SMOOTHING_MS = 60;

export class ReadAhead {
  #x = 0;
  #y = 0;
  #at = -Infinity;
  #vx = 0;
  #vy = 0;

  /**
   * @param {GridIndex} grid
   * @param {number} x
   * @param {number} y where the pointer is, in the unit square
   * @param {number} nowMs
   * @param {(index: number) => boolean} accept
   * @returns {number[]} indices, the most wanted first, none twice
   */
  next(grid, x, y, nowMs, accept) {
    const elapsedMs = nowMs - this.#at;
    if (elapsedMs > 0 && elapsedMs < 250) {
      const weight = Math.min(1, elapsedMs / SMOOTHING_MS);
      this.#vx += weight * ((x - this.#x) / elapsedMs - this.#vx);
      this.#vy += weight * ((y - this.#y) / elapsedMs - this.#vy);
    } else if (elapsedMs >= 250) {
      this.#vx = 0;
      this.#vy = 0;
    }
    [this.#x, this.#y, this.#at] = [x, y, nowMs];
    const wanted = new Set(grid.nearestMany(x, y, NEAR_COUNT, accept));
    for (const aheadMs of AHEAD_MS) {
      const [ax, ay] = [x + this.#vx * aheadMs, y + this.#vy * aheadMs];
      for (const index of grid.nearestMany(ax, ay, AHEAD_COUNT, accept)) wanted.add(index);
    }
    return [...wanted];
  }
}
