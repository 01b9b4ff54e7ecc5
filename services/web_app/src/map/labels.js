/** Which names of regions are written on the map, where and how large: many from afar, none over another. */
import { NO_INSETS, toScreen } from './camera.js';
import { clamp } from '@tonotope/shared/utils';

/** @typedef {{ id: number, label: string, size: number, x: number, y: number }} Region in the unit square */
/** @typedef {{ id: number, text: string, x: number, y: number, sizePx: number, alpha: number }} Label */

/** Closer than this, the sounds speak for themselves. */
const FADE_FROM = 6;
const FADE_TO = 12;

/**
 * @param {readonly Region[]} regions
 * @param {import('./camera.js').Camera} camera
 * @param {import('./camera.js').Size} size
 * @param {(text: string, sizePx: number) => number} measure width of a text
 * @param {import('./camera.js').Insets} [insets] what panels cover: a name moves out from under them, not its region
 * @returns {Label[]} the largest regions first
 */
export function placeLabels(regions, camera, size, measure, insets = NO_INSETS) {
  const nearness = camera.zoom / Math.min(size.width, size.height);
  const alpha = clamp((FADE_TO - nearness) / (FADE_TO - FADE_FROM), 0, 1);
  if (alpha === 0 || regions.length === 0) return [];
  const fitting = clamp(Math.min(size.width, size.height) / 640, 0.84, 1);
  const largest = Math.max(...regions.map((region) => region.size));
  /** @type {Label[]} */
  const labels = [];
  /** @type {[number, number, number, number][]} */
  const taken = [];
  for (const region of [...regions].sort((a, b) => b.size - a.size || a.id - b.id)) {
    const sizePx = Math.round(fitting * (12 + 4.5 * Math.sqrt(region.size / largest) * clamp(1.4 - 0.25 * nearness, 0.4, 1)));
    const [middle, y] = toScreen(camera, size, region.x, region.y);
    const halfWidth = measure(region.label, sizePx) / 2 + 8;
    const x = uncovered(middle, halfWidth, insets.left, size.width - insets.right);
    const box = /** @type {[number, number, number, number]} */ ([x - halfWidth, y - sizePx, x + halfWidth, y + sizePx]);
    if (box[2] < 0 || box[0] > size.width || box[3] < 0 || box[1] > size.height) continue;
    if (taken.some((other) => box[0] < other[2] && other[0] < box[2] && box[1] < other[3] && other[1] < box[3])) {
      continue;
    }
    taken.push(box);
    labels.push({ id: region.id, text: region.label, x, y, sizePx, alpha });
  }
  return labels;
}

/**
 * @param {number} middle
 * @param {number} halfWidth
 * @param {number} left
 * @param {number} right
 */
function uncovered(middle, halfWidth, left, right) {
  const isSeen = middle >= left && middle <= right && 2 * halfWidth <= right - left;
  return isSeen ? clamp(middle, left + halfWidth, right - halfWidth) : middle;
}
