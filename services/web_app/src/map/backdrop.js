/** An invented landscape for the welcome: what a collection will look like, before there is one. */

const REGIONS = 26;
const POINTS_PER_REGION = 130;

/** The same numbers every time, without a pattern that an eye could find (integer hash, after T. Mueller). */
function hash(/** @type {number} */ key) {
  let mixed = Math.imul((key >>> 16) ^ key, 0x45d9f3b);
  mixed = Math.imul((mixed >>> 16) ^ mixed, 0x45d9f3b);
  return (((mixed >>> 16) ^ mixed) >>> 0) / 2 ** 32;
}

/** @returns {{ xy: Float32Array, ids: Uint32Array, codes: Uint8Array }} */
export function inventLandscape() {
  const n = REGIONS * POINTS_PER_REGION;
  const xy = new Float32Array(2 * n);
  const codes = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const region = i % REGIONS;
    // Along the golden angle regions keep their distance from each other and leave the middle to the words.
    const turn = region * 2.39996;
    const reach = 0.2 + 0.34 * Math.sqrt((region + 0.5) / REGIONS);
    const [cx, cy] = [0.5 + 1.08 * reach * Math.cos(turn), 0.5 + 0.78 * reach * Math.sin(turn)];
    const angle = 2 * Math.PI * hash(3 * i + 1);
    const radius = (0.016 + 0.03 * hash(region + 7001)) * Math.sqrt(-2 * Math.log(1 - 0.998 * hash(3 * i + 2)));
    const [dx, dy] = [radius * Math.cos(angle) * 1.5, radius * Math.sin(angle) * 0.8];
    const lean = 6.3 * hash(region + 91);
    xy[2 * i] = cx + dx * Math.cos(lean) - dy * Math.sin(lean);
    xy[2 * i + 1] = cy + dx * Math.sin(lean) + dy * Math.cos(lean);
    codes[i] = 1 + Math.round(254 * Math.min(1, Math.max(0, 0.5 + 0.85 * (cx - 0.5) + 0.7 * (cy - 0.5) + 3 * dx)));
  }
  return { xy, ids: Uint32Array.from({ length: n }, (_, i) => i + 1), codes };
}
