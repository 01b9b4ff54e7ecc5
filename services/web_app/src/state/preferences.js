/** What a person has set for this browser: remembered in localStorage where the browser allows it. */
import { writable } from 'svelte/store';
import { clamp } from '@tonotope/shared/utils';

const KEY = 'tonotope.preferences';

/**
 * @typedef {object} Preferences
 * @property {'auto' | 'dark' | 'light'} theme
 * @property {boolean} muted
 * @property {number} volume 0…1
 * @property {boolean} trueLevel hear sounds as loud as they are, not all alike
 * @property {boolean} panels
 * @property {boolean} shortcuts single keys act; people who speak to their computer may want them off (WCAG 2.1.4)
 */

/** @type {Readonly<Preferences>} */
export const DEFAULT_PREFERENCES = /*@__PURE__*/ Object.freeze({
  theme: 'auto', muted: false, volume: 0.9, trueLevel: false, panels: true, shortcuts: true,
});

/**
 * @param {string | null} text what was stored, by whichever version
 * @returns {Preferences} known settings of the right type, the rest as they come
 */
export function readPreferences(text) {
  const preferences = /** @type {Record<string, unknown>} */ ({ ...DEFAULT_PREFERENCES });
  let stored = /** @type {unknown} */ (null);
  try {
    stored = JSON.parse(text ?? 'null');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (stored && typeof stored === 'object') {
    for (const [name, value] of Object.entries(stored)) {
      if (typeof value === typeof preferences[name]) preferences[name] = value;
    }
  }
  if (!['auto', 'dark', 'light'].includes(String(preferences.theme))) preferences.theme = 'auto';
  preferences.volume = clamp(Number(preferences.volume), 0, 1);
  return /** @type {Preferences} */ (preferences);
}

/** @param {Storage | null} storage */
export function createPreferences(storage) {
  const store = writable(readPreferences(storage?.getItem(KEY) ?? null));
  store.subscribe((preferences) => storage?.setItem(KEY, JSON.stringify(preferences)));
  return {
    subscribe: store.subscribe,
    /** @param {Partial<Preferences>} change */
    set: (change) => store.update((preferences) => ({ ...preferences, ...change })),
    /** @param {'muted' | 'trueLevel' | 'panels' | 'shortcuts'} name */
    toggle: (name) => store.update((preferences) => ({ ...preferences, [name]: !preferences[name] })),
  };
}

/** Private windows and strict settings may forbid storage altogether. */
export function browserStorage() {
  try {
    const storage = window.localStorage;
    storage.setItem(`${KEY}.probe`, '');
    storage.removeItem(`${KEY}.probe`);
    return storage;
  } catch (error) {
    if (error instanceof DOMException) return null;
    throw error;
  }
}
