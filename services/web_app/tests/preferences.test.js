import { get } from 'svelte/store';
import { describe, expect, it } from 'vitest';
import { createPreferences, DEFAULT_PREFERENCES, readPreferences } from '../src/state/preferences.js';

/** @returns {Storage} what a browser keeps, in memory */
function memoryStorage() {
  const kept = /** @type {Map<string, string>} */ (new Map());
  return {
    get length() { return kept.size; },
    key: (index) => [...kept.keys()][index] ?? null,
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, String(value)),
    removeItem: (key) => void kept.delete(key),
    clear: () => kept.clear(),
  };
}

describe('preferences', () => {
  it('are as they come at first', () => {
    expect(get(createPreferences(memoryStorage()))).toEqual({
      theme: 'auto', muted: false, volume: 0.9, trueLevel: false, panels: true, shortcuts: true,
    });
  });
  it('are there again after a reload', () => {
    const storage = memoryStorage();
    const before = createPreferences(storage);
    before.set({ theme: 'dark', volume: 0.25 });
    before.toggle('shortcuts');
    before.toggle('muted');
    expect(get(createPreferences(storage))).toEqual({ ...DEFAULT_PREFERENCES, theme: 'dark', volume: 0.25, shortcuts: false, muted: true });
  });
  it('tell those who listen, and leave the rest as it was', () => {
    const preferences = createPreferences(null);
    const heard = /** @type {boolean[]} */ ([]);
    const stop = preferences.subscribe(({ panels }) => heard.push(panels));
    preferences.toggle('panels');
    preferences.toggle('panels');
    stop();
    preferences.toggle('panels');
    expect(heard).toEqual([true, false, true]);
    expect(get(preferences)).toEqual({ ...DEFAULT_PREFERENCES, panels: false });
  });
  it('work without storage, for as long as the page is open', () => {
    const preferences = createPreferences(null);
    preferences.set({ volume: 0.5 });
    expect(get(preferences).volume).toBe(0.5);
    expect(get(createPreferences(null)).volume).toBe(0.9);
  });
});

describe('what an other version has stored', () => {
  it.each([null, '', '{', 'null', '3', '"dark"', '[]', '{}'])('is nothing when it is %j', (text) => {
    expect(readPreferences(text)).toEqual(DEFAULT_PREFERENCES);
  });
  it('is taken where it is known and of the right type', () => {
    const text = JSON.stringify({ theme: 'light', muted: 'yes', volume: null, trueLevel: true, panels: 0, toString: 'x', gone: 1 });
    const read = readPreferences(text);
    expect(read).toEqual({ ...DEFAULT_PREFERENCES, theme: 'light', trueLevel: true });
    expect(Object.keys(read).sort()).toEqual(Object.keys(DEFAULT_PREFERENCES).sort());
  });
  it('is never louder than full', () => {
    expect([readPreferences('{"volume":5}').volume, readPreferences('{"volume":-1}').volume]).toEqual([1, 0]);
  });
  it('may name a theme that there is no more', () => {
    expect(readPreferences('{"theme":"sepia","volume":0.1}')).toEqual({ ...DEFAULT_PREFERENCES, volume: 0.1 });
  });
});
