import { describe, expect, it } from 'vitest';
import { computeTerrain, TERRAIN_MARGIN, TERRAIN_SIDE } from '../src/map/terrain.js';

describe('terrain', () => {
  it('is highest where points crowd, takes their colour, and is flat without points', () => {
    const xy = Float32Array.from({ length: 400 }, (_, k) => (k % 2 ? 0.75 : 0.25));
    const palette = new Uint8Array(1024);
    palette.set([200, 100, 50, 255], 4);
    const { height, tint } = computeTerrain(xy, new Uint8Array(200).fill(1), palette);
    const cellOf = (/** @type {number} */ value) => Math.floor(((value + TERRAIN_MARGIN) * TERRAIN_SIDE) / (1 + 2 * TERRAIN_MARGIN));
    const summit = cellOf(0.75) * TERRAIN_SIDE + cellOf(0.25);
    expect(height.indexOf(Math.max(...height))).toBe(summit);
    expect([...tint.subarray(4 * summit, 4 * summit + 3)].map((value, k) => Math.abs(value - [200, 100, 50][k]) <= 1)).toEqual([true, true, true]);
    expect(height[0]).toBe(0);
    const empty = computeTerrain(new Float32Array(0), new Uint8Array(0), palette);
    expect(Math.max(...empty.height)).toBe(0);
  });
});
