import { describe, expect, it } from 'vitest';
import { orderByCategory, orderByNumber, orderByText, visibleRows } from '../src/state/ordering.js';
import { createRandom } from './server/random.js';

describe('the order of the list', () => {
  it('by name is that of a person\'s eye', () => {
    const names = ['Kick 10', 'kick 2', 'Äther', 'Bass', 'Kick 2'];
    expect(orderByText(names, null, false)).toEqual([2, 3, 1, 4, 0]);
    expect(orderByText(names, null, true)).toEqual([0, 1, 4, 3, 2]);
  });
  it('by number has those without a value last, either way', () => {
    const values = Float32Array.of(3, Number.NaN, -Infinity, 3, 1, Number.NaN);
    expect(orderByNumber(values, null, false)).toEqual([2, 4, 0, 3, 1, 5]);
    expect(orderByNumber(values, null, true)).toEqual([0, 3, 4, 2, 1, 5]);
  });
  it('by group is that of the groups\' names, and has those in no group last', () => {
    const column = { kind: /** @type {const} */ ('category'), categories: ['Snares', 'Bells', 'Kicks'], codes: Int32Array.of(0, 1, -1, 2, 1) };
    expect(orderByCategory(column, null, false)).toEqual([1, 4, 3, 0, 2]);
    expect(orderByCategory(column, null, true)).toEqual([0, 3, 1, 4, 2]);
  });
  it('has only what is in the filter', () => {
    const kept = Uint8Array.of(0, 1, 1, 0);
    expect(orderByText(['a', 'd', 'c', 'b'], kept, false)).toEqual([2, 1]);
    expect(orderByNumber(Float32Array.of(1, 4, 3, 2), kept, true)).toEqual([1, 2]);
    expect(orderByText(['a'], Uint8Array.of(0), false)).toEqual([]);
  });
  it('has every sound once, and never falls back', () => {
    const { between } = createRandom(81);
    const values = Float32Array.from({ length: 2000 }, () => Math.floor(between(0, 300)));
    const order = orderByNumber(values, null, false);
    expect(new Set(order).size).toBe(2000);
    for (let k = 1; k < order.length; k++) {
      const [a, b] = [order[k - 1], order[k]];
      expect(values[a] < values[b] || (values[a] === values[b] && a < b)).toBe(true);
    }
  });
});

describe('the rows that have to exist', () => {
  it('are those on screen and six around them', () => {
    expect(visibleRows({ scrollTop: 1000, height: 200, rowHeight: 20, count: 5000 })).toEqual({ first: 44, end: 66 });
    expect(visibleRows({ scrollTop: 1010, height: 200, rowHeight: 20, count: 5000, overscan: 0 })).toEqual({ first: 50, end: 61 });
  });
  it('end where the list ends', () => {
    expect(visibleRows({ scrollTop: 0, height: 200, rowHeight: 20, count: 3 })).toEqual({ first: 0, end: 3 });
    expect(visibleRows({ scrollTop: 0, height: 200, rowHeight: 20, count: 0 })).toEqual({ first: 0, end: 0 });
    // The list became shorter under a scrolled view.
    expect(visibleRows({ scrollTop: 9000, height: 200, rowHeight: 20, count: 10 })).toEqual({ first: 10, end: 10 });
  });
});
