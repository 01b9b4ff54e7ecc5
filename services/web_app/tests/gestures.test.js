import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listenToGestures } from '../src/map/gestures.js';

/** A canvas at (100, 50) of the window. */
class MemoryElement extends EventTarget {
  dataset = /** @type {Record<string, string>} */ ({});
  captured = /** @type {number[]} */ ([]);
  getBoundingClientRect() {
    return { left: 100, top: 50 };
  }
  /** @param {number} id */
  setPointerCapture(id) {
    this.captured.push(id);
  }
}

/** @type {MemoryElement} */
let element;
let done = /** @type {unknown[][]} */ ([]);
/** @type {() => void} */
let stop;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('window', globalThis);
  vi.stubGlobal('WheelEvent', { DOM_DELTA_LINE: 1 });
  element = new MemoryElement();
  done = [];
  const note = (/** @type {string} */ kind) => (/** @type {unknown[]} */ ...all) => void done.push([kind, ...all]);
  stop = listenToGestures(/** @type {any} */ (element), {
    hover: note('hover'), leave: note('leave'), pick: note('pick'), pan: note('pan'), zoom: note('zoom'),
  });
});
afterEach(() => {
  stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** @param {string} type @param {number} x @param {number} y on the canvas @param {Record<string, unknown>} [more] */
function say(type, x, y, more = {}) {
  const event = Object.assign(new Event(type, { cancelable: true }), {
    clientX: x + 100, clientY: y + 50, pointerId: 1, pointerType: 'mouse', button: 0, deltaMode: 0, ctrlKey: false, ...more,
  });
  element.dispatchEvent(event);
  return event;
}
const finger = (pointerId = 1) => ({ pointerType: 'touch', pointerId });

describe('a mouse', () => {
  it('listens when it moves, and leaves', () => {
    say('pointermove', 10, 20);
    say('pointerleave', 10, 20);
    expect(done).toEqual([['hover', 10, 20, false], ['leave']]);
  });
  it('listens before the next frame where the browser tells at once, but not while it drags', () => {
    say('pointerrawupdate', 10, 20);
    say('pointerdown', 10, 20);
    say('pointerrawupdate', 40, 20);
    say('pointerrawupdate', 40, 20, finger(2));
    expect(done).toEqual([['hover', 10, 20, false]]);
  });
  it('picks with a click, also when it trembles', () => {
    say('pointerdown', 10, 20);
    say('pointermove', 12, 22);
    say('pointerup', 12, 22);
    expect(done).toEqual([['pick', 12, 22, false]]);
  });
  it('pans when it is dragged, by the whole way, and picks nothing', () => {
    say('pointerdown', 10, 20);
    say('pointermove', 16, 20);
    expect('dragging' in element.dataset).toBe(true);
    say('pointermove', 19, 15);
    say('pointerup', 19, 15);
    expect(done).toEqual([['pan', 6, 0], ['pan', 3, -5]]);
    expect('dragging' in element.dataset).toBe(false);
    expect(element.captured).toEqual([1]);
  });
  it('does nothing with its other buttons', () => {
    say('pointerdown', 10, 20, { button: 2 });
    say('pointerup', 10, 20, { button: 2 });
    expect(done).toEqual([]);
  });
});

describe('the wheel', () => {
  it('zooms where the pointer is: up is nearer; there and back is where one was', () => {
    const event = say('wheel', 30, 40, { deltaY: -100 });
    say('wheel', 30, 40, { deltaY: 100 });
    expect(event.defaultPrevented).toBe(true);
    const [[kind, inwards, x, y], [, outwards]] = done;
    expect([kind, x, y]).toEqual(['zoom', 30, 40]);
    expect(inwards).toBeCloseTo(Math.exp(0.16), 12);
    expect(Number(inwards) * Number(outwards)).toBeCloseTo(1, 12);
  });
  it('counts lines as 16 pixels, and the pinch of a trackpad more strongly', () => {
    say('wheel', 0, 0, { deltaY: -10, deltaMode: 1 });
    say('wheel', 0, 0, { deltaY: -10, ctrlKey: true });
    expect(done[0][1]).toBeCloseTo(Math.exp(160 * 0.0016), 12);
    expect(done[1][1]).toBeCloseTo(Math.exp(0.1), 12);
  });
});

describe('fingers', () => {
  it('a tap picks', () => {
    say('pointerdown', 10, 20, finger());
    vi.advanceTimersByTime(100);
    say('pointermove', 15, 25, finger());
    say('pointerup', 15, 25, finger());
    vi.advanceTimersByTime(1000);
    expect(done).toEqual([['pick', 15, 25, true]]);
  });
  it('one that slides pans', () => {
    say('pointerdown', 10, 20, finger());
    say('pointermove', 30, 20, finger());
    vi.advanceTimersByTime(1000);
    say('pointerup', 30, 20, finger());
    expect(done).toEqual([['pan', 20, 0]]);
  });
  it('one that rests and then slides listens, and picks where it is lifted', () => {
    say('pointerdown', 10, 20, finger());
    vi.advanceTimersByTime(240);
    say('pointermove', 60, 20, finger());
    expect(say('contextmenu', 60, 20).defaultPrevented).toBe(true);
    say('pointerup', 60, 20, finger());
    expect(done).toEqual([['hover', 10, 20, true], ['hover', 60, 20, true], ['pick', 60, 20, true]]);
  });
  it('two pinch: the map follows their middle and their distance', () => {
    say('pointerdown', 100, 100, finger(1));
    say('pointerdown', 200, 100, finger(2));
    say('pointermove', 300, 100, finger(2));
    expect(done).toEqual([['pan', 50, 0], ['zoom', 2, 200, 100]]);
    say('pointerup', 300, 100, finger(2));
    say('pointermove', 110, 100, finger(1));
    say('pointerup', 110, 100, finger(1));
    vi.advanceTimersByTime(1000);
    expect(done.slice(2)).toEqual([['pan', 10, 0]]);
  });
  it('one that is taken away by the system picks nothing', () => {
    say('pointerdown', 10, 20, finger());
    say('pointercancel', 10, 20, finger());
    vi.advanceTimersByTime(1000);
    expect(done).toEqual([]);
  });
});

it('hears nothing any more when it is stopped, not even a press that had begun', () => {
  say('pointerdown', 10, 20, finger());
  stop();
  vi.advanceTimersByTime(1000);
  say('pointermove', 10, 20);
  expect(done).toEqual([]);
});
