import { get } from 'svelte/store';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLibrary, isActive, progressOf } from '../src/state/library.js';

/** @typedef {import('../src/api/types.js').Run} Run */
/** @typedef {import('../src/api/types.js').Source} Source */

/** @param {Partial<Run>} parts @returns {Run} */
function runOf(parts) {
  return {
    id: 'r1', source_id: 's1', map_id: 'm1', state: 'analyzing', created_at: '2026-01-01T00:00:00Z', finished_at: null, files: 10,
    analyzed: 0, failed: 0, skipped: 0, found: 10, bytes_per_s: 0, files_per_s: 0, eta_s: null, layout_fraction: 0, message: '',
    failures_by_code: {}, ...parts,
  };
}

/** @param {string} id @param {Run | null} [lastRun] @returns {Source} */
function sourceOf(id, lastRun = null) {
  return {
    id, provider: 'local_folder', label: id, state: 'ok', config: {}, n_files: 10, map_id: `m${id}`, created_at: '2026-01-01T00:00:00Z',
    last_run: lastRun,
  };
}

/** A stream of events as a browser has it, without the network. */
class MemoryEventSource extends EventTarget {
  static opened = /** @type {MemoryEventSource[]} */ ([]);
  isClosed = false;

  /** @param {string} url */
  constructor(url) {
    super();
    this.url = url;
    MemoryEventSource.opened.push(this);
  }
  close() {
    this.isClosed = true;
  }
  /** @param {string} kind @param {unknown} [data] */
  say(kind, data) {
    this.dispatchEvent(data === undefined ? new Event(kind) : new MessageEvent(kind, { data: JSON.stringify(data) }));
  }
}

/** @param {Source[]} sources */
function open(sources) {
  const server = { sources, maps: [{ id: 'm1', title: 'One' }], calls: /** @type {unknown[][]} */ ([]), isBroken: false };
  const answer = async (/** @type {unknown[]} */ call, /** @type {() => unknown} */ content) => {
    server.calls.push(call);
    if (server.isBroken) throw new Error('broken');
    return content();
  };
  const api = /** @type {any} */ ({
    eventsUrl: '/api/v1/events',
    sources: () => answer(['sources'], () => server.sources),
    maps: () => answer(['maps'], () => server.maps),
    addSource: (/** @type {unknown} */ source) => answer(['addSource', source], () => {
      const added = sourceOf('s9');
      server.sources = [...server.sources.filter(({ id }) => id !== 's9'), added];
      return { source: added, run: runOf({ id: 'r9', source_id: 's9' }), map_id: 'ms9' };
    }),
    removeSource: (/** @type {unknown[]} */ ...all) => answer(['removeSource', ...all], () => undefined),
    scanAgain: (/** @type {string} */ id) => answer(['scanAgain', id], () => runOf({ id: 'r2', source_id: id, state: 'scanning' })),
    cancelRun: (/** @type {string} */ id) => answer(['cancelRun', id], () => undefined),
    run: (/** @type {string} */ id) => answer(['run', id], () => runOf({ id, state: 'cancelled' })),
    retryRun: (/** @type {string} */ id) => answer(['retryRun', id], () => runOf({ id: 'r3', files: 2 })),
  });
  const errors = /** @type {unknown[]} */ ([]);
  const frames = /** @type {unknown[]} */ ([]);
  const library = createLibrary({ api, onError: (error) => errors.push(error), onFrame: (frame) => frames.push(frame) });
  const ids = () => get(library.sources).map(({ id }) => id);
  return { server, library, errors, frames, ids };
}

const settled = () => new Promise((resolve) => void setTimeout(resolve, 0));

beforeEach(() => {
  MemoryEventSource.opened = [];
  vi.stubGlobal('EventSource', MemoryEventSource);
});
afterEach(() => void vi.unstubAllGlobals());

