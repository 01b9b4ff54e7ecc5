/** What is looked at, as it stands in the address of the page: a reload or a shared link shows the same. */

/** @typedef {'map' | 'split' | 'list'} View */
/**
 * @typedef {object} Place
 * @property {string | null} map
 * @property {number | null} sound audio_file_id
 * @property {string | null} colour
 * @property {View} view
 * @property {string | null} at camera
 */

const VIEWS = /** @type {readonly View[]} */ (['map', 'split', 'list']);

/**
 * @param {string} search with or without the question mark
 * @returns {Place}
 */
export function readPlace(search) {
  const parameters = new URLSearchParams(search);
  const sound = Number(parameters.get('sound'));
  const view = /** @type {View} */ (parameters.get('view') ?? 'map');
  return {
    map: parameters.get('map'),
    sound: Number.isSafeInteger(sound) && sound > 0 ? sound : null,
    colour: parameters.get('colour'),
    view: VIEWS.includes(view) ? view : 'map',
    at: parameters.get('at'),
  };
}

/**
 * @param {Place} place
 * @returns {string} what follows the path; empty when everything is as it comes
 */
export function writePlace({ map, sound, colour, view, at }) {
  const parts = [];
  if (map !== null) parts.push(`map=${encodeURIComponent(map)}`);
  if (sound !== null) parts.push(`sound=${sound}`);
  if (colour !== null) parts.push(`colour=${encodeURIComponent(colour)}`);
  if (view !== 'map') parts.push(`view=${view}`);
  if (at !== null) parts.push(`at=${encodeURIComponent(at).replaceAll('%2C', ',')}`);
  return parts.length ? `?${parts.join('&')}` : '';
}

/** @param {View} view */
export function nextView(view) {
  return VIEWS[(VIEWS.indexOf(view) + 1) % VIEWS.length];
}
