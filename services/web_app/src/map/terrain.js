/** The landscape under the points: how densely sounds lie, smoothed, and the colour that prevails there. */

/** How far the landscape reaches beyond the unit square, so that coasts are not cut off. */
export const TERRAIN_MARGIN = 0.15;
export const TERRAIN_SIDE = 224;
const BLUR_PASSES = 3;
/**
 * Box radius of one pass in cells. Three passes come close to a Gaussian of 0.02 units; where sounds are few it is
 * wider, or each would be an island of its own.
 *
 * @param {number} n
 */
function blurRadius(n) {
  return n < 150 ? 6 : n < 600 ? 4 : 3;
}

/**
 * @typedef {object} Terrain
 * @property {Float32Array} height TERRAIN_SIDE², 0…1, rows from low y to high
 * @property {Uint8Array} tint RGBA of each cell
 */

/**
 * @param {Float32Array} xy 2n, in the unit square
 * @param {Uint8Array} codes palette index of each point
 * @param {Uint8Array} palette 256 RGBA entries
 * @returns {Terrain}
 */
export function computeTerrain(xy, codes, palette) {
  const side = TERRAIN_SIDE;
  const planes = [0, 1, 2, 3].map(() => new Float32Array(side * side));
  const [weight, red, green, blue] = planes;
  const scale = side / (1 + 2 * TERRAIN_MARGIN);
  for (let i = 0; i < codes.length; i++) {
    const column = Math.min(side - 1, Math.max(0, Math.floor((xy[2 * i] + TERRAIN_MARGIN) * scale)));
    const row = Math.min(side - 1, Math.max(0, Math.floor((xy[2 * i + 1] + TERRAIN_MARGIN) * scale)));
    const cell = row * side + column;
    const entry = codes[i] * 4;
    weight[cell] += 1;
    red[cell] += palette[entry];
    green[cell] += palette[entry + 1];
    blue[cell] += palette[entry + 2];
  }
  const radius = blurRadius(codes.length);
  const scratch = new Float32Array(side * side);
  for (const plane of planes) {
    for (let pass = 0; pass < BLUR_PASSES; pass++) {
      blurRows(plane, scratch, side, radius);
      blurRows(scratch, plane, side, radius);
    }
  }
  let highest = 0;
  for (const value of weight) highest = Math.max(highest, value);
  const height = new Float32Array(side * side);
  const tint = new Uint8Array(side * side * 4);
  for (let cell = 0; cell < height.length; cell++) {
    const here = weight[cell];
    // The square root keeps sparse coasts visible beside crowded peaks.
    height[cell] = highest > 0 ? Math.sqrt(Math.max(0, here) / highest) : 0;
    if (here > 1e-9) {
      tint[4 * cell] = red[cell] / here;
      tint[4 * cell + 1] = green[cell] / here;
      tint[4 * cell + 2] = blue[cell] / here;
    }
    tint[4 * cell + 3] = 255;
  }
  return { height, tint };
}

/**
 * A running mean along rows, written transposed: two calls blur both ways.
 *
 * @param {Float32Array} source
 * @param {Float32Array} target
 * @param {number} side
 * @param {number} radius in cells
 */
function blurRows(source, target, side, radius) {
  const span = 2 * radius + 1;
  for (let row = 0; row < side; row++) {
    const base = row * side;
    let sum = 0;
    for (let k = 0; k < radius; k++) sum += source[base + k];
    for (let column = 0; column < side; column++) {
      if (column + radius < side) sum += source[base + column + radius];
      if (column - radius - 1 >= 0) sum -= source[base + column - radius - 1];
      target[column * side + row] = sum / span;
    }
  }
}
