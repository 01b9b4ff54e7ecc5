import { describe, expect, it } from 'vitest';
import { createValueScale } from '../src/map/value_scale.js';
import { combineMasks, countKept, histogram, maskOfCategories, maskOfRange, maskOfWords } from '../src/state/filters.js';
import { createRandom } from './server/random.js';

describe('conditions', () => {
  it('a range holds its ends, and nothing without a value', () => {
    const values = Float32Array.of(1, 2, 3, 4, Number.NaN, -Infinity, Infinity);
    expect([...maskOfRange(values, 2, 3)]).toEqual([0, 1, 1, 0, 0, 0, 0]);
    expect([...maskOfRange(values, -Infinity, Infinity)]).toEqual([1, 1, 1, 1, 0, 1, 1]);
    expect([...maskOfRange(values, 3, 2)]).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
  it('groups are chosen one by one; "in no group" is one of them', () => {
    const codes = Int32Array.of(0, 1, 2, -1, 1);
    expect([...maskOfCategories(codes, new Set([1]))]).toEqual([0, 1, 0, 0, 1]);
    expect([...maskOfCategories(codes, new Set([-1, 2]))]).toEqual([0, 0, 1, 1, 0]);
    expect([...maskOfCategories(codes, new Set())]).toEqual([0, 0, 0, 0, 0]);
  });
  it('every word must occur, in any order and in any case', () => {
    const paths = ['Drums/Kick 01.wav', 'drums/snare.wav', 'Bass/KICKER.flac', ''];
    expect([...maskOfWords(paths, 'kick')]).toEqual([1, 0, 1, 0]);
    expect([...maskOfWords(paths, '  WAV drums ')]).toEqual([1, 1, 0, 0]);
    expect([...maskOfWords(paths, 'kick snare')]).toEqual([0, 0, 0, 0]);
    expect([...maskOfWords(paths, ' ')]).toEqual([1, 1, 1, 1]);
    expect([...maskOfWords(paths, '.*')]).toEqual([0, 0, 0, 0]);
  });
  it('all must hold, and none means everything', () => {
    const [a, b] = [Uint8Array.of(1, 1, 0, 0), Uint8Array.of(1, 0, 1, 0)];
    expect([...(combineMasks([a, b]) ?? [])]).toEqual([1, 0, 0, 0]);
    expect([...a, ...b]).toEqual([1, 1, 0, 0, 1, 0, 1, 0]);
    const single = combineMasks([a]);
    expect(single).toEqual(a);
    expect(single).not.toBe(a);
    expect(combineMasks([])).toBeNull();
  });
  it('are counted', () => {
    expect(countKept(Uint8Array.of(1, 0, 1), 3)).toBe(2);
    expect(countKept(null, 3)).toBe(3);
  });
});

describe('a histogram', () => {
  const scale = createValueScale({ low: 0, high: 10 }, new Float32Array(0));
  it('counts each value in its bin; what lies beyond is in the outer ones', () => {
    const values = Float32Array.of(0, 2.4, 2.5, 9.9, 10, 99, -5, Number.NaN);
    expect([...histogram(values, scale, 4)]).toEqual([3, 1, 0, 3]);
  });
  it('counts only what is kept', () => {
    const values = Float32Array.of(0, 5, 5, 9);
    expect([...histogram(values, scale, 2, Uint8Array.of(1, 1, 0, 0))]).toEqual([1, 1]);
  });
  it('loses nothing that has a value', () => {
    const { normal, uniform } = createRandom(71);
    const values = Float32Array.from({ length: 5000 }, () => (uniform() < 0.1 ? Number.NaN : 5 + 20 * normal()));
    const kept = Uint8Array.from(values, () => (uniform() < 0.5 ? 1 : 0));
    const sum = histogram(values, scale, 37, kept).reduce((total, count) => total + count, 0);
    expect(sum).toBe([...values].filter((value, i) => !Number.isNaN(value) && kept[i]).length);
  });
});
