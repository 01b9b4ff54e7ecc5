import { get } from 'svelte/store';
import { beforeEach, describe, expect, it } from 'vitest';
import { GridIndex } from '../src/map/grid_index.js';
import { createCollection } from '../src/state/collection.js';
import { createExploration } from '../src/state/exploration.js';
import { createMemoryApi, mapOf } from './server/memory_api.js';

/** Seven sounds on a diagonal from the top left down: index k lies k + 1 eighths to the right. */
async function open() {
  const ids = [10, 20, 30, 40, 50, 60, 70];
  const server = createMemoryApi({
    1: { ids, cluster: ids.map(() => 0) }, 2: { ids: [...ids].reverse(), cluster: ids.map(() => 0) }, 3: { ids: [10, 20], cluster: [0, 0] },
  });
  const collection = createCollection({ api: server.api, onError: (error) => { throw error; } });
  const heard = /** @type {number[]} */ ([]);
  const said = /** @type {string[]} */ ([]);
  const filteredOut = /** @type {Set<number>} */ (new Set());
  const exploration = createExploration({
    collection,
    grid: () => new GridIndex(get(collection.current)?.xy ?? new Float32Array(0)),
    isKept: (index) => !filteredOut.has(index),
    sound: (index) => heard.push(index),
    describe: (index) => get(collection.current)?.names[index] ?? '',
    announce: (text) => said.push(text),
  });
  await collection.show(mapOf({ layout_id: 1 }));
  return { collection, exploration, heard, said, filteredOut };
}

/** @type {Awaited<ReturnType<typeof open>>} */
let world;
beforeEach(async () => {
  world = await open();
});

describe('hearing', () => {
  it('makes a sound current and leaves a trail without repeats', () => {
    const { exploration, heard } = world;
    [0, 3, 3, 1].forEach((index) => exploration.hear(index));
    expect(heard).toEqual([0, 3, 3, 1]);
    expect([get(exploration.currentId), get(exploration.current), get(exploration.trail)]).toEqual([20, 1, [0, 3, 1]]);
    expect(get(exploration.selectedId)).toBeNull();
  });
  it('remembers the last twelve', () => {
    const { exploration } = world;
    for (let k = 0; k < 20; k++) exploration.hear(k % 7);
    expect(get(exploration.trail)).toEqual([1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5]);
  });
  it('passes over what is no sound', () => {
    const { exploration, heard } = world;
    exploration.hear(99);
    exploration.hear(-1);
    expect([heard, get(exploration.currentId)]).toEqual([[], null]);
  });
  it('goes back along the trail to where it began', () => {
    const { exploration, heard, said } = world;
    [0, 3, 1].forEach((index) => exploration.hear(index));
    expect([exploration.back(), exploration.back(), exploration.back()]).toEqual([3, 0, -1]);
    expect(heard.slice(3)).toEqual([3, 0]);
    expect(said).toEqual(['sound 40', 'sound 10', 'The trail begins here']);
    expect(get(exploration.current)).toBe(0);
  });
});

describe('choosing', () => {
  it('lets a sound be heard that is not current', () => {
    const { exploration, heard } = world;
    exploration.select(2);
    exploration.select(2);
    expect([heard, get(exploration.selectedId), get(exploration.currentId)]).toEqual([[2], 30, 30]);
    exploration.select(-1);
    expect([get(exploration.selectedId), get(exploration.selected), get(exploration.currentId)]).toEqual([null, -1, 30]);
  });
});

describe('walking with arrow keys', () => {
  it('begins in the middle and goes where the arrow points', () => {
    const { exploration, said } = world;
    expect(exploration.step('ArrowDown')).toBe(3);
    expect(exploration.step('ArrowRight')).toBe(4);
    expect(exploration.step('ArrowDown')).toBe(5);
    expect(exploration.step('ArrowLeft')).toBe(4);
    expect(exploration.step('ArrowUp')).toBe(3);
    expect(said).toEqual(['sound 40', 'sound 50', 'sound 60', 'sound 50', 'sound 40']);
  });
  it('says when there is nothing further, and stays', () => {
    const { exploration, heard, said } = world;
    exploration.hear(6);
    expect(exploration.step('ArrowRight')).toBe(-1);
    expect([heard, said, get(exploration.current)]).toEqual([[6], ['Nothing further in this direction'], 6]);
  });
  it('passes over what is filtered out', () => {
    const { exploration, filteredOut } = world;
    filteredOut.add(3).add(4);
    exploration.hear(2);
    expect(exploration.step('ArrowRight')).toBe(5);
  });
  it('begins at the chosen sound when none is current', () => {
    const { exploration } = world;
    exploration.select(1);
    exploration.currentId.set(null);
    expect(exploration.here()).toBe(1);
    expect(exploration.step('ArrowRight')).toBe(2);
  });
});

describe('walking to the nearest', () => {
  it('goes outwards from where it began, and back', () => {
    const { exploration, said } = world;
    exploration.hear(1);
    const walked = [1, 1, 1, -1, -1, -1, -1].map((by) => exploration.stepNearest(/** @type {1 | -1} */ (by)));
    expect(walked).toEqual([0, 2, 3, 2, 0, 1, -1]);
    expect(said).toEqual([
      'sound 10, 1st nearest to sound 20', 'sound 30, 2nd nearest to sound 20', 'sound 40, 3rd nearest to sound 20',
      'sound 30, 2nd nearest to sound 20', 'sound 10, 1st nearest to sound 20', 'sound 20', 'This is where you started',
    ]);
  });
  it('ends when there are no more, and begins anew after another sound was heard', () => {
    const { exploration, said } = world;
    exploration.hear(0);
    expect(Array.from({ length: 7 }, () => exploration.stepNearest(1))).toEqual([1, 2, 3, 4, 5, 6, -1]);
    expect(said.at(-2)).toBe('sound 70, 6th nearest to sound 10');
    expect(said.at(-1)).toBe('No more neighbours');
    exploration.hear(5);
    expect(exploration.stepNearest(1)).toBe(4);
    expect(said.at(-1)).toBe('sound 50, 1st nearest to sound 60');
  });
  it('begins in the middle', () => {
    expect(world.exploration.stepNearest(1)).toBe(3);
  });
});

describe('a new layout', () => {
  it('changes nothing of where the ear is', async () => {
    const { collection, exploration } = world;
    [0, 1].forEach((index) => exploration.hear(index));
    exploration.select(4);
    await collection.show(mapOf({ layout_id: 2 }));
    expect([get(exploration.currentId), get(exploration.selectedId)]).toEqual([50, 50]);
    expect([get(exploration.current), get(exploration.selected), get(exploration.trail)]).toEqual([2, 2, [6, 5, 2]]);
  });
  it('may lack a sound, which then is nowhere', async () => {
    const { collection, exploration } = world;
    [0, 6].forEach((index) => exploration.hear(index));
    await collection.show(mapOf({ layout_id: 3 }));
    expect([get(exploration.current), get(exploration.trail)]).toEqual([-1, [0]]);
  });
  it('is forgotten with everything else when it is cleared', () => {
    const { exploration } = world;
    exploration.select(4);
    exploration.clear();
    expect([get(exploration.currentId), get(exploration.selectedId), get(exploration.trail)]).toEqual([null, null, []]);
  });
});
