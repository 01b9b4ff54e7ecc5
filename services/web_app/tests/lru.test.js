import { describe, expect, it } from 'vitest';
import { ByteLru } from '../src/audio/lru.js';
import { createRandom } from './server/random.js';

describe('a cache with a budget of bytes', () => {
  it('forgets what was not asked for longest', () => {
    const cache = new ByteLru(10);
    cache.set('a', 1, 4);
    cache.set('b', 2, 4);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3, 4);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
    expect([cache.bytes, cache.size]).toEqual([8, 2]);
  });
  it('is not refreshed by a mere look', () => {
    const cache = new ByteLru(2);
    cache.set('a', 1, 1);
    cache.set('b', 2, 1);
    expect(cache.has('a')).toBe(true);
    cache.set('c', 3, 1);
    expect([cache.has('a'), cache.has('b'), cache.has('c')]).toEqual([false, true, true]);
  });
  it('may be filled to the last byte', () => {
    const cache = new ByteLru(10);
    cache.set('a', 1, 5);
    cache.set('b', 2, 5);
    expect([cache.size, cache.bytes]).toEqual([2, 10]);
  });
  it('keeps the newest even when it alone is too large, until the next comes', () => {
    const cache = new ByteLru(10);
    cache.set('a', 1, 3);
    cache.set('huge', 2, 50);
    expect([cache.has('a'), cache.get('huge'), cache.bytes]).toEqual([false, 2, 50]);
    cache.set('b', 3, 1);
    expect([cache.has('huge'), cache.get('b'), cache.bytes]).toEqual([false, 3, 1]);
  });
  it('counts an entry that is set again once', () => {
    const cache = new ByteLru(10);
    cache.set('a', 1, 6);
    cache.set('a', 2, 3);
    expect([cache.get('a'), cache.bytes, cache.size]).toEqual([2, 3, 1]);
  });
  it('gives its bytes back', () => {
    const cache = new ByteLru(10);
    cache.set('a', null, 6);
    expect(cache.get('a')).toBeNull();
    expect([cache.delete('a'), cache.delete('a'), cache.bytes]).toEqual([true, false, 0]);
    cache.set('b', 1, 6);
    cache.clear();
    expect([cache.size, cache.bytes, cache.has('b')]).toEqual([0, 0, false]);
  });
  it('agrees with a plain list through ten thousand steps', () => {
    const { uniform, between } = createRandom(61);
    const cache = new ByteLru(100);
    let plain = /** @type {{ key: number, bytes: number }[]} */ ([]);
    const sum = () => plain.reduce((total, { bytes }) => total + bytes, 0);
    for (let step = 0; step < 10_000; step++) {
      const key = Math.floor(between(0, 30));
      const old = plain.find((entry) => entry.key === key);
      if (uniform() < 0.5) {
        expect(cache.get(key)).toBe(old?.bytes);
        if (old) plain = [...plain.filter((entry) => entry !== old), old];
      } else {
        const bytes = Math.floor(between(0, 120));
        cache.set(key, bytes, bytes);
        plain = [...plain.filter((entry) => entry !== old), { key, bytes }];
        while (plain.length > 1 && sum() > 100) plain.shift();
      }
      expect([cache.bytes, cache.size]).toEqual([sum(), plain.length]);
    }
  });
});
