/**
 * Where the map is looked at from: pure functions between the unit square of a layout and CSS pixels.
 *
 * The layout's y points up, the screen's points down. `zoom` is CSS pixels per unit.
 */
import { clamp } from '@tonotope/shared/utils';

/** @typedef {{ x: number, y: number, zoom: number }} Camera the point in the middle of the canvas, and the scale */
/** @typedef {{ width: number, height: number }} Size in CSS pixels */
/** @typedef {{ top: number, right: number, bottom: number, left: number }} Insets what panels cover, CSS pixels */

/** @type {Readonly<Insets>} */
export const NO_INSETS = /*@__PURE__*/ Object.freeze({ top: 0, right: 0, bottom: 0, left: 0 });
const MIN_ZOOM = 0.35;
const MAX_ZOOM = 120;
const MARGIN_PX = 28;

/**
 * The camera that shows the whole unit square in what the panels leave free.
 *
 * @param {Size} size
 * @param {Insets} [insets]
 * @returns {Camera}
 */
export function fitCamera(size, insets = NO_INSETS) {
  const freeWidth = Math.max(80, size.width - insets.left - insets.right - 2 * MARGIN_PX);
  const freeHeight = Math.max(80, size.height - insets.top - insets.bottom - 2 * MARGIN_PX);
  const zoom = Math.min(freeWidth, freeHeight);
  return {
    x: 0.5 + (insets.right - insets.left) / 2 / zoom,
    y: 0.5 + (insets.top - insets.bottom) / 2 / zoom,
    zoom,
  };
}

/**
 * @param {Camera} camera
 * @param {Size} size
 * @param {number} x
 * @param {number} y
 * @returns {[number, number]} CSS pixels from the canvas' top left
 */
export function toScreen(camera, size, x, y) {
  return [size.width / 2 + (x - camera.x) * camera.zoom, size.height / 2 - (y - camera.y) * camera.zoom];
}

/**
 * @param {Camera} camera
 * @param {Size} size
 * @param {number} px
 * @param {number} py
 * @returns {[number, number]}
 */
export function toWorld(camera, size, px, py) {
  return [camera.x + (px - size.width / 2) / camera.zoom, camera.y - (py - size.height / 2) / camera.zoom];
}

/**
 * @param {Camera} camera
 * @param {number} dxPx
 * @param {number} dyPx how far the hand moved; the map follows it
 * @returns {Camera}
 */
export function panBy(camera, dxPx, dyPx) {
  return keepInReach({ ...camera, x: camera.x - dxPx / camera.zoom, y: camera.y + dyPx / camera.zoom });
}

/**
 * Zooms so that what lies under (px, py) stays there.
 *
 * @param {Camera} camera
 * @param {Size} size
 * @param {number} factor
 * @param {number} px
 * @param {number} py
 * @returns {Camera}
 */
export function zoomAt(camera, size, factor, px, py) {
  const [x, y] = toWorld(camera, size, px, py);
  const side = Math.min(size.width, size.height);
  const zoom = clamp(camera.zoom * factor, MIN_ZOOM * side, MAX_ZOOM * side);
  const moved = { x: x - (px - size.width / 2) / zoom, y: y + (py - size.height / 2) / zoom, zoom };
  return keepInReach(moved);
}

/**
 * The nearest camera that shows (x, y) at least `margin` pixels inside what the panels leave free.
 *
 * @param {Camera} camera
 * @param {Size} size
 * @param {number} x
 * @param {number} y
 * @param {Insets} [insets]
 * @param {number} [margin]
 * @returns {Camera}
 */
export function reveal(camera, size, x, y, insets = NO_INSETS, margin = 48) {
  const [px, py] = toScreen(camera, size, x, y);
  const dx = px - clamp(px, insets.left + margin, Math.max(insets.left + margin, size.width - insets.right - margin));
  const dy = py - clamp(py, insets.top + margin, Math.max(insets.top + margin, size.height - insets.bottom - margin));
  return dx === 0 && dy === 0 ? camera : panBy(camera, -dx, -dy);
}

/**
 * @param {Camera} from
 * @param {Camera} to
 * @param {number} t 0…1
 * @returns {Camera} zoom in equal ratios, so that the flight feels even
 */
export function between(from, to, t) {
  return {
    x: from.x + (to.x - from.x) * t,
    y: from.y + (to.y - from.y) * t,
    zoom: from.zoom * (to.zoom / from.zoom) ** t,
  };
}

/**
 * A camera as it stands in the address of the page: independent of the size of the window.
 *
 * @param {Camera} camera
 * @param {Size} size
 */
export function writeCamera(camera, size) {
  const side = Math.min(size.width, size.height);
  return [camera.x, camera.y, camera.zoom / side].map((value) => Number(value.toFixed(4))).join(',');
}

/**
 * @param {string} text
 * @param {Size} size
 * @returns {Camera | null} `null` when the text is no camera
 */
export function readCamera(text, size) {
  const values = text.split(',').map(Number);
  if (values.length !== 3 || !values.every(Number.isFinite) || values[2] <= 0) return null;
  const side = Math.min(size.width, size.height);
  const zoom = clamp(values[2], MIN_ZOOM, MAX_ZOOM) * side;
  return keepInReach({ x: values[0], y: values[1], zoom });
}

/**
 * @param {Camera} camera
 * @returns {Camera}
 */
function keepInReach(camera) {
  return { x: clamp(camera.x, -0.4, 1.4), y: clamp(camera.y, -0.4, 1.4), zoom: camera.zoom };
}
