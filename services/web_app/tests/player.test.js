import { get } from 'svelte/store';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '../src/api/client.js';
import { createPlayer } from '../src/audio/player.js';

/** An audio element without sound: it does what it is told and tells what it does. */
class MemoryAudio extends EventTarget {
  preload = '';
  src = '';
  loop = false;
  currentTime = 0;
  duration = Number.NaN;
  isPaused = true;
  /** @type {Error | null} */
  refusal = null;

  async play() {
    if (this.refusal) throw this.refusal;
    this.isPaused = false;
    this.dispatchEvent(new Event('play'));
  }
  pause() {
    if (!this.isPaused) this.dispatchEvent(new Event('pause'));
    this.isPaused = true;
  }
  /** @param {string} name */
  removeAttribute(name) {
    if (name === 'src') this.src = '';
  }
  /** @param {string} kind */
  say(kind) {
    this.dispatchEvent(new Event(kind));
  }
}

/** @param {Partial<import('../src/api/types.js').AudioFileDetails>} parts */
const soundOf = (parts) => /** @type {import('../src/api/types.js').AudioFileDetails} */ ({
  id: 7, name: 'Gong', format: 'wav', duration_s: 20, playable: true,
  preview: { mime: 'audio/ogg', start_s: 4, duration_s: 5, gain_db: 0 }, ...parts,
});

/** @param {number} startS @param {number} endS */
const sliceOf = (startS, endS) => soundOf({
  duration_s: endS - startS,
  slice: { parent_id: 1, parent_name: 'Session.wav', parent_path: 'Session.wav', start_s: startS, end_s: endS, number: 2, n_slices: 3 },
});

function open() {
  const element = new MemoryAudio();
  const told = /** @type {string[]} */ ([]);
  const looks = /** @type {(() => void)[]} */ ([]);
  const engine = {
    unlock: async () => void told.push('unlock'), connect: () => void told.push('connect'), stop: () => void told.push('stop'),
  };
  const player = createPlayer({ engine: /** @type {any} */ (engine), api: new ApiClient(), element: /** @type {any} */ (element), soon: (look) => void looks.push(look) });
  return { element, told, looks, player, state: () => get(player.state) };
}

describe('the player', () => {
  it('plays the original, after the preview has fallen silent', async () => {
    const { element, told, player, state } = open();
    player.load(soundOf({}));
    expect([element.src, element.preload]).toEqual(['/api/v1/audio-files/7/audio', 'none']);
    await player.play();
    expect(told).toEqual(['unlock', 'connect', 'stop']);
    expect(state()).toMatchObject({ isPlaying: true, isPreview: false, note: '' });
    element.currentTime = 3.5;
    element.say('timeupdate');
    expect([state().timeS, player.timeNow()]).toEqual([3.5, 3.5]);
    player.toggle();
    expect(state().isPlaying).toBe(false);
    element.say('ended');
    expect(state()).toMatchObject({ isPlaying: false, timeS: 0 });
  });
  it('plays the preview of what the browser cannot play, says so, and keeps the time of the sound', async () => {
    const { element, player, state } = open();
    player.load(soundOf({ playable: false, format: 'aiff' }));
    expect(element.src).toBe('/api/v1/audio-files/7/preview');
    expect(state()).toMatchObject({ isPreview: true, timeS: 4 });
    expect(state().note).toContain('AIFF');
    element.currentTime = 1.5;
    element.say('timeupdate');
    expect(state().timeS).toBe(5.5);
    element.duration = 5;
    player.seek(7);
    expect([element.currentTime, state().timeS]).toEqual([3, 7]);
    player.seek(1);
    expect([element.currentTime, state().timeS]).toEqual([0, 4]);
    player.seek(100);
    expect([element.currentTime, state().timeS]).toEqual([5, 9]);
  });
  it('falls back to the preview when the original turns out to be broken, then gives up', async () => {
    const { element, player, state } = open();
    player.load(soundOf({}));
    await player.play();
    element.say('error');
    expect([element.src, state().isPreview, state().isPlaying]).toEqual(['/api/v1/audio-files/7/preview', true, true]);
    element.say('error');
    expect(state()).toMatchObject({ isPlaying: false, note: 'This sound cannot be played here.' });
  });
  it('seeks within the length that is known', () => {
    const { element, player, state } = open();
    player.seek(3);
    expect(state().timeS).toBe(0);
    player.load(soundOf({}));
    player.seek(30);
    expect([element.currentTime, state().timeS]).toEqual([20, 20]);
    player.seek(-5);
    expect(state().timeS).toBe(0);
  });
  it('keeps playing when the same sound is loaded again, and stops for another', async () => {
    const { element, player, state } = open();
    player.load(soundOf({}));
    await player.play();
    player.load(soundOf({}));
    expect(state().isPlaying).toBe(true);
    player.load(soundOf({ id: 8 }));
    expect([element.src, state().isPlaying, element.isPaused]).toEqual(['/api/v1/audio-files/8/audio', false, true]);
    player.load(null);
    expect([element.src, state().sound]).toEqual(['', null]);
    await player.play();
    expect(state().isPlaying).toBe(false);
  });
  it('loops when asked', () => {
    const { element, player } = open();
    expect(element.loop).toBe(false);
    player.loop.set(true);
    expect(element.loop).toBe(true);
  });
  it('plays a slice from its file, from where it begins to where it ends', async () => {
    const { element, player, state, looks } = open();
    player.load(sliceOf(3, 3.5));
    await player.play();
    expect([element.src, element.currentTime]).toEqual(['/api/v1/audio-files/7/audio', 3]);
    element.currentTime = 3.2;
    element.say('timeupdate');
    expect(state().timeS).toBeCloseTo(0.2);
    element.currentTime = 3.51;
    looks.shift()?.();
    expect(state()).toMatchObject({ isPlaying: false, timeS: 0 });
    expect([element.currentTime, element.isPaused]).toEqual([3, true]);
    player.seek(0.4);
    expect([element.currentTime, state().timeS]).toEqual([3.4, expect.closeTo(0.4)]);
    player.seek(10);
    expect(element.currentTime).toBe(3.5);
    await player.play();
    expect(element.currentTime).toBe(3);
  });
  it('loops a slice and not its file', async () => {
    const { element, player, state } = open();
    player.loop.set(true);
    player.load(sliceOf(3, 3.5));
    expect(element.loop).toBe(false);
    await player.play();
    element.currentTime = 3.6;
    element.say('timeupdate');
    expect([element.currentTime, element.isPaused, state().isPlaying]).toEqual([3, false, true]);
    player.load(soundOf({ id: 8 }));
    expect(element.loop).toBe(true);
  });
  it('plays the preview of a slice whose file the browser cannot play', () => {
    const { element, player, state } = open();
    player.load({ ...sliceOf(3, 3.5), playable: false, preview: { mime: 'audio/ogg', start_s: 0.1, duration_s: 0.4, gain_db: 0 } });
    expect([element.src, state().timeS]).toEqual(['/api/v1/audio-files/7/preview', 0.1]);
    element.currentTime = 0.2;
    element.say('timeupdate');
    expect(state().timeS).toBeCloseTo(0.3);
  });
  it('hides no error but the browser\'s own', async () => {
    const { element, player } = open();
    player.load(soundOf({}));
    element.refusal = new DOMException('interrupted', 'AbortError');
    await expect(player.play()).resolves.toBeUndefined();
    element.refusal = new TypeError('ours');
    await expect(player.play()).rejects.toThrow('ours');
  });
});
