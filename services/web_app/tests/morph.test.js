import { describe, expect, it } from 'vitest';
import { ease, matchPoints, midway } from '../src/map/morph.js';
import { createRandom } from './server/random.js';

describe('easing', () => {
  it('starts and ends at rest, passes the middle in the middle, and never turns back', () => {
    expect([ease(0), ease(0.25), ease(0.5), ease(0.75), ease(1)]).toEqual([0, 0.0625, 0.5, 0.9375, 1]);
    expect((ease(0.001) - ease(0)) / 0.001).toBeLessThan(0.01);
    expect((ease(1) - ease(0.999)) / 0.001).toBeLessThan(0.01);
    for (let k = 1; k <= 1000; k++) expect(ease(k / 1000)).toBeGreaterThan(ease((k - 1) / 1000));
  });
});

describe('matching two layouts', () => {
  it('goes by the sound, not by its place in the order', () => {
    const { from, arriving } = matchPoints(
      Uint32Array.of(7, 8, 9), Float32Array.of(0.25, 0.5, 0.75, 1, 0, 0.125),
      Uint32Array.of(9, 5, 7), Float32Array.of(1, 1, 0.375, 0.625, 0, 0),
    );
    expect([...from]).toEqual([0, 0.125, 0.375, 0.625, 0.25, 0.5]);
    expect([...arriving]).toEqual([0, 1, 0]);
  });
  it('lets every sound of a first layout arrive where it belongs', () => {
    const xy = Float32Array.of(0.5, 0.25, 1, 0);
    const { from, arriving } = matchPoints(new Uint32Array(0), new Float32Array(0), Uint32Array.of(1, 2), xy);
    expect(from).toEqual(xy);
    expect(from).not.toBe(xy);
    expect([...arriving]).toEqual([1, 1]);
  });
  it('finds every sound again in a shuffled layout', () => {
    const random = createRandom(41);
    const ids = Uint32Array.from({ length: 500 }, (_, k) => 4_000_000_000 + 17 * k);
    const places = Float32Array.from({ length: 1000 }, () => random.uniform());
    const order = [...ids.keys()].map((k) => ({ k, key: random.uniform() })).sort((a, b) => a.key - b.key).map(({ k }) => k);
    const { from, arriving } = matchPoints(ids, places, Uint32Array.from(order, (k) => ids[k]), new Float32Array(1000));
    expect(arriving.every((flag) => flag === 0)).toBe(true);
    expect([...from]).toEqual(order.flatMap((k) => [places[2 * k], places[2 * k + 1]]));
  });
  it('forgets sounds that are gone', () => {
    const { from, arriving } = matchPoints(Uint32Array.of(1), Float32Array.of(1, 1), new Uint32Array(0), new Float32Array(0));
    expect([from.length, arriving.length]).toEqual([0, 0]);
  });
});

describe('a movement under way', () => {
  const [from, to] = [Float32Array.of(0, 1, 0.5, 0.5), Float32Array.of(1, 0, 0.5, 0)];
  it('is where its progress says', () => {
    expect([...midway(from, to, 0)]).toEqual([...from]);
    expect([...midway(from, to, 0.25)]).toEqual([0.25, 0.75, 0.5, 0.375]);
    expect(midway(from, to, 1)).toBe(to);
  });
  it('can be interrupted: the next one starts from there, and nothing jumps', () => {
    const ids = Uint32Array.of(1, 2);
    const now = midway(from, to, 0.25);
    const next = matchPoints(ids, now, Uint32Array.of(2, 3, 1), Float32Array.of(0, 0, 0.5, 0.5, 1, 1));
    expect([...midway(next.from, Float32Array.of(0, 0, 0.5, 0.5, 1, 1), 0)]).toEqual([0.5, 0.375, 0.5, 0.5, 0.25, 0.75]);
    expect([...next.arriving]).toEqual([0, 1, 0]);
  });
});
