import { get, writable } from 'svelte/store';
import { describe, expect, it } from 'vitest';
import { CATEGORY_COLOURS, categoryPalette, numberPalette } from '../src/map/colour_maps.js';
import { createCollection, REGION } from '../src/state/collection.js';
import { categoryColour, createColouring, rampStops } from '../src/state/colouring.js';
import { createMemoryApi, mapOf } from './server/memory_api.js';

async function open() {
  const server = createMemoryApi({ 1: { ids: [30, 10, 20], cluster: [0, 255, 1] }, 2: { ids: [10, 40, 30], cluster: [1, 1, 0] } });
  const errors = /** @type {unknown[]} */ ([]);
  const onError = (/** @type {unknown} */ error) => void errors.push(error);
  const collection = createCollection({ api: server.api, onError });
  const theme = writable(/** @type {'dark' | 'light'} */ ('dark'));
  const { name, colouring } = createColouring(collection, theme, onError);
  const seen = /** @type {(import('../src/state/colouring.js').Colouring | null)[]} */ ([]);
  colouring.subscribe((value) => void seen.push(value));
  await collection.show(mapOf({ layout_id: 1 }));
  await server.settled();
  return { server, errors, collection, theme, name, seen, last: () => seen.at(-1) };
}

describe('colouring', () => {
  it('begins with the regions', async () => {
    const { seen, last } = await open();
    expect(seen[0]).toBeNull();
    expect(last()).toMatchObject({ name: REGION, codes: Uint8Array.of(1, 0, 2), palette: categoryPalette('dark') });
  });
  it('follows the descriptor that was chosen, and the theme', async () => {
    const { server, name, theme, last } = await open();
    name.set('pitch_hz');
    await server.settled();
    // 300, 100 and 200 Hz within 20…20480 Hz, which are ten octaves.
    const entry = (/** @type {number} */ hz) => 1 + Math.round((Math.log2(hz / 20) / 10) * 254);
    expect(last()).toMatchObject({ name: 'pitch_hz', codes: Uint8Array.of(entry(300), entry(100), entry(200)), palette: numberPalette('dark') });
    theme.set('light');
    await server.settled();
    expect(last()).toMatchObject({ name: 'pitch_hz', palette: numberPalette('light') });
  });
  it('follows the layout', async () => {
    const { server, collection, last } = await open();
    await collection.show(mapOf({ layout_id: 2 }));
    await server.settled();
    expect(last()?.codes).toEqual(Uint8Array.of(2, 2, 1));
  });
  it('shows the last choice, however late the one before arrives', async () => {
    const { server, name, last } = await open();
    const release = server.hold('column 1 pitch_hz');
    name.set('pitch_hz');
    name.set('key');
    await server.settled();
    release();
    await server.settled();
    expect(last()).toMatchObject({ name: 'key', codes: Uint8Array.of(1, 2, 0) });
  });
  it('goes back to the regions when the values cannot be had', async () => {
    const { server, errors, name, last } = await open();
    server.failNext('column 1 pitch_hz', new Error('broken'));
    name.set('pitch_hz');
    await server.settled();
    expect([String(errors), get(name), last()?.name]).toEqual(['Error: broken', REGION, REGION]);
  });
  it('is none without a map', async () => {
    const { server, collection, last } = await open();
    collection.clear();
    await server.settled();
    expect(last()).toBeNull();
  });
});

describe('the legend', () => {
  it('shows the colours of the points', () => {
    expect(rampStops('light', 2)).toEqual(['rgb(68, 1, 84)', 'rgb(189, 223, 38)']);
    expect(rampStops('dark', 7).length).toBe(7);
    const rgb = [...categoryPalette('dark').subarray(4 * 14, 4 * 14 + 3)];
    expect(categoryColour(13, 'dark')).toBe(`rgb(${rgb.join(', ')})`);
    expect(categoryColour(13, 'dark')).toBe(categoryColour(1, 'dark'));
    expect(CATEGORY_COLOURS.dark[1]).toBe('#f5648e');
  });
});
