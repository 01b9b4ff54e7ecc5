import { describe, expect, it, vi } from 'vitest';
import { PreviewStore } from '../src/audio/preview_store.js';

describe('PreviewStore', () => {
  const clip = (/** @type {number} */ seed) => ({ bytes: Uint8Array.of(seed), gainDb: 1, startS: 0 });
  const buffer = (/** @type {number} */ length) => /** @type {AudioBuffer} */ (/** @type {unknown} */ ({ length, numberOfChannels: 1 }));

  function create() {
    const asked = /** @type {number[]} */ ([]);
    const store = new PreviewStore(
      async (block) => {
        asked.push(block);
        return Array.from({ length: 64 }, (_, k) => (k === 5 ? { bytes: null, gainDb: 0, startS: 0 } : clip(k)));
      },
      async () => buffer(1000),
    );
    store.setLayout(Uint32Array.from({ length: 256 }, (_, k) => 1000 + k));
    return { store, asked };
  }

  it('asks for a block once, however many of its clips are wanted', async () => {
    const { store, asked } = create();
    await Promise.all([store.load(0), store.load(1), store.load(63), store.load(64)]);
    expect(asked).toEqual([0, 1]);
    expect(store.get(0)).toMatchObject({ gainDb: 1 });
    expect(store.get(2)).toBeUndefined();
    expect(store.pcmBytes).toBe(4 * 4000);
  });
  it('knows which sounds have no preview', async () => {
    const { store } = create();
    expect(await store.load(5)).toBeNull();
    expect(store.get(5)).toBeNull();
  });
  it('reads ahead in the order of want', async () => {
    const { store } = create();
    store.prefetch(Array.from({ length: 20 }, (_, k) => k + 10));
    await vi.waitFor(() => expect(store.get(29)).toBeDefined());
    expect(store.get(9)).toBeUndefined();
  });
  it('keeps decoded clips when the layout changes the order', async () => {
    const { store, asked } = create();
    await store.load(3);
    store.setLayout(Uint32Array.of(7, 8, 1003));
    expect(store.get(2)).toMatchObject({ gainDb: 1 });
    expect(store.get(0)).toBeUndefined();
    expect(asked).toEqual([0]);
  });
  it('tells who asks when the network fails, and asks again next time', async () => {
    let fails = true;
    const store = new PreviewStore(async () => {
      if (fails) throw new Error('no answer');
      return [clip(1)];
    }, async () => buffer(10));
    store.setLayout(Uint32Array.of(1));
    await expect(store.load(0)).rejects.toThrow('no answer');
    fails = false;
    expect(await store.load(0)).toMatchObject({ gainDb: 1 });
  });
});
