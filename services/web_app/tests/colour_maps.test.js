import { describe, expect, it } from 'vitest';
import {
  CATEGORY_COLOURS, categoryPalette, codesOfCategories, codesOfNumbers, cssColour, NO_VALUE, numberPalette, parseHex, rampColour,
} from '../src/map/colour_maps.js';
import { createValueScale } from '../src/map/value_scale.js';

const THEMES = /** @type {const} */ (['dark', 'light']);

/** Linear light from 0…255 (IEC 61966-2-1). @param {readonly number[]} rgb */
const linear = (rgb) => rgb.map((value) => (value <= 10.31475 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
const times = (/** @type {number[][]} */ matrix, /** @type {number[]} */ vector) =>
  matrix.map((row) => row.reduce((sum, factor, k) => sum + factor * vector[k], 0));

/** OKLab (B. Ottosson, 2020) of linear light. @param {number[]} rgb */
function oklab(rgb) {
  const lms = times([
    [0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005],
  ], rgb);
  return times([
    [0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766],
  ], lms.map(Math.cbrt));
}

/** Vision without one kind of cone: matrices of full severity by Machado, Oliveira and Fernandes (2009). */
const VISIONS = {
  normal: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const entry = (/** @type {Uint8Array} */ palette, /** @type {number} */ k) => [...palette.subarray(4 * k, 4 * k + 4)];

describe.each(THEMES)('the ramp of the %s theme', (theme) => {
  it('only grows lighter', () => {
    const palette = numberPalette(theme);
    let before = -1;
    for (let k = 1; k < 256; k++) {
      const [lightness] = oklab(linear(entry(palette, k).slice(0, 3)));
      expect(lightness, `entry ${k}`).toBeGreaterThanOrEqual(before - 0.002);
      if (k > 4) expect(lightness).toBeGreaterThan(oklab(linear(entry(palette, k - 4).slice(0, 3)))[0]);
      before = lightness;
    }
  });
  it('is opaque everywhere, and its ends are entries 1 and 255', () => {
    const palette = numberPalette(theme);
    expect(palette.length).toBe(1024);
    for (let k = 0; k < 256; k++) expect(palette[4 * k + 3]).toBe(255);
    expect(entry(palette, 1)).toEqual([...rampColour(0, theme), 255]);
    expect(entry(palette, 255)).toEqual([...rampColour(1, theme), 255]);
  });
});

describe('the ramp', () => {
  it('has the ends of viridis, less what is lost in the ground', () => {
    expect(rampColour(0, 'light')).toEqual([0x44, 0x01, 0x54]);
    expect(rampColour(1, 'dark')).toEqual([0xfd, 0xe7, 0x25]);
    expect(rampColour(1, 'light')).toEqual([0xbd, 0xdf, 0x26]);
    // 16 % of ten steps: six tenths of the way from the second colour to the third.
    expect(rampColour(0, 'dark')).toEqual([68, 56, 128]);
  });
});

describe('values as palette entries', () => {
  const scale = createValueScale({ low: 0, high: 10 }, new Float32Array(0));
  it('run from 1 to 255, hold at the ends, and leave out what has no value', () => {
    const values = Float32Array.of(0, 10, 5, -3, 99, Number.NaN, -Infinity, Infinity);
    expect([...codesOfNumbers(values, scale)]).toEqual([1, 255, 128, 1, 255, NO_VALUE, 1, 255]);
  });
  it('never sink while the value rises', () => {
    const codes = codesOfNumbers(Float32Array.from({ length: 1001 }, (_, k) => k / 100), scale);
    expect([...codes]).toEqual([...codes].sort((a, b) => a - b));
    expect(new Set(codes).size).toBe(255);
  });
});

describe('groups', () => {
  it('have an entry each, and none for those in no group', () => {
    expect([...codesOfCategories(Int32Array.of(-1, 0, 1, 11, 12, 251), -1)]).toEqual([NO_VALUE, 1, 2, 12, 13, 252]);
    expect([...codesOfCategories(Uint8Array.of(255, 0), 255)]).toEqual([NO_VALUE, 1]);
  });
  it.each(THEMES)('repeat their twelve colours without a break, however many there are (%s)', (theme) => {
    const palette = categoryPalette(theme);
    const categories = Int32Array.from({ length: 1000 }, (_, k) => k);
    codesOfCategories(categories, -1).forEach((code, k) => {
      expect(entry(palette, code)).toEqual([...parseHex(CATEGORY_COLOURS[theme][k % 12]), 255]);
    });
  });
  it.each(THEMES)('differ for every kind of eye (%s)', (theme) => {
    expect(new Set(CATEGORY_COLOURS[theme]).size).toBe(12);
    for (const [vision, matrix] of Object.entries(VISIONS)) {
      const seen = CATEGORY_COLOURS[theme].map((hex) =>
        oklab(times(matrix, linear(parseHex(hex))).map((value) => Math.min(1, Math.max(0, value)))));
      let least = Infinity;
      for (let i = 0; i < 12; i++) for (let k = 0; k < i; k++) least = Math.min(least, Math.hypot(...seen[i].map((value, c) => value - seen[k][c])));
      expect(least, vision).toBeGreaterThan(0.08);
    }
  });
  it.each(THEMES)('are not mistaken for "no value" (%s)', (theme) => {
    const grey = oklab(linear(entry(categoryPalette(theme), NO_VALUE).slice(0, 3)));
    expect(Math.hypot(grey[1], grey[2])).toBeLessThan(0.03);
    for (const hex of CATEGORY_COLOURS[theme]) {
      const lab = oklab(linear(parseHex(hex)));
      expect(Math.hypot(...lab.map((value, c) => value - grey[c])), hex).toBeGreaterThan(0.06);
    }
  });
});

describe('colours in words', () => {
  it('are read and written', () => {
    expect(parseHex('#0a80ff')).toEqual([10, 128, 255]);
    expect(cssColour([10, 128, 255])).toBe('rgb(10, 128, 255)');
  });
});
