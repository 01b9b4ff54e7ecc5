import { describe, expect, it } from 'vitest';
import { GridIndex } from '../src/map/grid_index.js';
import { DIRECTIONS, neighbourInDirection } from '../src/map/neighbours.js';
import { createRandom } from './server/random.js';

const KEYS = /** @type {(keyof typeof DIRECTIONS)[]} */ (Object.keys(DIRECTIONS));

describe('on a lattice', () => {
  const side = 5;
  const grid = new GridIndex(Float32Array.from({ length: 2 * side * side }, (_, k) => {
    const i = k >> 1;
    return (k % 2 ? Math.floor(i / side) : i % side) / (side - 1);
  }));
  it('each arrow reaches the next one on the screen: up is a larger y', () => {
    const middle = 12;
    expect(KEYS.map((key) => [key, neighbourInDirection(grid, middle, DIRECTIONS[key])])).toEqual([
      ['ArrowLeft', 11], ['ArrowRight', 13], ['ArrowUp', 17], ['ArrowDown', 7],
    ]);
  });
  it('the edge is the end', () => {
    expect(neighbourInDirection(grid, 0, DIRECTIONS.ArrowLeft)).toBe(-1);
    expect(neighbourInDirection(grid, 0, DIRECTIONS.ArrowDown)).toBe(-1);
    expect(neighbourInDirection(grid, 24, DIRECTIONS.ArrowUp)).toBe(-1);
    expect(neighbourInDirection(grid, 24, DIRECTIONS.ArrowRight)).toBe(-1);
  });
  it('there and back is where one was', () => {
    const back = { ArrowLeft: 'ArrowRight', ArrowRight: 'ArrowLeft', ArrowUp: 'ArrowDown', ArrowDown: 'ArrowUp' };
    for (const key of KEYS) {
      const there = neighbourInDirection(grid, 12, DIRECTIONS[key]);
      expect(neighbourInDirection(grid, there, DIRECTIONS[/** @type {typeof key} */ (back[key])])).toBe(12);
    }
  });
  it('what is filtered out is passed over', () => {
    expect(neighbourInDirection(grid, 10, DIRECTIONS.ArrowRight, (index) => index !== 11 && index !== 12)).not.toBe(11);
    expect(neighbourInDirection(grid, 10, DIRECTIONS.ArrowRight, (index) => index === 14)).toBe(14);
    expect(neighbourInDirection(grid, 10, DIRECTIONS.ArrowRight, () => false)).toBe(-1);
  });
});

describe('among heaps', () => {
  const random = createRandom(51);
  const n = 600;
  const xy = Float32Array.from({ length: 2 * n }, (_, k) => Math.min(1, Math.max(0, 0.25 + 0.25 * ((k >> 1) % 3) + 0.06 * random.normal())));
  const grid = new GridIndex(xy);
  const isEven = (/** @type {number} */ index) => index % 2 === 0;

  /** @param {number} from @param {readonly [number, number]} direction @param {(index: number) => boolean} accept */
  function searchEverything(from, [ux, uy], accept) {
    let [best, bestCost] = [-1, Infinity];
    for (let index = 0; index < n; index++) {
      const [dx, dy] = [xy[2 * index] - xy[2 * from], xy[2 * index + 1] - xy[2 * from + 1]];
      const distance = Math.hypot(dx, dy);
      if (distance === 0 || !accept(index)) continue;
      const cosine = (dx * ux + dy * uy) / distance;
      const cost = distance * (1 + 2.5 * (1 - cosine));
      if (cosine >= Math.cos((58 / 180) * Math.PI) && cost < bestCost) [best, bestCost] = [index, cost];
    }
    return best;
  }

  it.each(KEYS)('%s finds what a search through everything finds', (key) => {
    for (let from = 0; from < n; from += 5) {
      expect(neighbourInDirection(grid, from, DIRECTIONS[key], isEven)).toBe(searchEverything(from, DIRECTIONS[key], isEven));
    }
  });
  it.each(KEYS)('%s never leads backwards, and comes to an end', (key) => {
    const [ux, uy] = DIRECTIONS[key];
    let [at, steps] = [0, 0];
    for (;;) {
      const next = neighbourInDirection(grid, at, DIRECTIONS[key]);
      if (next === -1) break;
      expect((xy[2 * next] - xy[2 * at]) * ux + (xy[2 * next + 1] - xy[2 * at + 1]) * uy).toBeGreaterThan(0);
      at = next;
      expect(++steps).toBeLessThan(n);
    }
    expect(steps).toBeGreaterThan(0);
  });
});

describe('sounds in one place', () => {
  it('are no step in any direction', () => {
    const grid = new GridIndex(Float32Array.of(0.5, 0.5, 0.5, 0.5, 0.75, 0.5));
    expect(neighbourInDirection(grid, 0, DIRECTIONS.ArrowRight)).toBe(2);
    expect(neighbourInDirection(grid, 0, DIRECTIONS.ArrowLeft)).toBe(-1);
  });
});
