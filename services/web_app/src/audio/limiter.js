/**
 * The curve of a limiter without look-ahead: straight up to a knee, then bending towards full scale.
 *
 * A compressor node would delay every sound by some 6 ms; previews are loudness-matched already, so this acts only
 * on the rare peak and on overlapping tails.
 */

/** Samples up to ±LIMITER_RANGE enter the curve: feed it through a gain of 1 / LIMITER_RANGE. */
export const LIMITER_RANGE = 4;
const KNEE = 0.8;
const CEILING = 0.98;

/** @param {number} sample @returns {number} within ±CEILING */
export function limit(sample) {
  const size = Math.abs(sample);
  if (size <= KNEE) return sample;
  const room = CEILING - KNEE;
  return Math.sign(sample) * (KNEE + room * Math.tanh((size - KNEE) / room));
}

/** @param {number} [length] odd, so that zero stays zero */
export function limiterCurve(length = 8193) {
  const curve = new Float32Array(length);
  for (let i = 0; i < length; i++) curve[i] = limit(((2 * i) / (length - 1) - 1) * LIMITER_RANGE);
  return curve;
}
