import { get } from 'svelte/store';
import { describe, expect, it } from 'vitest';
import { createCollection, REGION } from '../src/state/collection.js';
import { createFiltering, WORDS } from '../src/state/filtering.js';
import { createMemoryApi, mapOf } from './server/memory_api.js';

async function open() {
  const server = createMemoryApi({
    1: { ids: [30, 10, 20], cluster: [0, 255, 1] }, 2: { ids: [10, 40, 30], cluster: [1, 1, 0] },
  });
  const errors = /** @type {unknown[]} */ ([]);
  const collection = createCollection({ api: server.api, onError: (error) => { throw error; } });
  const filtering = createFiltering(collection, (error) => errors.push(error));
  await collection.show(mapOf({ layout_id: 1 }));
  const kept = () => {
    const mask = get(filtering.kept);
    return mask && [...mask];
  };
  return { server, errors, collection, filtering, kept };
}

/** @param {number} low @param {number} high @returns {import('../src/state/filtering.js').Condition} */
const range = (low, high) => ({ kind: 'range', range: [low, high] });

describe('the filter', () => {
  it('is none at first', async () => {
    const { kept } = await open();
    expect(kept()).toBeNull();
  });
  it('lets through what meets every condition', async () => {
    const { filtering, kept } = await open();
    await filtering.set('pitch_hz', range(150, 400));
    expect(kept()).toEqual([1, 0, 1]);
    await filtering.set(REGION, { kind: 'categories', chosen: new Set([1]) });
    expect(kept()).toEqual([0, 0, 1]);
    await filtering.set('pitch_hz', null);
    expect(kept()).toEqual([0, 0, 1]);
    await filtering.set(REGION, null);
    expect(kept()).toBeNull();
  });
  it('looks for words in the paths', async () => {
    const { filtering, kept } = await open();
    await filtering.set(WORDS, { kind: 'words', query: '30 FOLDER' });
    expect(kept()).toEqual([1, 0, 0]);
  });
  it('knows what the other conditions leave', async () => {
    const { filtering } = await open();
    await filtering.set('pitch_hz', range(150, 400));
    await filtering.set('key', { kind: 'categories', chosen: new Set([0]) });
    expect([...(filtering.keptWithout('key') ?? [])]).toEqual([1, 0, 1]);
    expect([...(filtering.keptWithout('pitch_hz') ?? [])]).toEqual([1, 0, 0]);
    expect([...(filtering.keptWithout('other') ?? [])]).toEqual([1, 0, 0]);
  });
  it('follows the last move of a brush, however the answers arrive', async () => {
    const { server, filtering, kept } = await open();
    const release = server.hold('column 1 pitch_hz');
    const moves = [filtering.set('pitch_hz', range(0, 100)), filtering.set('pitch_hz', range(300, 400))];
    release();
    await Promise.all(moves);
    expect(kept()).toEqual([1, 0, 0]);
  });
  it('is gone when it is cleared', async () => {
    const { filtering, kept } = await open();
    await filtering.set('pitch_hz', range(150, 400));
    filtering.clear();
    expect(kept()).toBeNull();
    expect(get(filtering.conditions).size).toBe(0);
  });
});

describe('a new layout', () => {
  it('has another order, in which the same conditions hold', async () => {
    const { server, collection, filtering, kept } = await open();
    await filtering.set('pitch_hz', range(250, 350));
    await filtering.set(WORDS, { kind: 'words', query: 'sound' });
    expect(kept()).toEqual([1, 0, 0]);
    await collection.show(mapOf({ layout_id: 2 }));
    await server.settled();
    expect(kept()).toEqual([0, 0, 1]);
  });
  it('finds words also in names that are still on their way', async () => {
    const { server, collection, filtering, kept } = await open();
    await filtering.set(WORDS, { kind: 'words', query: 'sound 40' });
    const release = server.hold('rows 2 0 5000');
    const shown = collection.show(mapOf({ layout_id: 2 }));
    await server.settled();
    expect(kept()).toEqual([0, 0, 0]);
    release();
    await shown;
    await server.settled();
    expect(kept()).toEqual([0, 1, 0]);
  });
  it('of another map begins without a filter', async () => {
    const { server, collection, filtering, kept } = await open();
    await filtering.set('pitch_hz', range(250, 350));
    await collection.show(mapOf({ id: 6, layout_id: 2 }));
    await server.settled();
    expect(kept()).toBeNull();
    expect(get(filtering.conditions).size).toBe(0);
  });
  it('takes nothing from an answer that belongs to another layout', async () => {
    const { server, collection, filtering, kept } = await open();
    const release = server.hold('column 1 pitch_hz');
    const slow = filtering.set('pitch_hz', range(250, 350));
    await collection.show(mapOf({ layout_id: 2 }));
    await server.settled();
    release();
    await slow;
    await server.settled();
    expect(kept()).toEqual([0, 0, 1]);
  });
  it('follows regions that come after their layout', async () => {
    const { server, collection, filtering, kept } = await open();
    await filtering.set(REGION, { kind: 'categories', chosen: new Set([1]) });
    server.layouts[2].cluster = [255, 255, 255];
    await collection.show(mapOf({ layout_id: 2 }));
    await server.settled();
    expect(kept()).toEqual([0, 0, 0]);
    server.layouts[2].cluster = [1, 1, 0];
    await collection.show(mapOf({ layout_id: 2, clusters: [{ id: 0, label: 'a', size: 1, x: 0, y: 0 }] }));
    await server.settled();
    expect(kept()).toEqual([1, 1, 0]);
  });
  it('drops a condition that cannot be looked up, and says so', async () => {
    const { server, errors, collection, filtering, kept } = await open();
    server.failNext('column 1 pitch_hz', new Error('down'));
    await expect(filtering.set('pitch_hz', range(250, 350))).rejects.toThrow('down');
    expect([kept(), get(filtering.conditions).size]).toEqual([null, 0]);
    await filtering.set('pitch_hz', range(250, 350));
    server.failNext('column 2 pitch_hz', new Error('still down'));
    await collection.show(mapOf({ layout_id: 2 }));
    await server.settled();
    expect([kept(), get(filtering.conditions).size, String(errors)]).toEqual([null, 0, 'Error: still down']);
  });
});
