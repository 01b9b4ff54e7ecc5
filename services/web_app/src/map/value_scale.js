/** Where a measured value lies between "low" and "high": for colours, histograms and brushes alike. */

/**
 * @typedef {object} ValueScale
 * @property {number} low
 * @property {number} high
 * @property {boolean} isLog
 * @property {(value: number) => number} place 0…1 within the span, beyond it outside; NaN stays NaN
 * @property {(place: number) => number} value the inverse of `place`
 */

const SAMPLE_MAX = 20_000;

/**
 * The span that the descriptor announces, widened to nothing: values may lie beyond. Where it announces none, what
 * 98 % of the sounds span.
 *
 * @param {{ scale?: string, low?: number | null, high?: number | null }} spec
 * @param {Float32Array} values
 * @returns {ValueScale}
 */
export function createValueScale(spec, values) {
  let isLog = spec.scale === 'log';
  let [low, high] = [spec.low ?? Number.NaN, spec.high ?? Number.NaN];
  if (Number.isNaN(low) || Number.isNaN(high)) {
    const [least, most] = quantiles(values, 0.01, 0.99, isLog);
    low = Number.isNaN(low) ? least : low;
    high = Number.isNaN(high) ? most : high;
  }
  if (isLog && low <= 0) {
    const [least] = quantiles(values, 0.01, 0.99, true);
    if (least > 0 && least < high) low = least;
    else isLog = false;
  }
  if (!(high > low)) high = low + (Math.abs(low) || 1);
  const [a, b] = isLog ? [Math.log(low), Math.log(high)] : [low, high];
  return {
    low,
    high,
    isLog,
    place: (value) => {
      if (Number.isNaN(value)) return Number.NaN;
      if (isLog && value <= 0) return -1;
      return ((isLog ? Math.log(value) : value) - a) / (b - a);
    },
    value: (place) => {
      const inner = a + (b - a) * place;
      return isLog ? Math.exp(inner) : inner;
    },
  };
}

/**
 * @param {Float32Array} values
 * @param {number} lowShare
 * @param {number} highShare
 * @param {boolean} onlyPositive
 * @returns {[number, number]} of an even sample; [0, 1] when there are no values
 */
function quantiles(values, lowShare, highShare, onlyPositive) {
  const stride = Math.max(1, Math.floor(values.length / SAMPLE_MAX));
  const sample = /** @type {number[]} */ ([]);
  for (let i = 0; i < values.length; i += stride) {
    if (Number.isFinite(values[i]) && (!onlyPositive || values[i] > 0)) sample.push(values[i]);
  }
  if (sample.length === 0) return [0, 1];
  sample.sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => sample[Math.round(share * (sample.length - 1))];
  return [at(lowShare), at(highShare)];
}
