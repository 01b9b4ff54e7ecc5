import { describe, expect, it } from 'vitest';
import { decodePoints, PackedFormatError } from '../src/api/points.js';
import { createRandom } from './server/random.js';

/** @typedef {{ x: number[], y: number[], cluster: number[], ids: number[], bounds?: number[] }} Layout */

const ALL = 7;

/**
 * The format as the contract describes it, written plainly: one value after the other, plane after plane.
 *
 * @param {Layout} layout
 * @param {number} [flags]
 */
function encode({ x, y, cluster, ids, bounds = [-3, -2, 5, 6] }, flags = ALL) {
  const n = x.length;
  const out = [...'TNP1'].map((letter) => letter.charCodeAt(0));
  const pushU32 = (/** @type {number} */ value) => {
    for (let plane = 0; plane < 4; plane++) out.push(Math.floor(value / 256 ** plane) % 256);
  };
  [n, flags, 0].forEach(pushU32);
  out.push(...new Uint8Array(Float32Array.from(bounds).buffer));
  const zigzag = (/** @type {number[]} */ values, /** @type {number} */ modulus) =>
    values.map((value, i) => {
      const up = (value - (i ? values[i - 1] : 0) + modulus) % modulus;
      return up < modulus / 2 ? 2 * up : 2 * (modulus - up) - 1;
    });
  const plane = (/** @type {number[]} */ values, /** @type {number} */ k) => values.map((value) => Math.floor(value / 256 ** k) % 256);
  if (flags & 1) {
    const [dx, dy] = [zigzag(x, 65536), zigzag(y, 65536)];
    out.push(...plane(dx, 0), ...plane(dy, 0), ...plane(dx, 1), ...plane(dy, 1));
  }
  if (flags & 2) out.push(...cluster);
  if (flags & 4) for (let k = 0; k < 4; k++) out.push(...plane(zigzag(ids, 2 ** 32), k));
  return new Uint8Array(out).buffer;
}

/** @param {number} seed @param {number} n @returns {Layout} */
function randomLayout(seed, n) {
  const { between } = createRandom(seed);
  const whole = (/** @type {number} */ below) => Array.from({ length: n }, () => Math.floor(between(0, below)));
  return { x: whole(65536), y: whole(65536), cluster: whole(256), ids: whole(2 ** 32) };
}

const small = { x: [0, 65535, 1], y: [65535, 0, 32768], cluster: [0, 254, 255], ids: [1, 4294967295, 7] };

describe('packed points', () => {
  it.each([[1, 1], [2, 2], [3, 64], [4, 1000]])('come back as they were sent (seed %d, %d points)', (seed, n) => {
    const layout = randomLayout(seed, n);
    const points = decodePoints(encode(layout));
    expect(points.n).toBe(n);
    expect(points.xy).toEqual(Float32Array.from({ length: 2 * n }, (_, k) => (k % 2 ? layout.y : layout.x)[k >> 1] / 65535));
    expect(points.cluster).toEqual(Uint8Array.from(layout.cluster));
    expect(points.ids).toEqual(Uint32Array.from(layout.ids));
  });

  it('survive the largest steps in both directions', () => {
    const points = decodePoints(encode(small));
    expect([...points.xy]).toEqual([0, 1, 1, 0, Math.fround(1 / 65535), Math.fround(32768 / 65535)]);
    expect([...(points.ids ?? [])]).toEqual(small.ids);
  });

  it('are read from bytes that were written by hand', () => {
    const bytes = new Uint8Array(32 + 9);
    bytes.set([0x54, 0x4e, 0x50, 0x31, 1, 0, 0, 0, 7]);
    bytes.set([0, 0, 0x80, 0x3f, 0, 0, 0x80, 0x3f], 24);
    // x = +256 is zigzag 512; y = −1 is zigzag 1 and wraps to 65535; cluster 9; id 300 is zigzag 600.
    bytes.set([0, 1, 2, 0, 9, 0x58, 2, 0, 0], 32);
    const points = decodePoints(bytes.buffer);
    expect(points).toEqual({
      n: 1, bounds: [0, 0, 1, 1], xy: Float32Array.of(256 / 65535, 1), cluster: Uint8Array.of(9), ids: Uint32Array.of(300),
    });
  });

  it('tell the square that they lie in', () => {
    expect(decodePoints(encode({ ...small, bounds: [-1.5, 0.25, 8.5, 10.25] })).bounds).toEqual([-1.5, 0.25, 8.5, 10.25]);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('hold only the sections that the flags %d name', (flags) => {
    const points = decodePoints(encode(small, flags));
    expect(points.n).toBe(3);
    expect(points.xy.length).toBe(flags & 1 ? 6 : 0);
    expect(points.cluster && [...points.cluster]).toEqual(flags & 2 ? small.cluster : null);
    expect(points.ids && [...points.ids]).toEqual(flags & 4 ? small.ids : null);
  });

  it('may be none', () => {
    const points = decodePoints(encode({ x: [], y: [], cluster: [], ids: [] }));
    expect(points).toMatchObject({ n: 0, xy: new Float32Array(0), cluster: new Uint8Array(0), ids: new Uint32Array(0) });
  });
});

describe('bytes that are no packed points', () => {
  it('are refused at every length but the right one', () => {
    const whole = new Uint8Array(encode(small));
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodePoints(whole.slice(0, length).buffer), `${length} bytes`).toThrow(PackedFormatError);
    }
    const longer = new Uint8Array(whole.length + 1);
    longer.set(whole);
    expect(() => decodePoints(longer.buffer)).toThrow('3 packed points of 9 bytes cannot take 60 bytes');
  });

  it('are refused with what is wrong about them', () => {
    const spoil = (/** @type {(view: DataView) => void} */ change) => {
      const buffer = encode(small);
      change(new DataView(buffer));
      return () => decodePoints(buffer);
    };
    expect(spoil((view) => view.setUint8(3, 0x32))).toThrow('begin with "TNP2"');
    expect(spoil((view) => view.setUint32(8, 15, true))).toThrow('unknown sections (flags 15)');
    expect(spoil((view) => view.setFloat32(16, Number.NaN, true))).toThrow('bounds NaN,-2,5,6');
    expect(spoil((view) => view.setFloat32(28, Infinity, true))).toThrow(PackedFormatError);
    expect(() => decodePoints(new ArrayBuffer(8))).toThrow('8 bytes are too few');
  });

  it('cannot make it allocate what they only claim', () => {
    const buffer = encode(small);
    new DataView(buffer).setUint32(4, 0xffffffff, true);
    expect(() => decodePoints(buffer)).toThrow('4294967295 packed points');
  });

  it('never get past the format with any other error', () => {
    const { between } = createRandom(11);
    for (let round = 0; round < 500; round++) {
      const buffer = encode(small);
      const bytes = new Uint8Array(buffer);
      for (let k = 0; k < 3; k++) bytes[Math.floor(between(0, bytes.length))] = Math.floor(between(0, 256));
      try {
        const points = decodePoints(buffer);
        for (const value of points.xy) expect(value >= 0 && value <= 1).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(PackedFormatError);
      }
    }
  });
});
