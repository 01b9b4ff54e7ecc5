import { get } from 'svelte/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAudition } from '../src/audio/audition.js';
import { PreviewStore } from '../src/audio/preview_store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Sixteen sounds, of which number 3 has no preview; an engine that writes down what it was told instead of sounding. */
async function open() {
  const told = /** @type {unknown[][]} */ ([]);
  const errors = /** @type {unknown[]} */ ([]);
  const listeners = /** @type {(() => void)[]} */ ([]);
  const world = { isLocked: false, isPlayerBusy: false, trueLevel: false, loop: false, isOffline: false };
  const previews = new PreviewStore(
    async () => {
      if (world.isOffline) throw new Error('offline');
      return Array.from({ length: 16 }, (_, k) => ({ bytes: k === 3 ? null : Uint8Array.of(k), gainDb: 20, startS: 0 }));
    },
    async (bytes) => /** @type {AudioBuffer} */ ({ length: new Uint8Array(bytes)[0], numberOfChannels: 1 }),
  );
  previews.setLayout(Uint32Array.from({ length: 16 }, (_, k) => 100 + k));
  const engine = {
    get isLocked() { return world.isLocked; },
    play: (/** @type {AudioBuffer} */ { length }, /** @type {{ gain: number, loop: boolean }} */ { gain, loop }) => void told.push(['play', length, gain, loop]),
    stop: () => void told.push(['stop']),
    onChange: (/** @type {() => void} */ listener) => void listeners.push(listener),
  };
  const audition = createAudition({
    engine: /** @type {any} */ (engine), previews, settings: () => world, isPlayerBusy: () => world.isPlayerBusy,
    onError: (error) => void errors.push(error),
  });
  const later = (ms = 1000) => vi.advanceTimersByTimeAsync(ms);
  return { audition, previews, told, errors, world, later, changed: () => listeners.forEach((listener) => listener()) };
}

describe('hearing a sound of the map', () => {
  it('starts it at once when it is here', async () => {
    const { audition, previews, told } = await open();
    await previews.load(5);
    audition.hear(5);
    expect(told).toEqual([['play', 5, 1, false]]);
  });
  it('starts it when it has come, if nobody has gone on meanwhile', async () => {
    const { audition, told, later } = await open();
    audition.hear(5);
    expect(told).toEqual([]);
    await later();
    expect(told).toEqual([['play', 5, 1, false]]);
    audition.hear(6);
    audition.hear(7);
    await later();
    expect(told.slice(1)).toEqual([['play', 7, 1, false]]);
  });
  it('is silent for one that has no preview', async () => {
    const { audition, told, errors, later } = await open();
    audition.hear(3);
    await later();
    audition.hear(3);
    await later();
    expect([told, errors]).toEqual([[], []]);
  });
  it('takes the common loudness back when true levels are wished, and loops when asked', async () => {
    const { audition, previews, told, world } = await open();
    await previews.load(5);
    Object.assign(world, { trueLevel: true, loop: true });
    audition.hear(5);
    expect(told).toEqual([['play', 5, 0.1, true]]);
  });
  it('does not talk over the player', async () => {
    const { audition, previews, told, world, later } = await open();
    await previews.load(5);
    world.isPlayerBusy = true;
    audition.hear(5);
    await later();
    expect(told).toEqual([]);
  });
  it('stops, with everything that was on its way', async () => {
    const { audition, previews, told, later } = await open();
    await previews.load(1);
    await previews.load(2);
    audition.hear(1);
    audition.hear(2);
    audition.stop();
    await later();
    expect(told).toEqual([['play', 1, 1, false], ['stop']]);
    audition.hear(9);
    audition.stop();
    await later();
    expect(told.slice(2)).toEqual([['stop']]);
  });
  it('says when a preview cannot be had', async () => {
    const { audition, errors, world, later } = await open();
    world.isOffline = true;
    audition.hear(5);
    await later();
    expect(String(errors)).toBe('Error: offline');
  });
});

describe('a browser that allows no sound yet', () => {
  it('is remembered until it does', async () => {
    const { audition, told, world, later, changed } = await open();
    world.isLocked = true;
    audition.hear(5);
    await later();
    changed();
    expect([told, get(audition.wasSilenced)]).toEqual([[], true]);
    world.isLocked = false;
    changed();
    expect(get(audition.wasSilenced)).toBe(false);
  });
});
