/**
 * Finds points by place: a uniform grid over the unit square, filled by counting sort.
 *
 * A million points are indexed in tens of milliseconds, the nearest one is found in microseconds, and there is no
 * object per point.
 */

/** @typedef {(index: number) => boolean} Accept */

const POINTS_PER_CELL = 3;
const MAX_CELLS_PER_SIDE = 512;

export class GridIndex {
  /**
   * @param {Float32Array} xy 2n, interleaved, in the unit square
   */
  constructor(xy) {
    const n = xy.length / 2;
    this.n = n;
    this.xy = xy;
    this.side = Math.max(1, Math.min(MAX_CELLS_PER_SIDE, Math.ceil(Math.sqrt(n / POINTS_PER_CELL))));
    const cells = this.side * this.side;
    const cellOf = new Uint32Array(n);
    this.starts = new Uint32Array(cells + 1);
    for (let i = 0; i < n; i++) {
      const cell = this.#column(xy[2 * i + 1]) * this.side + this.#column(xy[2 * i]);
      cellOf[i] = cell;
      this.starts[cell + 1]++;
    }
    for (let cell = 0; cell < cells; cell++) this.starts[cell + 1] += this.starts[cell];
    this.order = new Uint32Array(n);
    const next = this.starts.slice(0, cells);
    for (let i = 0; i < n; i++) this.order[next[cellOf[i]]++] = i;
  }

  /** @param {number} value */
  #column(value) {
    return Math.max(0, Math.min(this.side - 1, Math.floor(value * this.side)));
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} maxDistance
   * @param {Accept} [accept]
   * @returns {number} the nearest accepted point within `maxDistance`; of equals the first; -1 when there is none
   */
  nearest(x, y, maxDistance, accept) {
    let best = -1;
    let bestSquare = maxDistance * maxDistance;
    const reach = Math.ceil(Math.min(maxDistance, 2) * this.side) + 1;
    const [column, row] = [this.#column(x), this.#column(y)];
    for (let ring = 0; ring <= Math.min(reach, this.side); ring++) {
      // The nearest place of a ring is (ring - 1) cells away at least: beyond the best there is nothing to find.
      const ringDistance = (ring - 1) / this.side;
      if (ring > 0 && ringDistance > 0 && ringDistance * ringDistance > bestSquare) break;
      this.#forEachInRing(column, row, ring, (index) => {
        const dx = this.xy[2 * index] - x;
        const dy = this.xy[2 * index + 1] - y;
        const square = dx * dx + dy * dy;
        const isBetter = square < bestSquare || (square === bestSquare && (best === -1 || index < best));
        if (isBetter && (!accept || accept(index))) {
          best = index;
          bestSquare = square;
        }
      });
    }
    return best;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} count
   * @param {Accept} [accept]
   * @returns {number[]} up to `count` accepted points, the nearest first
   */
  nearestMany(x, y, count, accept) {
    let radius = 1.5 / this.side;
    /** @type {number[]} */
    let found = [];
    while (radius < 4) {
      found = this.within(x, y, radius, accept);
      if (found.length >= count) break;
      radius *= 2;
    }
    const square = (/** @type {number} */ i) => (this.xy[2 * i] - x) ** 2 + (this.xy[2 * i + 1] - y) ** 2;
    return found.sort((a, b) => square(a) - square(b) || a - b).slice(0, count);
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {number} radius
   * @param {Accept} [accept]
   * @returns {number[]} in no order
   */
  within(x, y, radius, accept) {
    const found = /** @type {number[]} */ ([]);
    this.forEachIn(x - radius, y - radius, x + radius, y + radius, (index) => {
      const dx = this.xy[2 * index] - x;
      const dy = this.xy[2 * index + 1] - y;
      if (dx * dx + dy * dy <= radius * radius && (!accept || accept(index))) found.push(index);
    });
    return found;
  }

  /**
   * Visits every point of the cells that a rectangle touches: a superset of the points inside.
   *
   * @param {number} x0
   * @param {number} y0
   * @param {number} x1
   * @param {number} y1
   * @param {(index: number) => void} visit
   */
  forEachIn(x0, y0, x1, y1, visit) {
    const [left, right] = [this.#column(x0), this.#column(x1)];
    for (let row = this.#column(y0); row <= this.#column(y1); row++) {
      this.#forEachInCells(row, left, right, visit);
    }
  }

  /**
   * @param {number} row
   * @param {number} left
   * @param {number} right
   * @param {(index: number) => void} visit
   */
  #forEachInCells(row, left, right, visit) {
    const first = this.starts[row * this.side + left];
    const end = this.starts[row * this.side + right + 1];
    for (let k = first; k < end; k++) visit(this.order[k]);
  }

  /**
   * @param {number} column
   * @param {number} row
   * @param {number} ring
   * @param {(index: number) => void} visit
   */
  #forEachInRing(column, row, ring, visit) {
    const [left, right] = [Math.max(0, column - ring), Math.min(this.side - 1, column + ring)];
    for (let r = Math.max(0, row - ring); r <= Math.min(this.side - 1, row + ring); r++) {
      if (r === row - ring || r === row + ring) {
        this.#forEachInCells(r, left, right, visit);
      } else {
        if (column - ring >= 0) this.#forEachInCells(r, column - ring, column - ring, visit);
        if (column + ring < this.side) this.#forEachInCells(r, column + ring, column + ring, visit);
      }
    }
  }
}
