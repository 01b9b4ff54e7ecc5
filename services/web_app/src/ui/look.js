/** What the stylesheets call ground and ink, for the parts that are drawn and not styled. */

/** @typedef {import('../map/colour_maps.js').Theme} Theme */

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Helvetica Neue', Arial, sans-serif";

/** @type {Record<Theme, import('../map/map_view.js').MapLook>} */
export const MAP_LOOK = {
  dark: {
    ground: rgb(0x0e1116), filteredOut: [...rgb(0x8f99a8), 0.12], fillAlpha: 0.26, lineAlpha: 0.55,
    ink: '#edf0f5', halo: '#0e1116', accent: '#ffb37a', font: FONT,
  },
  light: {
    ground: rgb(0xf4f5f7), filteredOut: [...rgb(0x5a6472), 0.12], fillAlpha: 0.22, lineAlpha: 0.4,
    ink: '#171b22', halo: '#f4f5f7', accent: '#a94b0b', font: FONT,
  },
};

/** @param {number} value 0xrrggbb @returns {[number, number, number]} 0…1 */
function rgb(value) {
  return [(value >> 16) / 255, ((value >> 8) & 255) / 255, (value & 255) / 255];
}
