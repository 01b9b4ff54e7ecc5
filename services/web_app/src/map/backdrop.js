/** An invented landscape for the welcome: what a collection will look like, before there is one. */

const REGIONS = 15;
const POINTS_PER_REGION = 110;
/** Steps of low-discrepancy sequences (golden ratio and its square-root kin): even, and the same every time. */
const [STEP_X, STEP_Y, STEP_ANGLE, STEP_RADIUS] = [0.6180339887, 0.7548776662, 0.5698402910, 0.3819660113];

/** @returns {{ xy: Float32Array, ids: Uint32Array, codes: Uint8Array }} */
export function inventLandscape() {
  const n = REGIONS * POINTS_PER_REGION;
  const xy = new Float32Array(2 * n);
  const codes = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const region = i % REGIONS;
    const [cx, cy] = [0.08 + 0.84 * ((0.31 + region * STEP_X) % 1), 0.1 + 0.8 * ((0.17 + region * STEP_Y) % 1)];
    const angle = 2 * Math.PI * ((i * STEP_ANGLE) % 1);
    const radius = (0.03 + 0.05 * ((region * STEP_RADIUS) % 1)) * Math.sqrt(-2 * Math.log(1 - 0.995 * ((i * STEP_RADIUS) % 1)));
    const stretch = 0.55 + 0.45 * ((region * STEP_Y) % 1);
    const turn = region * 2.1;
    const [dx, dy] = [radius * Math.cos(angle), radius * stretch * Math.sin(angle)];
    xy[2 * i] = Math.min(1.1, Math.max(-0.1, cx + dx * Math.cos(turn) - dy * Math.sin(turn)));
    xy[2 * i + 1] = Math.min(1.1, Math.max(-0.1, cy + dx * Math.sin(turn) + dy * Math.cos(turn)));
    codes[i] = 1 + Math.round(254 * Math.min(1, Math.max(0, 0.1 + 0.75 * cx + 1.2 * dx)));
  }
  return { xy, ids: Uint32Array.from({ length: n }, (_, i) => i + 1), codes };
}
