/** Draws what lies over the points on a 2-D canvas: names of regions, the trail, the glow of the current sound. */
import { toScreen } from './camera.js';
import { placeLabels } from './labels.js';

/** @typedef {import('./camera.js').Camera} Camera */
/**
 * @typedef {object} OverlayLook
 * @property {string} ink
 * @property {string} halo
 * @property {string} accent
 * @property {string} font family
 */
/**
 * @typedef {object} OverlayFrame
 * @property {Camera} camera
 * @property {import('./camera.js').Size} size
 * @property {number} pixelRatio
 * @property {(index: number) => [number, number]} placeOf where a point is right now, unit square
 * @property {import('./camera.js').Insets} insets
 * @property {readonly import('./labels.js').Region[]} regions
 * @property {readonly number[]} trail indices of what was heard, the oldest first
 * @property {number} current index, -1 for none
 * @property {number} selected index, -1 for none
 * @property {string} currentColour
 * @property {number} level how loud it is right now, 0…1
 * @property {number} heard how far the current preview has been played, 0…1
 * @property {number} pointSize CSS pixels
 */

const FULL_TURN = 2 * Math.PI;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {OverlayFrame} frame
 * @param {OverlayLook} look
 */
export function drawOverlay(context, frame, look) {
  const { size, pixelRatio } = frame;
  context.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  context.clearRect(0, 0, size.width, size.height);
  drawTrail(context, frame, look);
  drawGlow(context, frame, look);
  drawLabels(context, frame, look);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {OverlayFrame} frame
 * @param {number} index
 */
function screenPlace(context, { camera, size, placeOf }, index) {
  const [x, y] = placeOf(index);
  return toScreen(camera, size, x, y);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {OverlayFrame} frame
 * @param {OverlayLook} look
 */
function drawTrail(context, frame, look) {
  const { trail } = frame;
  context.strokeStyle = look.accent;
  context.fillStyle = look.accent;
  context.lineCap = 'round';
  for (let k = 0; k < trail.length; k++) {
    const age = (k + 1) / trail.length;
    const [x, y] = screenPlace(context, frame, trail[k]);
    if (k + 1 < trail.length) {
      const [nextX, nextY] = screenPlace(context, frame, trail[k + 1]);
      context.globalAlpha = 0.5 * age * age;
      context.lineWidth = 0.75 + 0.75 * age;
      context.beginPath();
      context.moveTo(x, y);
      context.lineTo(nextX, nextY);
      context.stroke();
    }
    context.globalAlpha = 0.15 + 0.6 * age * age;
    context.lineWidth = 1.25;
    context.beginPath();
    context.arc(x, y, frame.pointSize / 2 + 2.5, 0, FULL_TURN);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {OverlayFrame} frame
 * @param {OverlayLook} look
 */
function drawGlow(context, frame, look) {
  const { current, selected, pointSize, level } = frame;
  if (selected >= 0) {
    const [x, y] = screenPlace(context, frame, selected);
    context.strokeStyle = look.ink;
    context.lineWidth = 1.5;
    context.beginPath();
    context.arc(x, y, pointSize / 2 + 5, 0, FULL_TURN);
    context.stroke();
  }
  if (current < 0) return;
  const [x, y] = screenPlace(context, frame, current);
  const radius = pointSize / 2 + 14 + 22 * level;
  const glow = context.createRadialGradient(x, y, pointSize / 2, x, y, radius);
  glow.addColorStop(0, frame.currentColour);
  // Not `transparent`: that is black, and would smear a dark ring around the light.
  glow.addColorStop(1, frame.currentColour.replace('rgb', 'rgba').replace(')', ', 0)'));
  context.globalAlpha = 0.55;
  context.fillStyle = glow;
  context.beginPath();
  context.arc(x, y, radius, 0, FULL_TURN);
  context.fill();
  context.globalAlpha = 1;
  context.fillStyle = frame.currentColour;
  context.strokeStyle = look.ink;
  context.lineWidth = 1.5;
  context.beginPath();
  context.arc(x, y, pointSize / 2 + 1.5 + 1.5 * level, 0, FULL_TURN);
  context.fill();
  context.stroke();
  if (frame.heard > 0 && frame.heard < 1) {
    context.strokeStyle = look.accent;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(x, y, pointSize / 2 + 8, -FULL_TURN / 4, -FULL_TURN / 4 + FULL_TURN * frame.heard);
    context.stroke();
  }
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {OverlayFrame} frame
 * @param {OverlayLook} look
 */
function drawLabels(context, { regions, camera, size, insets }, look) {
  const fontOf = (/** @type {number} */ sizePx) => `550 ${sizePx}px ${look.font}`;
  const measure = (/** @type {string} */ text, /** @type {number} */ sizePx) => {
    context.font = fontOf(sizePx);
    return context.measureText(text).width;
  };
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  for (const { text, x, y, sizePx, alpha } of placeLabels(regions, camera, size, measure, insets)) {
    context.font = fontOf(sizePx);
    context.globalAlpha = 0.85 * alpha;
    context.strokeStyle = look.halo;
    context.lineWidth = 4;
    context.strokeText(text, x, y);
    context.globalAlpha = alpha;
    context.fillStyle = look.ink;
    context.fillText(text, x, y);
  }
  context.globalAlpha = 1;
}
