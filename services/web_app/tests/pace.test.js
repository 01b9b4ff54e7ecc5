import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Pace } from '../src/audio/pace.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** @param {number} forMs @param {number} everyMs a hand that asks for a new sound so often */
function sweep(forMs, everyMs) {
  const pace = new Pace(15);
  const starts = /** @type {{ at: number, asked: number }[]} */ ([]);
  for (let asked = 0; asked * everyMs < forMs; asked++) {
    pace.run(() => starts.push({ at: performance.now(), asked }));
    vi.advanceTimersByTime(everyMs);
  }
  vi.advanceTimersByTime(1000);
  return starts;
}

describe('the pace of a hand', () => {
  it('lets the first one come at once', () => {
    const heard = vi.fn();
    new Pace(15).run(heard);
    expect(heard).toHaveBeenCalledTimes(1);
  });
  it.each([1, 5, 16, 40])('keeps a fifteenth of a second between starts when asked every %d ms', (everyMs) => {
    const starts = sweep(3000, everyMs);
    const gaps = starts.slice(1).map(({ at }, k) => at - starts[k].at);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000 / 15 - 1e-6);
    expect(starts.length).toBeGreaterThan(3);
  });
  it('does not hold back a slow hand', () => {
    const starts = sweep(1000, 100);
    expect(starts.map(({ asked }) => asked)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(starts[9].at - starts[0].at).toBe(900);
  });
  it('of those that follow too closely the last one is heard, as soon as it may', () => {
    const pace = new Pace(10);
    const heard = /** @type {string[]} */ ([]);
    for (const name of ['a', 'b', 'c', 'd']) pace.run(() => heard.push(name));
    expect(heard).toEqual(['a']);
    vi.advanceTimersByTime(99);
    expect(heard).toEqual(['a']);
    vi.advanceTimersByTime(1);
    expect(heard).toEqual(['a', 'd']);
  });
  it('can be called off', () => {
    const pace = new Pace(10);
    const heard = vi.fn();
    pace.run(heard);
    pace.run(heard);
    pace.cancel();
    vi.advanceTimersByTime(1000);
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
