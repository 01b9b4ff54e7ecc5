/** The outline of a waveform as the server sends it: lowest and highest sample of equal spans. */

/**
 * @param {{ n: number, data: string }} peaks base64 of int8, shape (n, 2), full scale 127
 * @returns {Int8Array} low, high, low, high, …; shorter than promised when the data are
 */
export function decodePeaks({ n, data }) {
  const text = atob(data);
  const bytes = new Int8Array(Math.min(2 * n, text.length - (text.length % 2)));
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * The span of the waveform under each of `columns` pixels.
 *
 * @param {Int8Array} peaks
 * @param {number} columns
 * @returns {Float32Array} low, high per column, −1…1
 */
export function columnsOfPeaks(peaks, columns) {
  const n = peaks.length / 2;
  const spans = new Float32Array(2 * columns);
  for (let column = 0; column < columns && n > 0; column++) {
    const first = Math.min(n - 1, Math.floor((column * n) / columns));
    const last = Math.max(first + 1, Math.ceil(((column + 1) * n) / columns));
    let [low, high] = [127, -127];
    for (let k = first; k < Math.min(n, last); k++) {
      low = Math.min(low, peaks[2 * k]);
      high = Math.max(high, peaks[2 * k + 1]);
    }
    spans[2 * column] = low / 127;
    spans[2 * column + 1] = high / 127;
  }
  return spans;
}
