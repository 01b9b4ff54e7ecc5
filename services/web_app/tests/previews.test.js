import { describe, expect, it } from 'vitest';
import { PackedFormatError } from '../src/api/points.js';
import { decodePreviews } from '../src/api/previews.js';
import { createRandom } from './server/random.js';

/** @param {{ bytes: number[], gainDb: number, startS: number }[]} clips @returns {ArrayBuffer} */
function encode(clips) {
  const length = clips.reduce((sum, { bytes }) => sum + 12 + bytes.length, 4);
  const view = new DataView(new ArrayBuffer(length));
  view.setUint32(0, clips.length, true);
  let at = 4;
  for (const { bytes, gainDb, startS } of clips) {
    view.setUint32(at, bytes.length, true);
    view.setFloat32(at + 4, gainDb, true);
    view.setFloat32(at + 8, startS, true);
    at += 12;
  }
  for (const { bytes } of clips) for (const byte of bytes) view.setUint8(at++, byte);
  return /** @type {ArrayBuffer} */ (view.buffer);
}

const three = [
  { bytes: [1, 2, 3], gainDb: -6.5, startS: 0.25 },
  { bytes: [], gainDb: 0, startS: 0 },
  { bytes: [250], gainDb: 12, startS: 61.5 },
];

describe('a block of previews', () => {
  it('gives each clip its own bytes, gain and place', () => {
    expect(decodePreviews(encode(three))).toEqual([
      { bytes: Uint8Array.of(1, 2, 3), gainDb: -6.5, startS: 0.25 },
      { bytes: null, gainDb: 0, startS: 0 },
      { bytes: Uint8Array.of(250), gainDb: 12, startS: 61.5 },
    ]);
  });

  it('may hold nothing, and 64 at most', () => {
    const clips = (/** @type {number} */ n) => Array.from({ length: n }, (_, k) => ({ bytes: [k, k], gainDb: k, startS: 0 }));
    expect(decodePreviews(encode([]))).toEqual([]);
    const full = decodePreviews(encode(clips(64)));
    expect(full.map(({ gainDb }) => gainDb)).toEqual([...Array(64).keys()]);
    expect(full[63].bytes).toEqual(Uint8Array.of(63, 63));
    expect(() => decodePreviews(encode(clips(65)))).toThrow('a block of 65 previews');
  });

  it.each([5, 6, 7])('comes back as it was sent (seed %d)', (seed) => {
    const { between } = createRandom(seed);
    const clips = Array.from({ length: 40 }, () => ({
      bytes: Array.from({ length: Math.floor(between(0, 50)) }, () => Math.floor(between(0, 256))),
      gainDb: Math.fround(between(-30, 30)), startS: Math.fround(between(0, 600)),
    }));
    const read = decodePreviews(encode(clips)).map((clip) => ({ ...clip, bytes: [...(clip.bytes ?? [])] }));
    expect(read).toEqual(clips);
  });
});

describe('bytes that are no block of previews', () => {
  it('are refused when any is missing or too many', () => {
    const whole = new Uint8Array(encode(three));
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodePreviews(whole.slice(0, length).buffer), `${length} bytes`).toThrow(PackedFormatError);
    }
    const longer = new Uint8Array(whole.length + 2);
    longer.set(whole);
    expect(() => decodePreviews(longer.buffer)).toThrow('2 bytes behind the previews');
  });

  it('are refused when they claim what is not there', () => {
    const spoil = (/** @type {(view: DataView) => void} */ change) => {
      const buffer = encode(three);
      change(new DataView(buffer));
      return () => decodePreviews(buffer);
    };
    expect(spoil((view) => view.setUint32(0, 0xffffffff, true))).toThrow('a block of 4294967295 previews');
    expect(spoil((view) => view.setUint32(28, 0xffffffff, true))).toThrow('preview 2 of 3');
    expect(spoil((view) => view.setFloat32(8, Number.NaN, true))).toThrow('preview 0 of 3');
    expect(spoil((view) => view.setFloat32(24, Infinity, true))).toThrow('preview 1 of 3');
  });
});
