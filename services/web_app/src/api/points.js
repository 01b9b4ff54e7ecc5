/**
 * Reads packed points: the positions of all sounds of a map, sorted along the Morton curve, delta-coded and split
 * into byte planes, so that a million points travel in two megabytes. One pass, no object per point.
 */
import { POINTS_HEADER_BYTES, POINTS_MAGIC, PointsSection } from '@tonotope/shared/constants';

/** The bytes are not what the format promises. */
export class PackedFormatError extends Error {
  name = 'PackedFormatError';
}

/**
 * @typedef {object} Points
 * @property {number} n
 * @property {[number, number, number, number]} bounds the square of the layout that the unit square stands for
 * @property {Float32Array} xy 2n, interleaved, in the unit square; y points up. Empty when the section is absent
 * @property {Uint8Array | null} cluster
 * @property {Uint32Array | null} ids audio_file_id of each point
 */

const KNOWN_SECTIONS = PointsSection.XY | PointsSection.CLUSTER | PointsSection.ID;

/**
 * @param {ArrayBuffer} buffer
 * @returns {Points}
 * @throws {PackedFormatError} when a byte is missing, too many, or makes no sense
 */
export function decodePoints(buffer) {
  if (buffer.byteLength < POINTS_HEADER_BYTES) {
    throw new PackedFormatError(`${buffer.byteLength} bytes are too few for packed points`);
  }
  const view = new DataView(buffer);
  const bytes = new Uint8Array(buffer);
  const magic = String.fromCharCode(...bytes.subarray(0, 4));
  if (magic !== POINTS_MAGIC) throw new PackedFormatError(`packed points begin with ${JSON.stringify(magic)}`);
  const n = view.getUint32(4, true);
  const flags = view.getUint32(8, true);
  if (flags & ~KNOWN_SECTIONS) throw new PackedFormatError(`packed points with unknown sections (flags ${flags})`);
  const bytesPerPoint =
    (flags & PointsSection.XY ? 4 : 0) + (flags & PointsSection.CLUSTER ? 1 : 0) + (flags & PointsSection.ID ? 4 : 0);
  // Checked before anything is allocated: n comes from the network.
  if (buffer.byteLength !== POINTS_HEADER_BYTES + n * bytesPerPoint) {
    throw new PackedFormatError(
      `${n} packed points of ${bytesPerPoint} bytes cannot take ${buffer.byteLength} bytes: cut short?`,
    );
  }
  const bounds = /** @type {Points['bounds']} */ ([16, 20, 24, 28].map((offset) => view.getFloat32(offset, true)));
  if (!bounds.every(Number.isFinite)) throw new PackedFormatError(`packed points within the bounds ${bounds}`);

  let offset = POINTS_HEADER_BYTES;
  let xy = new Float32Array(0);
  if (flags & PointsSection.XY) {
    xy = decodeXy(bytes.subarray(offset, offset + 4 * n), n);
    offset += 4 * n;
  }
  let cluster = null;
  if (flags & PointsSection.CLUSTER) {
    cluster = bytes.slice(offset, offset + n);
    offset += n;
  }
  const ids = flags & PointsSection.ID ? decodeIds(bytes.subarray(offset, offset + 4 * n), n) : null;
  return { n, bounds, xy, cluster, ids };
}

/**
 * @param {Uint8Array} planes low dx, low dy, high dx, high dy
 * @param {number} n
 */
function decodeXy(planes, n) {
  const xy = new Float32Array(2 * n);
  let x = 0;
  let y = 0;
  for (let i = 0; i < n; i++) {
    const dx = planes[i] | (planes[2 * n + i] << 8);
    const dy = planes[n + i] | (planes[3 * n + i] << 8);
    x = (x + ((dx >>> 1) ^ -(dx & 1))) & 0xffff;
    y = (y + ((dy >>> 1) ^ -(dy & 1))) & 0xffff;
    xy[2 * i] = x / 65535;
    xy[2 * i + 1] = y / 65535;
  }
  return xy;
}

/**
 * @param {Uint8Array} planes from the lowest byte to the highest
 * @param {number} n
 */
function decodeIds(planes, n) {
  const ids = new Uint32Array(n);
  let id = 0;
  for (let i = 0; i < n; i++) {
    const delta = planes[i] | (planes[n + i] << 8) | (planes[2 * n + i] << 16) | (planes[3 * n + i] << 24);
    id = (id + ((delta >>> 1) ^ -(delta & 1))) >>> 0;
    ids[i] = id;
  }
  return ids;
}
