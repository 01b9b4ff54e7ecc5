/** Reads a block of packed previews: up to 64 encoded clips of neighbouring points, in point order. */
import { PREVIEWS_PER_BLOCK } from '@tonotope/shared/constants';
import { PackedFormatError } from './points.js';

/**
 * @typedef {object} EncodedClip
 * @property {Uint8Array<ArrayBuffer> | null} bytes an encoded clip; `null`: this sound has no preview
 * @property {number} gainDb what was applied to make all previews equally loud
 * @property {number} startS where in the sound the clip begins
 */

const ENTRY_BYTES = 12;

/**
 * @param {ArrayBuffer} buffer
 * @returns {EncodedClip[]}
 * @throws {PackedFormatError}
 */
export function decodePreviews(buffer) {
  if (buffer.byteLength < 4) throw new PackedFormatError(`${buffer.byteLength} bytes are too few for packed previews`);
  const view = new DataView(buffer);
  const n = view.getUint32(0, true);
  if (n > PREVIEWS_PER_BLOCK || buffer.byteLength < 4 + n * ENTRY_BYTES) {
    throw new PackedFormatError(`a block of ${n} previews in ${buffer.byteLength} bytes`);
  }
  const clips = [];
  let offset = 4 + n * ENTRY_BYTES;
  for (let i = 0; i < n; i++) {
    const entry = 4 + i * ENTRY_BYTES;
    const length = view.getUint32(entry, true);
    const gainDb = view.getFloat32(entry + 4, true);
    const startS = view.getFloat32(entry + 8, true);
    if (offset + length > buffer.byteLength || !Number.isFinite(gainDb) || !Number.isFinite(startS)) {
      throw new PackedFormatError(`preview ${i} of ${n} is cut short or senseless`);
    }
    clips.push({ bytes: length ? new Uint8Array(buffer, offset, length) : null, gainDb, startS });
    offset += length;
  }
  if (offset !== buffer.byteLength) throw new PackedFormatError(`${buffer.byteLength - offset} bytes behind the previews`);
  return clips;
}
