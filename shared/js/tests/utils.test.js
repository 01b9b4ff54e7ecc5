import { describe, expect, it } from 'vitest';
import {
  clamp, countOf, formatBytes, formatClock, formatCount, formatDuration, formatFixed, formatMusical, formatNumber,
  formatRemaining, formatValue, noteName,
} from '@tonotope/shared/utils';

describe('numbers', () => {
  it('uses a real minus sign, and none before a zero', () => {
    expect(formatFixed(-14.23, 1)).toBe('−14.2');
    expect(formatFixed(-0.01, 1)).toBe('0.0');
  });
  it.each([
    [0, '0'], [0.0042, '0.0042'], [0.1234, '0.123'], [3.14159, '3.14'], [42.42, '42.4'], [440.4, '440'],
    [12345.6, '12,346'], [-1234, '−1,234'],
  ])('writes %d as %s', (value, text) => expect(formatNumber(value)).toBe(text));
  it('groups thousands', () => {
    expect(formatCount(999)).toBe('999');
    expect(formatCount(1000)).toBe('1,000');
    expect(formatCount(1234567)).toBe('1,234,567');
  });
  it('counts things', () => {
    expect(countOf(1, 'sound')).toBe('1\u00a0sound');
    expect(countOf(2041, 'sound')).toBe('2,041\u00a0sounds');
    expect(countOf(2, 'copy', 'copies')).toBe('2\u00a0copies');
  });
  it('clamps', () => expect([clamp(-1, 0, 2), clamp(1, 0, 2), clamp(3, 0, 2)]).toEqual([0, 1, 2]));
});

describe('values with units', () => {
  it.each([
    [124, 'bpm', '124.0 bpm'], [-14.23, 'LUFS', '−14.2 LUFS'], [0.84, 's', '0.84 s'], [440, 'Hz', '440 Hz'],
    [1250, 'Hz', '1.25 kHz'], [12500, 'Hz', '12.5 kHz'], [0.5, '', '0.500'], ['F# minor', '', 'F♯ minor'],
    [null, 'Hz', '–'], [Number.NaN, 'Hz', '–'], [undefined, '', '–'], [-Infinity, 'LUFS', '−∞ LUFS'],
  ])('writes %s %s as %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text));
  it('writes keys as musicians do and leaves words alone', () => {
    expect(formatMusical('Bb major')).toBe('B♭ major');
    expect(formatMusical('Ebony')).toBe('Ebony');
  });
  it.each([[440, 'A4'], [261.63, 'C4'], [46.25, 'F♯1'], [8.18, 'C-1']])(
    'names the note of %d Hz', (frequencyHz, name) => expect(noteName(frequencyHz)).toBe(name));
});

describe('time and size', () => {
  it.each([[0.084, '0.08 s'], [9.994, '9.99 s'], [12.54, '12.5 s'], [59.96, '1:00'], [187, '3:07'], [3729, '1:02:09']])(
    'writes a length of %d s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
  it('has no length for what never ends', () => expect(formatDuration(Infinity)).toBe('–'));
  it('reads a clock', () => expect([formatClock(0), formatClock(59.6), formatClock(-3)]).toEqual(['0:00', '1:00', '0:00']));
  it.each([[2, 'a few seconds'], [38, '40 s'], [200, '3 min'], [7800, '2 h 10 min'], [7200, '2 h']])(
    'says how long %d s still are', (seconds, text) => expect(formatRemaining(seconds)).toBe(text));
  it.each([[0, '0 B'], [999, '999 B'], [1500, '1.5 kB'], [123_456_789, '123 MB'], [999_600, '1.0 MB']])(
    'writes %d bytes', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});

describe('at the borders', () => {
  it.each([
    [9.994, '9.99'], [10, '10'], [99.94, '99.9'], [100.4, '100'], [0.01, '0.010'], [0.0099, '0.0099'], [-0.5, '−0.500'], [1e6, '1,000,000'],
  ])('writes %d as %s', (value, text) => expect(formatNumber(value)).toBe(text));
  it.each([[999, 'Hz', '999 Hz'], [1000, 'Hz', '1.00 kHz'], [9990, 'Hz', '9.99 kHz'], [10_000, 'Hz', '10.0 kHz'], [-2500, 'Hz', '−2.50 kHz']])(
    'writes %d %s as %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text));
  it.each([[72.4, '%', '72 %'], [-12.6, 'cents', '−13 cents'], [-0.04, 'dBTP', '0.0 dBTP'], [3, 'LU', '3.0 LU'], [Infinity, '', '∞'], [75, 's', '1:15']])(
    'writes %d %s as %s', (value, unit, text) => expect(formatValue(value, unit)).toBe(text));
  it.each([[9.99, '9.99 s'], [10, '10.0 s'], [59.94, '59.9 s'], [59.95, '1:00'], [3599.6, '1:00:00'], [Number.NaN, '–']])(
    'writes a length of %d s', (seconds, text) => expect(formatDuration(seconds)).toBe(text));
  it.each([[4.9, 'a few seconds'], [5, '5 s'], [89.9, '90 s'], [90, '2 min'], [3569, '59 min'], [3570, '1 h'], [3660, '1 h 1 min']])(
    'says how long %d s still are', (seconds, text) => expect(formatRemaining(seconds)).toBe(text));
  it.each([[999.4, '999 B'], [1000, '1.0 kB'], [99_900, '99.9 kB'], [100_000, '100 kB'], [2e12, '2.0 TB'], [5e15, '5000 TB']])(
    'writes %d bytes', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
  it('goes to the next step where rounding leads there', () => {
    expect([9.996, 99.96, 999.7].map(formatNumber)).toEqual(['10.0', '100', '1,000']);
    expect([formatValue(999.7, 'Hz'), formatValue(9996, 'Hz')]).toEqual(['1.00 kHz', '10.0 kHz']);
    expect([formatDuration(9.996), formatBytes(99_960)]).toEqual(['10.0 s', '100 kB']);
  });
  it('groups what is below zero too', () => expect(formatCount(-1234567)).toBe('−1,234,567'));
});

describe('notes', () => {
  it('are named by every octave of A, and change half way between two', () => {
    for (let octave = 0; octave <= 9; octave++) expect(noteName(27.5 * 2 ** octave)).toBe(`A${octave}`);
    const quarter = 2 ** (1 / 24);
    expect([noteName((440 * quarter) / 1.0001), noteName(440 * quarter * 1.0001), noteName(440 / quarter / 1.0001)]).toEqual(['A4', 'A♯4', 'G♯4']);
  });
  it('are twelve in an octave, which begins at C', () => {
    const names = Array.from({ length: 13 }, (_, semitone) => noteName(261.6256 * 2 ** (semitone / 12)));
    expect(names).toEqual(['C4', 'C♯4', 'D4', 'D♯4', 'E4', 'F4', 'F♯4', 'G4', 'G♯4', 'A4', 'A♯4', 'B4', 'C5']);
  });
});
