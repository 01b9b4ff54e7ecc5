import { describe, expect, it } from 'vitest';
import { columnsOfPeaks, decodePeaks } from '../src/audio/peaks.js';

describe('peaks', () => {
  const data = Buffer.from(Int8Array.of(-127, 127, -10, 20, 0, 0, -64, 64).buffer).toString('base64');
  it('are read, also when fewer came than were promised', () => {
    expect([...decodePeaks({ n: 4, data })]).toEqual([-127, 127, -10, 20, 0, 0, -64, 64]);
    expect(decodePeaks({ n: 400, data })).toHaveLength(8);
    expect(decodePeaks({ n: 0, data: '' })).toHaveLength(0);
  });
  it('keep the extremes when there are fewer pixels, and repeat when there are more', () => {
    const peaks = decodePeaks({ n: 4, data });
    expect([...columnsOfPeaks(peaks, 2)].map((value) => Math.round(value * 127))).toEqual([-127, 127, -64, 64]);
    expect(columnsOfPeaks(peaks, 8)[2]).toBeCloseTo(-1);
    expect([...columnsOfPeaks(new Int8Array(0), 2)]).toEqual([0, 0, 0, 0]);
  });
});
