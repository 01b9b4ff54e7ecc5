/**
 * Colours that mean something: viridis for numbers, twelve hues for groups, grey for "not known".
 *
 * A palette has 256 RGBA entries, as the renderer wants it. Entry 0 is "no value".
 */

/** @typedef {'dark' | 'light'} Theme */

export const NO_VALUE = 0;
const RAMP_ENTRIES = 255;

/** Viridis (S. van der Walt, N. Smith, 2015) at equal steps. */
const VIRIDIS = [
  '#440154', '#482576', '#414487', '#35608d', '#2a788e', '#21918c', '#22a884', '#43bf71', '#7ad151', '#bddf26', '#fde725',
];

/** The part of viridis that stands out from the ground: its ends come close to black and to white. */
const VIRIDIS_SPAN = /** @type {Record<Theme, [number, number]>} */ ({ dark: [0.16, 1], light: [0, 0.9] });

/**
 * Twelve colours each, found by maximising the smallest difference (OKLab) between any two as seen with normal
 * vision, protanopia, deuteranopia and tritanopia (Machado 2009). A test holds that smallest difference.
 */
export const CATEGORY_COLOURS = /** @type {Record<Theme, readonly string[]>} */ ({
  dark: [
    '#26b0c1', '#f5648e', '#c78629', '#9d7fef', '#8cc851', '#fec5ad',
    '#455def', '#50fdfd', '#b243ad', '#cfb5ff', '#607c4d', '#bbfc6e',
  ],
  light: [
    '#4981ae', '#be8222', '#8e5df8', '#822421', '#6a6d0a', '#dda2aa',
    '#3846d1', '#84cd18', '#6f0097', '#6ea7fe', '#105266', '#9a5f6b',
  ],
});

const NO_VALUE_COLOUR = /** @type {Record<Theme, string>} */ ({ dark: '#737b88', light: '#8b919b' });

/**
 * @param {string} hex `#rrggbb`
 * @returns {[number, number, number]} 0…255
 */
export function parseHex(hex) {
  const value = Number.parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/**
 * @param {number} t 0…1
 * @param {Theme} theme
 * @returns {[number, number, number]} 0…255
 */
export function rampColour(t, theme) {
  const [low, high] = VIRIDIS_SPAN[theme];
  const place = (low + (high - low) * t) * (VIRIDIS.length - 1);
  const step = Math.min(VIRIDIS.length - 2, Math.floor(place));
  const [a, b] = [parseHex(VIRIDIS[step]), parseHex(VIRIDIS[step + 1])];
  return /** @type {[number, number, number]} */ (a.map((from, k) => Math.round(from + (b[k] - from) * (place - step))));
}

/** @param {Theme} theme */
export function numberPalette(theme) {
  const palette = emptyPalette(theme);
  for (let i = 1; i <= RAMP_ENTRIES; i++) palette.set(rampColour((i - 1) / (RAMP_ENTRIES - 1), theme), 4 * i);
  return palette;
}

/**
 * Category k has entry k + 1; beyond twelve the colours begin anew.
 *
 * @param {Theme} theme
 */
export function categoryPalette(theme) {
  const palette = emptyPalette(theme);
  const colours = CATEGORY_COLOURS[theme].map(parseHex);
  for (let i = 1; i < 256; i++) palette.set(colours[(i - 1) % colours.length], 4 * i);
  return palette;
}

/** @param {Theme} theme */
function emptyPalette(theme) {
  const palette = new Uint8Array(1024);
  palette.set(parseHex(NO_VALUE_COLOUR[theme]));
  for (let i = 0; i < 256; i++) palette[4 * i + 3] = 255;
  return palette;
}

/**
 * @param {Float32Array} values NaN: no value
 * @param {import('./value_scale.js').ValueScale} scale
 * @returns {Uint8Array} palette entries
 */
export function codesOfNumbers(values, scale) {
  const codes = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const t = scale.place(values[i]);
    codes[i] = Number.isNaN(t) ? NO_VALUE : 1 + Math.round(Math.min(1, Math.max(0, t)) * (RAMP_ENTRIES - 1));
  }
  return codes;
}

/**
 * @param {ArrayLike<number>} categories index of each point's category
 * @param {number} none the value that means "in no category"
 */
export function codesOfCategories(categories, none) {
  const codes = new Uint8Array(categories.length);
  for (let i = 0; i < categories.length; i++) {
    codes[i] = categories[i] === none ? NO_VALUE : 1 + (categories[i] % 252);
  }
  return codes;
}

/** @param {readonly number[]} rgb 0…255 */
export function cssColour([r, g, b]) {
  return `rgb(${r}, ${g}, ${b})`;
}