describe('how far a run is', () => {
  it.each(/** @type {[Partial<Run>, number | null][]} */ ([
    [{ state: 'scanning', files: 0, found: 0 }, null],
    [{ state: 'scanning', files: 0, found: 100, analyzed: 30, failed: 10, skipped: 10 }, 0.45],
    [{ state: 'analyzing', files: 10, found: 10, analyzed: 5 }, 0.45],
    [{ state: 'analyzing', files: 10, found: 10, analyzed: 15 }, 0.9],
    [{ state: 'laying_out', layout_fraction: 0.5 }, 0.95],
    [{ state: 'done' }, 1], [{ state: 'failed' }, 1], [{ state: 'cancelled' }, 1],
  ]))('%j is %s', (parts, progress) => {
    const is = progressOf(runOf(parts));
    if (progress === null) expect(is).toBeNull();
    else expect(is).toBeCloseTo(progress, 12);
  });
  it('never sinks in the life of a run', () => {
    const life = [
      runOf({ state: 'analyzing', analyzed: 0 }), runOf({ analyzed: 4, failed: 3 }), runOf({ analyzed: 7, failed: 3 }),
      runOf({ state: 'laying_out', layout_fraction: 0 }), runOf({ state: 'laying_out', layout_fraction: 1 }), runOf({ state: 'done' }),
    ].map(progressOf);
    expect(life).toEqual([...life].sort((a, b) => Number(a) - Number(b)));
  });
  it('is active until it has come to an end', () => {
    expect(['scanning', 'analyzing', 'laying_out'].map((state) => isActive(runOf({ state: /** @type {Run['state']} */ (state) })))).toEqual([true, true, true]);
    expect([isActive(runOf({ state: 'done' })), isActive(runOf({ state: 'failed' })), isActive(runOf({ state: 'cancelled' }))]).toEqual([false, false, false]);
    expect([isActive(null), isActive(undefined)]).toEqual([false, false]);
  });
});

describe('the library', () => {
  it('holds sources, maps and the latest run of each source', async () => {
    const { library, ids } = open([sourceOf('s1', runOf({ id: 'r7' })), sourceOf('s2')]);
    expect(get(library.isReady)).toBe(false);
    await library.refresh();
    expect([ids(), [...get(library.maps).keys()], get(library.isReady)]).toEqual([['s1', 's2'], ['m1'], true]);
    expect([...get(library.runs)].map(([source, { id }]) => [source, id])).toEqual([['s1', 'r7']]);
  });
  it('adds a folder, and the run that reads it', async () => {
    const { server, library, ids } = open([sourceOf('s1')]);
    await library.refresh();
    expect(await library.add('local_folder', { folder: '/sounds' })).toBe('ms9');
    expect(server.calls).toContainEqual(['addSource', { provider: 'local_folder', config: { folder: '/sounds' } }]);
    expect(ids()).toEqual(['s1', 's9']);
    expect(get(library.runs).get('s9')?.id).toBe('r9');
  });
  it('keeps the run that a request has started or ended', async () => {
    const { server, library } = open([sourceOf('s1')]);
    await library.scanAgain('s1');
    expect(get(library.runs).get('s1')).toMatchObject({ id: 'r2', state: 'scanning' });
    await library.cancel(runOf({ id: 'r2' }));
    expect(get(library.runs).get('s1')).toMatchObject({ id: 'r2', state: 'cancelled' });
    await library.retry(runOf({ id: 'r2' }));
    expect(get(library.runs).get('s1')).toMatchObject({ id: 'r3', files: 2 });
    expect(server.calls).toEqual([['scanAgain', 's1'], ['cancelRun', 'r2'], ['run', 'r2'], ['retryRun', 'r2']]);
  });
});

