/** The writing side of the packed formats, as the server has it: what `src/api` must be able to read. */
import { POINTS_HEADER_BYTES, POINTS_MAGIC, PointsSection } from '@tonotope/shared/constants';

/**
 * @param {number} x
 * @param {number} y both u16
 * @returns {number} place along the Morton curve
 */
export function mortonCode(x, y) {
  let code = 0;
  for (let bit = 15; bit >= 0; bit--) code = code * 4 + (((y >> bit) & 1) * 2 + ((x >> bit) & 1));
  return code;
}

const zigzag16 = (/** @type {number} */ delta) => {
  const signed = (delta << 16) >> 16;
  return ((signed << 1) ^ (signed >> 31)) & 0xffff;
};
const zigzag32 = (/** @type {number} */ delta) => ((delta << 1) ^ (delta >> 31)) >>> 0;

/**
 * @param {object} points in Morton order
 * @param {Uint16Array} points.x
 * @param {Uint16Array} points.y
 * @param {Uint8Array} points.cluster
 * @param {Uint32Array} points.ids
 * @param {readonly number[]} points.bounds
 * @param {number} [flags]
 * @returns {Buffer}
 */
export function encodePoints({ x, y, cluster, ids, bounds }, flags = PointsSection.XY | PointsSection.CLUSTER | PointsSection.ID) {
  const n = x.length;
  const header = Buffer.alloc(POINTS_HEADER_BYTES);
  header.write(POINTS_MAGIC, 0, 'latin1');
  header.writeUInt32LE(n, 4);
  header.writeUInt32LE(flags, 8);
  bounds.forEach((bound, k) => header.writeFloatLE(bound, 16 + 4 * k));
  const parts = [header];
  if (flags & PointsSection.XY) {
    const planes = Buffer.alloc(4 * n);
    for (let i = 0; i < n; i++) {
      const dx = zigzag16(x[i] - (i ? x[i - 1] : 0));
      const dy = zigzag16(y[i] - (i ? y[i - 1] : 0));
      planes[i] = dx & 255;
      planes[n + i] = dy & 255;
      planes[2 * n + i] = dx >> 8;
      planes[3 * n + i] = dy >> 8;
    }
    parts.push(planes);
  }
  if (flags & PointsSection.CLUSTER) parts.push(Buffer.from(cluster));
  if (flags & PointsSection.ID) {
    const planes = Buffer.alloc(4 * n);
    for (let i = 0; i < n; i++) {
      const delta = zigzag32((ids[i] - (i ? ids[i - 1] : 0)) | 0);
      for (let plane = 0; plane < 4; plane++) planes[plane * n + i] = (delta >>> (8 * plane)) & 255;
    }
    parts.push(planes);
  }
  return Buffer.concat(parts);
}

/** @param {readonly { bytes: Buffer | null, gainDb: number, startS: number }[]} clips */
export function encodePreviews(clips) {
  const head = Buffer.alloc(4 + 12 * clips.length);
  head.writeUInt32LE(clips.length, 0);
  clips.forEach(({ bytes, gainDb, startS }, k) => {
    head.writeUInt32LE(bytes?.length ?? 0, 4 + 12 * k);
    head.writeFloatLE(gainDb, 8 + 12 * k);
    head.writeFloatLE(startS, 12 + 12 * k);
  });
  return Buffer.concat([head, ...clips.map(({ bytes }) => bytes ?? Buffer.alloc(0))]);
}
