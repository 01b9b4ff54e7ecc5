import { expect, it } from 'vitest';
import { inventLandscape } from '../src/map/backdrop.js';

it('the landscape of the welcome is the same every time, in place, coloured, and no grid', () => {
  const { xy, ids, codes } = inventLandscape();
  expect(inventLandscape()).toEqual({ xy, ids, codes });
  expect([xy.length, codes.length]).toEqual([2 * ids.length, ids.length]);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Math.min(...codes)).toBeGreaterThanOrEqual(1);
  expect(new Set(codes).size).toBeGreaterThan(100);
  for (const place of xy) expect(place > -0.6 && place < 1.6).toBe(true);
  expect(new Set(xy).size).toBeGreaterThan(0.9 * xy.length);
});
