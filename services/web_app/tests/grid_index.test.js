import { describe, expect, it } from 'vitest';
import { GridIndex } from '../src/map/grid_index.js';
import { createRandom } from './server/random.js';

/** @param {number} seed @param {number} n heaps, as sounds make them, with some points at the very same place */
function heaps(seed, n) {
  const random = createRandom(seed);
  const xy = new Float32Array(2 * n);
  for (let i = 0; i < n; i++) {
    const twin = i > 10 && random.uniform() < 0.05 ? Math.floor(random.between(0, i)) : -1;
    const [cx, cy] = [0.2 + 0.3 * (i % 3), 0.3 + 0.4 * (i % 2)];
    xy[2 * i] = twin >= 0 ? xy[2 * twin] : Math.min(1, Math.max(0, cx + 0.05 * random.normal()));
    xy[2 * i + 1] = twin >= 0 ? xy[2 * twin + 1] : Math.min(1, Math.max(0, cy + 0.05 * random.normal()));
  }
  return xy;
}

/** @param {Float32Array} xy @param {number} x @param {number} y @param {(index: number) => boolean} accept */
function everyByDistance(xy, x, y, accept) {
  const square = (/** @type {number} */ i) => (xy[2 * i] - x) ** 2 + (xy[2 * i + 1] - y) ** 2;
  return Array.from({ length: xy.length / 2 }, (_, i) => i)
    .filter(accept)
    .map((index) => ({ index, distance: Math.sqrt(square(index)), square: square(index) }))
    .sort((a, b) => a.square - b.square || a.index - b.index);
}

const anyone = () => true;
const everyThird = (/** @type {number} */ index) => index % 3 === 1;

describe.each([[1, 1], [2, 7], [3, 400], [4, 1500]])('the index of points (seed %d, %d points)', (seed, n) => {
  const xy = heaps(seed, n);
  const grid = new GridIndex(xy);
  const random = createRandom(seed + 100);
  const queries = Array.from({ length: 60 }, () => ({ x: random.between(-0.3, 1.3), y: random.between(-0.3, 1.3), reach: random.between(0, 0.4) }));

  it('holds every point once', () => {
    expect([...grid.order].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
  });

  it.each([['all', anyone], ['some', everyThird]])('finds the nearest of %s as a search through everything does', (_, accept) => {
    for (const { x, y, reach } of queries) {
      const [best] = everyByDistance(xy, x, y, accept);
      expect(grid.nearest(x, y, 5, accept)).toBe(best?.index ?? -1);
      expect(grid.nearest(x, y, reach, accept)).toBe(best && best.distance <= reach ? best.index : -1);
    }
  });

  it.each([['all', anyone], ['some', everyThird]])('finds the nearest many of %s in order', (_, accept) => {
    for (const { x, y } of queries.slice(0, 40)) {
      const expected = everyByDistance(xy, x, y, accept).slice(0, 12).map(({ index }) => index);
      expect(grid.nearestMany(x, y, 12, accept)).toEqual(expected);
    }
  });

  it('finds all within a radius, and visits all within a rectangle', () => {
    for (const { x, y, reach } of queries.slice(0, 40)) {
      const expected = everyByDistance(xy, x, y, everyThird).filter(({ distance }) => distance <= reach);
      expect(new Set(grid.within(x, y, reach, everyThird))).toEqual(new Set(expected.map(({ index }) => index)));
      const visited = /** @type {number[]} */ ([]);
      grid.forEachIn(x, y, x + reach, y + reach / 2, (index) => visited.push(index));
      expect(new Set(visited).size).toBe(visited.length);
      for (let i = 0; i < n; i++) {
        const isInside = xy[2 * i] >= x && xy[2 * i] <= x + reach && xy[2 * i + 1] >= y && xy[2 * i + 1] <= y + reach / 2;
        if (isInside) expect(visited).toContain(i);
      }
    }
  });
});

describe('the index of points', () => {
  it('knows nothing where nothing is', () => {
    const empty = new GridIndex(new Float32Array(0));
    expect(empty.nearest(0.5, 0.5, 2)).toBe(-1);
    expect(empty.nearestMany(0.5, 0.5, 3)).toEqual([]);
    expect(empty.within(0.5, 0.5, 2)).toEqual([]);
  });

  it('takes the first of equals, also on the edges of the square', () => {
    const grid = new GridIndex(Float32Array.of(1, 1, 0, 0, 1, 1, 0, 0));
    expect(grid.nearest(1, 1, 0)).toBe(0);
    expect(grid.nearest(0, 0, 0)).toBe(1);
    expect(grid.nearestMany(0, 0, 4)).toEqual([1, 3, 0, 2]);
  });

  it('gives what there is when more is asked for', () => {
    expect(new GridIndex(Float32Array.of(0.1, 0.1, 0.9, 0.9)).nearestMany(0, 0, 50)).toEqual([0, 1]);
  });
});
