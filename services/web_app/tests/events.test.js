import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listenToEvents } from '../src/api/events.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function listen() {
  const streams = /** @type {(EventTarget & { close: () => void })[]} */ ([]);
  const heard = /** @type {unknown[][]} */ ([]);
  const closed = /** @type {number[]} */ ([]);
  const note = (/** @type {string} */ kind) => (/** @type {unknown} */ data) => void heard.push([kind, data]);
  const stop = listenToEvents(
    '/events',
    { run: note('run'), map: note('map'), frame: note('frame'), connection: note('connection') },
    () => {
      const position = streams.length;
      const stream = Object.assign(new EventTarget(), { close: () => void closed.push(position) });
      streams.push(stream);
      return /** @type {EventSource} */ (/** @type {unknown} */ (stream));
    },
  );
  const say = (/** @type {string} */ kind) => streams[streams.length - 1].dispatchEvent(new Event(kind));
  return { streams, heard, closed, stop, say };
}

describe('the stream of events', () => {
  it('hands on what the server says, read from JSON', () => {
    const { streams, heard, stop } = listen();
    streams[0].dispatchEvent(new MessageEvent('run', { data: '{"id":1,"state":"done"}' }));
    streams[0].dispatchEvent(new MessageEvent('unknown', { data: '{}' }));
    streams[0].dispatchEvent(new MessageEvent('map', { data: '{"id":"a"}' }));
    expect(heard).toEqual([['run', { id: 1, state: 'done' }], ['map', { id: 'a' }]]);
    stop();
  });
  it('comes back by itself, ever more patiently, and at once eager after a success', () => {
    const { streams, heard, closed, stop, say } = listen();
    const waits = [];
    for (let round = 0; round < 8; round++) {
      say('error');
      const [count, began] = [streams.length, Date.now()];
      while (streams.length === count) vi.advanceTimersByTime(1);
      waits.push(Date.now() - began);
    }
    expect(waits[0]).toBe(800);
    expect(waits.at(-1)).toBe(8000);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(closed).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(heard.every(([kind, isConnected]) => kind === 'connection' && isConnected === false)).toBe(true);
    say('open');
    expect(heard.at(-1)).toEqual(['connection', true]);
    say('error');
    vi.advanceTimersByTime(800);
    expect(streams.length).toBe(10);
    stop();
  });
  it('stays closed once it is closed, also in the middle of waiting', () => {
    const { streams, closed, stop, say } = listen();
    say('error');
    stop();
    vi.advanceTimersByTime(60_000);
    expect(streams.length).toBe(1);
    expect(closed).toEqual([0, 0]);
  });
});
