import { get } from 'svelte/store';
import { describe, expect, it } from 'vitest';
import { createCollection, REGION, regionsOf } from '../src/state/collection.js';
import { createMemoryApi, mapOf } from './server/memory_api.js';

/** @param {Parameters<typeof createMemoryApi>[0]} layouts */
function open(layouts) {
  const server = createMemoryApi(layouts);
  const errors = /** @type {unknown[]} */ ([]);
  return { server, errors, collection: createCollection({ api: server.api, onError: (error) => errors.push(error) }) };
}

const TWO = { 1: { ids: [30, 10, 20], cluster: [0, 255, 1] }, 2: { ids: [10, 40, 30], cluster: [1, 1, 0] } };

describe('showing a map', () => {
  it('brings places, names and regions together in point order', async () => {
    const { collection, errors } = open(TWO);
    await collection.show(mapOf({ layout_id: 1, clusters: [{ id: 0, label: 'Kicks', size: 1, x: 0, y: 0 }] }));
    const sounds = get(collection.current);
    expect(errors).toEqual([]);
    expect(sounds).toMatchObject({ mapId: '5', layoutId: 1, n: 3, names: ['sound 30', 'sound 10', 'sound 20'] });
    expect(sounds?.paths[1]).toBe('folder/sound 10.wav');
    expect([...(sounds?.durations ?? [])]).toEqual([3, 1, 2]);
    expect(sounds?.flags).toEqual([['clipped'], [], []]);
    expect([10, 20, 30, 40].map((id) => sounds?.indexOf.get(id))).toEqual([1, 2, 0, undefined]);
    expect(get(collection.rowsLoaded)).toBe(3);
    expect(get(collection.isLoading)).toBe(false);
    expect(await collection.column(REGION)).toEqual({
      kind: 'category', categories: ['Kicks', 'Region 2'], codes: Int32Array.of(0, -1, 1),
    });
  });
  it('asks for rows in portions until all are there', async () => {
    const ids = Array.from({ length: 12_001 }, (_, k) => k + 1);
    const { server, collection } = open({ 1: { ids, cluster: ids.map(() => 255) } });
    await collection.show(mapOf({ layout_id: 1 }));
    expect(server.asked.filter((what) => what.startsWith('rows'))).toEqual(['rows 1 0 5000', 'rows 1 5000 5000', 'rows 1 10000 5000']);
    expect(get(collection.current)?.names[12_000]).toBe('sound 12001');
    expect(get(collection.rowsLoaded)).toBe(12_001);
  });
  it('knows a sound without a length', async () => {
    const { collection } = open({ 1: { ids: [99], cluster: [0], durations: [null] } });
    await collection.show(mapOf({ layout_id: 1 }));
    expect(get(collection.current)?.durations[0]).toBeNaN();
  });
  it('shows nothing while there is no layout', async () => {
    const { server, collection } = open(TWO);
    await collection.show(mapOf({ layout_id: null }));
    expect(get(collection.current)).toBeNull();
    expect(get(collection.map)?.id).toBe(5);
    expect(server.asked).toEqual([]);
  });
  it('asks once for what is shown already', async () => {
    const { server, collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    const before = server.asked.length;
    await collection.show(mapOf({ layout_id: 1, title: 'New title' }));
    expect(server.asked.length).toBe(before);
    expect(get(collection.map)?.title).toBe('New title');
  });
  it('tells what went wrong and can try again', async () => {
    const { server, errors, collection } = open(TWO);
    server.failNext('points 1', new Error('gone'));
    await collection.show(mapOf({ layout_id: 1 }));
    expect([String(errors), get(collection.current), get(collection.isLoading)]).toEqual(['Error: gone', null, false]);
    await collection.show(mapOf({ layout_id: 1 }));
    expect(get(collection.current)?.n).toBe(3);
  });
  it('asks again for names that did not come', async () => {
    const { server, errors, collection } = open(TWO);
    server.failNext('rows 1 0 5000', new Error('down'));
    await collection.show(mapOf({ layout_id: 1 }));
    expect([String(errors), get(collection.current)?.names]).toEqual(['Error: down', ['', '', '']]);
    await collection.show(mapOf({ layout_id: 1 }));
    expect(get(collection.current)?.names).toEqual(['sound 30', 'sound 10', 'sound 20']);
    expect(server.asked.filter((what) => what === 'points 1')).toHaveLength(1);
  });
  it('loads no longer once a map without a layout is wanted', async () => {
    const { server, collection } = open(TWO);
    const release = server.hold('points 1');
    const slow = collection.show(mapOf({ layout_id: 1 }));
    await server.settled();
    await collection.show(mapOf({ id: 6, layout_id: null }));
    release();
    await slow;
    expect([get(collection.isLoading), get(collection.current)]).toEqual([false, null]);
  });
  it('stays when another layout was wanted only for a moment', async () => {
    const { server, collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    const release = server.hold('points 2');
    const slow = collection.show(mapOf({ layout_id: 2 }));
    await server.settled();
    await collection.show(mapOf({ layout_id: 1 }));
    release();
    await slow;
    expect([get(collection.isLoading), get(collection.current)?.layoutId]).toEqual([false, 1]);
  });
});

describe('a new layout of the same map', () => {
  it('keeps the names of sounds that were there', async () => {
    const { server, collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    const release = server.hold('rows 2 0 5000');
    const shown = collection.show(mapOf({ layout_id: 2 }));
    await server.settled();
    expect(get(collection.current)).toMatchObject({ layoutId: 2, names: ['sound 10', '', 'sound 30'] });
    release();
    await shown;
    expect(get(collection.current)?.names).toEqual(['sound 10', 'sound 40', 'sound 30']);
  });
  it('wins over one that arrives late', async () => {
    const { server, collection } = open(TWO);
    const release = server.hold('points 1');
    const slow = collection.show(mapOf({ layout_id: 1 }));
    await collection.show(mapOf({ layout_id: 2 }));
    release();
    await slow;
    expect(get(collection.current)?.layoutId).toBe(2);
    expect(get(collection.isLoading)).toBe(false);
  });
  it('gets its regions when they come, with every point where it is', async () => {
    const { server, collection } = open({ 1: { ids: [1, 2], cluster: [255, 255] } });
    await collection.show(mapOf({ layout_id: 1 }));
    const before = get(collection.current);
    server.layouts[1].cluster = [0, 0];
    await collection.show(mapOf({ layout_id: 1, clusters: [{ id: 0, label: 'Bells', size: 2, x: 0, y: 0 }] }));
    expect(get(collection.current)?.xy).toBe(before?.xy);
    expect([...(get(collection.current)?.cluster ?? [])]).toEqual([0, 0]);
    expect(await collection.column(REGION)).toMatchObject({ categories: ['Bells'], codes: Int32Array.of(0, 0) });
  });
});

describe('frames of a layout under way', () => {
  const frame = (/** @type {string} */ token, map = 5) => ({ map_id: map, layout_id: 2, frame: token, fraction: 0.5 });

  it('move the sounds that they know, in the order that stands', async () => {
    const { collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    const before = get(collection.current);
    await collection.showFrame(frame('token'));
    const after = get(collection.current);
    expect(after?.ids).toBe(before?.ids);
    expect(after?.layoutId).toBe(1);
    // Layout 2 has 10 in the first place and 30 in the third; 20 is not in it and stays.
    expect([...(after?.xy ?? [])]).toEqual([0.375, 0.625, 0.125, 0.875, before?.xy[4], before?.xy[5]]);
  });
  it('are passed over when newer ones are waiting', async () => {
    const { server, collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    const release = server.hold('points 2 a');
    const first = collection.showFrame(frame('a'));
    await Promise.all([collection.showFrame(frame('b')), collection.showFrame(frame('c'))]);
    release();
    await first;
    expect(server.asked.filter((what) => what.startsWith('points 2'))).toEqual(['points 2 a', 'points 2 c']);
  });
  it('of another map move nothing', async () => {
    const { collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    const before = get(collection.current);
    await collection.showFrame(frame('token', 6));
    expect(get(collection.current)).toBe(before);
  });
  it('may be gone by the time they are asked for', async () => {
    const { server, errors, collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    server.failNext('points 2 a', Object.assign(new Error('no such frame'), { status: 404 }));
    await collection.showFrame(frame('a'));
    expect(errors).toEqual([]);
    server.failNext('points 2 b', Object.assign(new Error('broken'), { status: 500 }));
    await collection.showFrame(frame('b'));
    expect(String(errors)).toBe('Error: broken');
  });
  it('go on after one of them went wrong', async () => {
    const server = createMemoryApi(TWO);
    const collection = createCollection({ api: server.api, onError: (error) => { throw error; } });
    await collection.show(mapOf({ layout_id: 1 }));
    server.failNext('points 2 a', new Error('packed'));
    await expect(collection.showFrame(frame('a'))).rejects.toThrow('packed');
    await collection.showFrame(frame('b'));
    expect(server.asked).toContain('points 2 b');
  });
});

describe('columns', () => {
  it('are asked for once, and get the scale of their descriptor', async () => {
    const { server, collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    const [one, two] = await Promise.all([collection.column('pitch_hz'), collection.column('pitch_hz')]);
    expect(one).toBe(two);
    expect(server.asked.filter((what) => what.startsWith('column'))).toEqual(['column 1 pitch_hz']);
    expect(one).toMatchObject({ kind: 'number', values: Float32Array.of(300, 100, 200), scale: { low: 20, high: 20480, isLog: true } });
  });
  it('of words have codes', async () => {
    const { collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    expect(await collection.column('key')).toEqual({ kind: 'category', categories: ['A minor', 'C major'], codes: Int32Array.of(0, 1, -1) });
  });
  it('are asked for anew in another layout, and after a failure', async () => {
    const { server, collection } = open(TWO);
    await collection.show(mapOf({ layout_id: 1 }));
    server.failNext('column 1 pitch_hz', new Error('broken'));
    await expect(collection.column('pitch_hz')).rejects.toThrow('broken');
    expect(await collection.column('pitch_hz')).toMatchObject({ values: Float32Array.of(300, 100, 200) });
    await collection.show(mapOf({ layout_id: 2 }));
    expect(await collection.column('pitch_hz')).toMatchObject({ values: Float32Array.of(100, 400, 300) });
  });
  it('are empty while no map is shown', async () => {
    const { collection } = open(TWO);
    expect(await collection.column('pitch_hz')).toEqual({ kind: 'category', categories: [], codes: new Int32Array(0) });
  });
});

describe('the names of regions', () => {
  it('lie where the layout has them, in the unit square', () => {
    const map = mapOf({ layout_id: 1, bounds: [-2, 10, 2, 14], clusters: [{ id: 3, label: 'Bells', size: 9, x: 1, y: 11 }] });
    expect(regionsOf(map)).toEqual([{ id: 3, label: 'Bells', size: 9, x: 0.75, y: 0.25 }]);
    expect(regionsOf({ ...map, bounds: null })).toEqual([]);
    expect(regionsOf(null)).toEqual([]);
  });
});

it('forgets everything when it is cleared, also what is on its way', async () => {
  const { server, collection } = open(TWO);
  const release = server.hold('points 1');
  const shown = collection.show(mapOf({ layout_id: 1 }));
  collection.clear();
  release();
  await shown;
  expect([get(collection.current), get(collection.map), get(collection.isLoading)]).toEqual([null, null, false]);
});
