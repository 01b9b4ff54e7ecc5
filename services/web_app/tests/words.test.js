import { describe, expect, it } from 'vitest';
import { sliceSpan, soundTitle } from '../src/ui/words.js';

const slice = { parent_id: 4, parent_name: 'Session.wav', parent_path: 'Mai/Session.wav', start_s: 1.2, end_s: 1.904, number: 3, n_slices: 12 };

describe('the words for a slice', () => {
  it('call it by its file and its place', () => {
    expect(soundTitle({ name: 'Session.wav#t=1.200,1.904', slice })).toBe('Session.wav, slice 3');
    expect(soundTitle({ name: 'Gong.wav', slice: null })).toBe('Gong.wav');
  });
  it('say from where to where it reaches', () => {
    expect(sliceSpan(slice)).toBe('1.20–1.90 s');
    expect(sliceSpan({ start_s: 59.5, end_s: 60 })).toBe('0:59.50–1:00.00');
    expect(sliceSpan({ start_s: 187.2, end_s: 4000.999 })).toBe('3:07.20–66:41.00');
  });
});