describe('removing a source', () => {
  it('hides it at once, and undoing brings it back', async () => {
    const { server, library, ids } = open([sourceOf('s1'), sourceOf('s2')]);
    await library.refresh();
    const removal = library.remove(sourceOf('s1'));
    expect(ids()).toEqual(['s2']);
    await library.refresh();
    expect(ids()).toEqual(['s2']);
    removal.undo();
    expect(ids()).toEqual(['s1', 's2']);
    expect(server.calls.some(([call]) => call === 'removeSource')).toBe(false);
  });
  it('is final when the time to undo has passed', async () => {
    const { server, library, ids } = open([sourceOf('s1'), sourceOf('s2')]);
    await library.refresh();
    await library.remove(sourceOf('s1')).finish({ isLeaving: true });
    expect(server.calls.at(-1)).toEqual(['removeSource', 's1', { isLeaving: true }]);
    expect(ids()).toEqual(['s2']);
  });
  it('shows it again when the server refuses', async () => {
    const { server, library, errors, ids } = open([sourceOf('s1')]);
    await library.refresh();
    server.isBroken = true;
    await library.remove(sourceOf('s1')).finish();
    expect([ids(), String(errors)]).toEqual([['s1'], 'Error: broken']);
  });
  it('is taken back by adding the same folder again', async () => {
    const { library, ids } = open([sourceOf('s9')]);
    await library.refresh();
    library.remove(sourceOf('s9'));
    expect(ids()).toEqual([]);
    await library.add('local_folder');
    expect(ids()).toEqual(['s9']);
  });
});

describe('events', () => {
  it('keep runs, maps and frames live', async () => {
    const { library, frames } = open([sourceOf('s1')]);
    await library.refresh();
    library.connect();
    const [stream] = MemoryEventSource.opened;
    expect(stream.url).toBe('/api/v1/events');
    stream.say('run', runOf({ analyzed: 4 }));
    stream.say('map', { id: 'm1', title: 'Renamed' });
    stream.say('map', { id: 'm2', title: 'Two' });
    stream.say('frame', { map_id: 'm1', layout_id: 3, frame: 'token', fraction: 0.5 });
    expect(get(library.runs).get('s1')?.analyzed).toBe(4);
    expect([...get(library.maps).values()].map(({ title }) => title)).toEqual(['Renamed', 'Two']);
    expect(frames).toEqual([{ map_id: 'm1', layout_id: 3, frame: 'token', fraction: 0.5 }]);
    library.disconnect();
    expect(stream.isClosed).toBe(true);
  });
  it('of an unknown source, or of a run that ends, make it ask for the sources again', async () => {
    const { server, library, ids } = open([sourceOf('s1')]);
    await library.refresh();
    library.connect();
    const [stream] = MemoryEventSource.opened;
    const asked = () => server.calls.filter(([call]) => call === 'sources').length;
    stream.say('run', runOf({ analyzed: 1 }));
    stream.say('run', runOf({ analyzed: 2 }));
    expect(asked()).toBe(1);
    stream.say('run', runOf({ state: 'done' }));
    expect(asked()).toBe(2);
    server.sources = [sourceOf('s1'), sourceOf('s3')];
    stream.say('run', runOf({ id: 'r5', source_id: 's3' }));
    await settled();
    expect([asked(), ids()]).toEqual([3, ['s1', 's3']]);
    library.disconnect();
  });
  it('say when the connection is lost; when it is back, everything is asked for again', async () => {
    vi.useFakeTimers();
    const { server, library } = open([sourceOf('s1')]);
    library.connect();
    MemoryEventSource.opened[0].say('open');
    expect([get(library.isConnected), server.calls.length]).toEqual([true, 0]);
    MemoryEventSource.opened[0].say('error');
    expect(get(library.isConnected)).toBe(false);
    vi.advanceTimersByTime(800);
    MemoryEventSource.opened[1].say('open');
    expect(get(library.isConnected)).toBe(true);
    expect(server.calls).toEqual([['sources'], ['maps']]);
    library.disconnect();
    vi.useRealTimers();
  });
});
