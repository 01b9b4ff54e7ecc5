import { describe, expect, it } from 'vitest';
import { between, fitCamera, NO_INSETS, panBy, readCamera, reveal, toScreen, toWorld, writeCamera, zoomAt } from '../src/map/camera.js';
import { createRandom } from './server/random.js';

const size = { width: 1200, height: 800 };
const random = createRandom(21);
const cameras = Array.from({ length: 200 }, () => ({
  x: random.between(0, 1), y: random.between(0, 1), zoom: 800 * 2 ** random.between(-1, 6),
}));
const spot = () => /** @type {[number, number]} */ ([random.between(0, size.width), random.between(0, size.height)]);

/** @param {readonly number[]} is @param {readonly number[]} expected @param {number} [digits] */
function expectNear(is, expected, digits = 6) {
  expect(is.length).toBe(expected.length);
  is.forEach((value, k) => expect(value).toBeCloseTo(expected[k], digits));
}

describe('screen and layout', () => {
  it('are each other\'s inverse', () => {
    for (const camera of cameras) {
      const [px, py] = spot();
      expectNear(toScreen(camera, size, ...toWorld(camera, size, px, py)), [px, py]);
    }
  });
  it('meet in the middle, and the y of the layout points up', () => {
    const camera = { x: 0.3, y: 0.6, zoom: 1000 };
    expect(toScreen(camera, size, 0.3, 0.6)).toEqual([600, 400]);
    expectNear(toScreen(camera, size, 0.4, 0.7), [700, 300]);
    expectNear(toWorld(camera, size, 600, 500), [0.3, 0.5]);
  });
});

describe('fitting', () => {
  it('shows the whole square in the middle with a margin of 28 pixels', () => {
    const camera = fitCamera(size);
    expect(camera).toEqual({ x: 0.5, y: 0.5, zoom: 744 });
    expect(toScreen(camera, size, 0, 0)[1]).toBe(772);
    expect(toScreen(camera, size, 1, 1)[1]).toBe(28);
  });
  it('keeps clear of the panels', () => {
    const insets = { top: 50, right: 300, bottom: 90, left: 20 };
    const camera = fitCamera(size, insets);
    expectNear(toScreen(camera, size, 0.5, 0.5), [20 + 880 / 2, 50 + 660 / 2]);
    expect(camera.zoom).toBe(660 - 56);
  });
  it('never turns inside out in a tiny window', () => {
    expect(fitCamera({ width: 10, height: 10 }).zoom).toBe(80);
  });
});

describe('moving by hand', () => {
  it('zooms around the pointer: what lies under it stays there', () => {
    for (const camera of cameras) {
      const [px, py] = spot();
      const held = toWorld(camera, size, px, py);
      const next = zoomAt(camera, size, random.between(0.9, 1.1), px, py);
      const isClamped = next.x === -0.4 || next.x === 1.4 || next.y === -0.4 || next.y === 1.4;
      if (!isClamped) expectNear(toScreen(next, size, ...held), [px, py]);
    }
  });
  it('zooms between 0.35 and 120 times the shorter side', () => {
    const camera = { x: 0.5, y: 0.5, zoom: 800 };
    expect(zoomAt(camera, size, 1e9, 600, 400).zoom).toBe(96_000);
    expect(zoomAt(camera, size, 1e-9, 600, 400).zoom).toBeCloseTo(280, 9);
    expect(zoomAt(camera, size, 1e9, 600, 400)).toMatchObject({ x: 0.5, y: 0.5 });
  });
  it('pans with the hand, and not out of reach', () => {
    const camera = { x: 0.5, y: 0.5, zoom: 1000 };
    expectNear(toScreen(panBy(camera, 30, -20), size, 0.5, 0.5), [630, 380]);
    expect(panBy(camera, -1e6, 1e6)).toEqual({ x: 1.4, y: 1.4, zoom: 1000 });
    expect(panBy(camera, 1e6, -1e6)).toEqual({ x: -0.4, y: -0.4, zoom: 1000 });
  });
});

describe('revealing a place', () => {
  const insets = { top: 60, right: 320, bottom: 80, left: 0 };
  it('moves nothing that is in sight', () => {
    const camera = fitCamera(size, insets);
    expect(reveal(camera, size, 0.5, 0.5, insets)).toBe(camera);
  });
  it('moves as little as needed to bring it inside the margin', () => {
    const camera = { x: 0.5, y: 0.5, zoom: 2000 };
    const [px, py] = toScreen(reveal(camera, size, 0.9, 0.5, insets), size, 0.9, 0.5);
    expectNear([px, py], [1200 - 320 - 48, 400]);
    expectNear(toScreen(reveal(camera, size, 0.1, 0.95, insets), size, 0.1, 0.95), [48, 60 + 48]);
  });
  it('brings every place inside', () => {
    for (const camera of cameras) {
      const [x, y] = [random.between(0, 1), random.between(0, 1)];
      const [px, py] = toScreen(reveal(camera, size, x, y, NO_INSETS, 40), size, x, y);
      expect(px).toBeGreaterThanOrEqual(40 - 1e-6);
      expect(px).toBeLessThanOrEqual(1160 + 1e-6);
      expect(py).toBeGreaterThanOrEqual(40 - 1e-6);
      expect(py).toBeLessThanOrEqual(760 + 1e-6);
    }
  });
});

describe('a flight', () => {
  it('begins and ends where it should, and zooms in equal ratios', () => {
    const [from, to] = [{ x: 0, y: 1, zoom: 100 }, { x: 1, y: 0, zoom: 1600 }];
    expect(between(from, to, 0)).toEqual(from);
    expect(between(from, to, 1)).toEqual(to);
    expect(between(from, to, 0.5)).toEqual({ x: 0.5, y: 0.5, zoom: 400 });
  });
});

describe('a camera in the address', () => {
  it('shows the same place in a window of another size', () => {
    const text = writeCamera({ x: 0.25, y: 0.75, zoom: 2400 }, size);
    expect(text).toBe('0.25,0.75,3');
    expect(readCamera(text, { width: 500, height: 900 })).toEqual({ x: 0.25, y: 0.75, zoom: 1500 });
  });
  it('comes back within a ten-thousandth', () => {
    for (const camera of cameras) {
      const read = readCamera(writeCamera(camera, size), size);
      expectNear([read?.x ?? 9, read?.y ?? 9, (read?.zoom ?? 0) / 800], [camera.x, camera.y, camera.zoom / 800], 3);
    }
  });
  it.each(['', '1', '1,2', '0.5,0.5,0', '0.5,0.5,-1', 'a,b,c', '0.5,0.5,Infinity', '1,2,3,4', ',,'])('is not %j', (text) => {
    expect(readCamera(text, size)).toBeNull();
  });
  it('cannot lead out of reach', () => {
    expect(readCamera('99,-99,1e9', size)).toEqual({ x: 1.4, y: -0.4, zoom: 96_000 });
  });
});
