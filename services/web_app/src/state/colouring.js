/** How the points are coloured, and what the colours mean. */
import { derived, writable } from 'svelte/store';
import {
  categoryPalette, codesOfCategories, codesOfNumbers, cssColour, numberPalette, parseHex, rampColour, CATEGORY_COLOURS,
} from '../map/colour_maps.js';
import { REGION } from './collection.js';

/** @typedef {import('../map/colour_maps.js').Theme} Theme */
/**
 * @typedef {object} Colouring
 * @property {string} name of a descriptor, or REGION
 * @property {import('./collection.js').Column} column
 * @property {Uint8Array} codes
 * @property {Uint8Array} palette
 */

/**
 * @param {ReturnType<typeof import('./collection.js').createCollection>} collection
 * @param {import('svelte/store').Readable<Theme>} theme
 * @param {(error: unknown) => void} onError
 */
export function createColouring(collection, theme, onError) {
  const name = writable(REGION);
  const layout = derived(collection.current, (sounds) => (sounds ? `${sounds.mapId}/${sounds.layoutId}` : ''));
  let latest = 0;
  const colouring = derived(
    [name, layout, theme, collection.map],
    ([descriptor, shown, mode], /** @type {(value: Colouring | null) => void} */ set) => {
      const mine = ++latest;
      if (!shown) {
        set(null);
        return;
      }
      collection.column(descriptor).then(
        (column) => {
          if (mine === latest) set(colour(descriptor, column, mode));
        },
        (error) => {
          if (mine !== latest) return;
          onError(error);
          if (descriptor !== REGION) name.set(REGION);
        },
      );
    },
    /** @type {Colouring | null} */ (null),
  );
  return { name, colouring };
}

/**
 * @param {string} name
 * @param {import('./collection.js').Column} column
 * @param {Theme} theme
 * @returns {Colouring}
 */
function colour(name, column, theme) {
  if (column.kind === 'number') {
    return { name, column, codes: codesOfNumbers(column.values, column.scale), palette: numberPalette(theme) };
  }
  return { name, column, codes: codesOfCategories(column.codes, -1), palette: categoryPalette(theme) };
}

/**
 * @param {Theme} theme
 * @param {number} steps
 * @returns {string[]} the colours of the ramp from low to high
 */
export function rampStops(theme, steps) {
  return Array.from({ length: steps }, (_, k) => cssColour(rampColour(k / (steps - 1), theme)));
}

/**
 * @param {number} category
 * @param {Theme} theme
 */
export function categoryColour(category, theme) {
  const colours = CATEGORY_COLOURS[theme];
  return cssColour(parseHex(colours[category % colours.length]));
}
