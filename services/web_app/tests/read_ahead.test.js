import { describe, expect, it } from 'vitest';
import { ReadAhead } from '../src/audio/read_ahead.js';
import { GridIndex } from '../src/map/grid_index.js';

describe('ReadAhead', () => {
  const grid = new GridIndex(Float32Array.from({ length: 2 * 400 }, (_, k) => (k % 2 ? 0.5 : Math.floor(k / 2) / 400)));
  const all = () => true;
  it('wants what is near first, none twice', () => {
    const wanted = new ReadAhead().next(grid, 0.5, 0.5, 0, all);
    expect(wanted[0]).toBe(200);
    expect(new Set(wanted).size).toBe(wanted.length);
  });
  it('also wants what lies where the pointer is going', () => {
    const ahead = new ReadAhead();
    let wanted = /** @type {number[]} */ ([]);
    for (let k = 0; k < 12; k++) wanted = ahead.next(grid, 0.1 + 0.02 * k, 0.5, 16 * k, all);
    expect(Math.max(...wanted)).toBeGreaterThan(0.32 * 400 + 40);
    expect(Math.min(...wanted)).toBeGreaterThan(100);
  });
});
