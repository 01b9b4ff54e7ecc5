import { describe, expect, it } from 'vitest';
import { createValueScale } from '../src/map/value_scale.js';
import { createRandom } from './server/random.js';

const none = new Float32Array(0);

describe('a scale that the descriptor announces', () => {
  it('is linear between its ends and goes on beyond them', () => {
    const scale = createValueScale({ scale: 'linear', low: -10, high: 30 }, none);
    expect([-10, 0, 30, 50, -30].map(scale.place)).toEqual([0, 0.25, 1, 1.5, -0.5]);
    expect([0, 0.25, 1].map(scale.value)).toEqual([-10, 0, 30]);
    expect(scale.place(Number.NaN)).toBeNaN();
  });
  it('may count octaves', () => {
    const scale = createValueScale({ scale: 'log', low: 20, high: 20480 }, none);
    expect(scale.isLog).toBe(true);
    expect(scale.place(640)).toBeCloseTo(0.5, 12);
    expect(scale.place(10)).toBeCloseTo(-0.1, 12);
    expect([0, -5].map(scale.place)).toEqual([-1, -1]);
    expect(scale.value(0.5)).toBeCloseTo(640, 9);
    expect(scale.place(Number.NaN)).toBeNaN();
  });
  it('is not moved by the values', () => {
    const scale = createValueScale({ low: 0, high: 1 }, Float32Array.of(-100, 100));
    expect([scale.low, scale.high]).toEqual([0, 1]);
  });
  it.each([['linear', -60, 0], ['log', 0.01, 300]])('has an inverse (%s)', (kind, low, high) => {
    const scale = createValueScale({ scale: kind, low, high }, none);
    const { between } = createRandom(31);
    for (let round = 0; round < 200; round++) {
      const place = between(-0.5, 1.5);
      expect(scale.place(scale.value(place))).toBeCloseTo(place, 9);
    }
  });
});

describe('a scale that the values make', () => {
  it('spans 98 % of them: one far off changes nothing', () => {
    const values = Float32Array.from({ length: 101 }, (_, k) => k);
    expect(createValueScale({}, values)).toMatchObject({ low: 1, high: 99, isLog: false });
    values[100] = 1e9;
    expect(createValueScale({}, values)).toMatchObject({ low: 1, high: 99 });
  });
  it('takes only the end that is missing', () => {
    const values = Float32Array.from({ length: 101 }, (_, k) => k);
    expect(createValueScale({ low: 0, high: null }, values)).toMatchObject({ low: 0, high: 99 });
    expect(createValueScale({ low: null, high: 200 }, values)).toMatchObject({ low: 1, high: 200 });
  });
  it('passes over what is no number', () => {
    expect(createValueScale({}, Float32Array.of(Number.NaN, 4, Infinity, 2, -Infinity))).toMatchObject({ low: 2, high: 4 });
  });
  it('is the same for a million values as for a few', () => {
    const { low, high } = createValueScale({}, Float32Array.from({ length: 1_000_000 }, (_, k) => k / 1e6));
    expect(low).toBeCloseTo(0.01, 3);
    expect(high).toBeCloseTo(0.99, 3);
  });
});

describe('a scale of which little is known', () => {
  it('has a span, whatever the values', () => {
    expect(createValueScale({}, none)).toMatchObject({ low: 0, high: 1 });
    expect(createValueScale({}, Float32Array.of(Number.NaN))).toMatchObject({ low: 0, high: 1 });
    expect(createValueScale({}, Float32Array.of(7, 7, 7))).toMatchObject({ low: 7, high: 14 });
    expect(createValueScale({}, Float32Array.of(0, 0))).toMatchObject({ low: 0, high: 1 });
    expect(createValueScale({}, Float32Array.of(-4, -4))).toMatchObject({ low: -4, high: 0 });
  });
  it('counts octaves from the least positive value when its low end is 0', () => {
    const values = Float32Array.of(0, 0.5, 1, 2, 4, 8);
    expect(createValueScale({ scale: 'log', low: 0, high: 8 }, values)).toMatchObject({ low: 0.5, high: 8, isLog: true });
  });
  it('is linear where octaves make no sense', () => {
    expect(createValueScale({ scale: 'log' }, Float32Array.of(-3, -1))).toMatchObject({ isLog: false });
    const scale = createValueScale({ scale: 'log', low: 0, high: 10 }, Float32Array.of(0));
    expect(scale).toMatchObject({ low: 0, high: 10, isLog: false });
    expect(scale.place(5)).toBe(0.5);
  });
});
