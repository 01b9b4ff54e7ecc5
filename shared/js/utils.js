/**
 * How numbers, durations, rates and notes are written for people. Pure functions, each used in several places.
 *
 * Every number carries its unit; a minus sign is U+2212, which is as wide as a figure in tabular type.
 */

const MINUS = '\u2212';
const FIRM_SPACE = '\u00a0';
const NOTE_NAMES = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];

/** Digits behind the point by unit, where the unit decides and not the size of the number. */
const FIXED_DIGITS = /** @type {Record<string, number>} */ ({
  bpm: 1, LUFS: 1, LU: 1, dB: 1, dBFS: 1, dBTP: 1, cents: 0, '%': 0,
});

/**
 * @param {number} value
 * @param {number} digits behind the point
 */
export function formatFixed(value, digits) {
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/**
 * Three significant figures, never an exponent between 0.001 and a million.
 *
 * @param {number} value
 */
export function formatNumber(value) {
  // What decides is the number as it will be read: 9.996 is written as 10.0 is, not as 9.99 is.
  const size = Math.abs(Number(value.toPrecision(3)));
  if (size >= 1000) return formatCount(Math.round(value));
  if (size >= 100 || Number.isInteger(value)) return formatFixed(value, 0);
  if (size >= 10) return formatFixed(value, 1);
  if (size >= 1 || size === 0) return formatFixed(value, 2);
  return formatFixed(value, size >= 0.01 ? 3 : 4);
}

/**
 * @param {number} count a whole number
 * @returns {string} grouped by thousands
 */
export function formatCount(count) {
  const digits = String(Math.abs(Math.round(count))).replace(/\B(?=(\d{3})+$)/g, ',');
  return count < 0 ? MINUS + digits : digits;
}

/**
 * A measured value with its unit: `124.0 bpm`, `−14.2 LUFS`, `1.25 kHz`, `0.84 s`, `72 %`.
 *
 * @param {number | string | null | undefined} value `null` and NaN: it has no meaning for this sound
 * @param {string} [unit]
 */
export function formatValue(value, unit = '') {
  if (value === null || value === undefined || Number.isNaN(value)) return '–';
  if (typeof value === 'string') return formatMusical(value);
  if (!Number.isFinite(value)) return value < 0 ? `${MINUS}∞ ${unit}`.trim() : `∞ ${unit}`.trim();
  if (unit === 's') return formatDuration(value);
  if (unit === 'Hz') {
    const size = Math.abs(Number(value.toPrecision(3)));
    return size >= 1000 ? `${formatFixed(value / 1000, size >= 10_000 ? 1 : 2)} kHz` : `${formatNumber(value)} Hz`;
  }
  const text = unit in FIXED_DIGITS ? formatFixed(value, FIXED_DIGITS[unit]) : formatNumber(value);
  return unit ? `${text} ${unit}` : text;
}

/**
 * `0.84 s`, `12.5 s`, `3:07`, `1:02:09`.
 *
 * @param {number} seconds
 */
export function formatDuration(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 9.995) return `${formatFixed(seconds, 2)} s`;
  if (seconds < 59.95) return `${formatFixed(seconds, 1)} s`;
  return formatClock(seconds);
}

/**
 * A place in a sound: `0:03`, `3:07`, `1:02:09`.
 *
 * @param {number} seconds
 */
export function formatClock(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const tail = String(rest).padStart(2, '0');
  return hours ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/**
 * How long something will still take, as a person says it: `a few seconds`, `40 s`, `3 min`, `2 h 10 min`.
 *
 * @param {number} seconds
 */
export function formatRemaining(seconds) {
  if (seconds < 5) return 'a few seconds';
  if (seconds < 90) return `${Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest ? `${Math.floor(minutes / 60)} h ${rest} min` : `${minutes / 60} h`;
}

/**
 * @param {number} bytes
 * @returns {string} in decimal units, as file managers count
 */
export function formatBytes(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let power = 0;
  let size = bytes;
  while (size >= 999.5 && power < units.length - 1) {
    size /= 1000;
    power += 1;
  }
  return `${power === 0 || size >= 99.95 ? size.toFixed(0) : size.toFixed(1)} ${units[power]}`;
}

/**
 * The note nearest to a frequency, in equal temperament at A4 = 440 Hz: `A4`, `F♯2`.
 *
 * @param {number} frequencyHz positive
 */
export function noteName(frequencyHz) {
  const midi = Math.round(69 + 12 * Math.log2(frequencyHz / 440));
  return `${NOTE_NAMES[((midi % 12) + 12) % 12]}${Math.floor(midi / 12) - 1}`;
}

/**
 * Sharps and flats as musicians write them: `F# minor` becomes `F♯ minor`.
 *
 * @param {string} text
 */
export function formatMusical(text) {
  return text.replace(/\b([A-G])#/g, '$1♯').replace(/\b([A-G])b(?=\b)/g, '$1♭');
}

/**
 * A count with its noun: `1 sound`, `2,041 sounds`.
 *
 * @param {number} count
 * @param {string} noun
 * @param {string} [plural]
 */
export function countOf(count, noun, plural = `${noun}s`) {
  return `${formatCount(count)}${FIRM_SPACE}${count === 1 ? noun : plural}`;
}

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}
