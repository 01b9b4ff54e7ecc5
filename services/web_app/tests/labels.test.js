import { describe, expect, it } from 'vitest';
import { fitCamera } from '../src/map/camera.js';
import { placeLabels } from '../src/map/labels.js';

const SIZE = { width: 1200, height: 800 };

describe('names of regions', () => {
  const measure = (/** @type {string} */ text, /** @type {number} */ sizePx) => text.length * sizePx * 0.6;
  const regions = [
    { id: 1, label: 'Small one', size: 10, x: 0.51, y: 0.5 },
    { id: 2, label: 'Large one', size: 500, x: 0.5, y: 0.5 },
    { id: 3, label: 'Elsewhere', size: 40, x: 0.1, y: 0.9 },
  ];
  it('never lie over each other: the larger region is named', () => {
    const labels = placeLabels(regions, fitCamera(SIZE), SIZE, measure);
    expect(labels.map(({ id }) => id)).toEqual([2, 3]);
    expect(labels[0].sizePx).toBeGreaterThan(labels[1].sizePx);
  });
  it('move out from under a panel, unless their region lies there', () => {
    const camera = fitCamera(SIZE);
    const at = (/** @type {number} */ x) => [{ id: 1, label: 'A name', size: 1, x, y: 0.5 }];
    const insets = { top: 0, right: 0, bottom: 0, left: 500 };
    const [free] = placeLabels(at(0.5), camera, SIZE, measure, insets);
    expect(free.x).toBe(600);
    const halfWidth = measure('A name', free.sizePx) / 2 + 8;
    const [moved] = placeLabels(at(0.39), camera, SIZE, measure, insets);
    expect(moved.x).toBeCloseTo(500 + halfWidth);
    const [covered] = placeLabels(at(0.1), camera, SIZE, measure, insets);
    expect(covered.x).toBeLessThan(500);
  });
  it('leave when one is very near', () => {
    expect(placeLabels(regions, { x: 0.5, y: 0.5, zoom: 800 * 20 }, SIZE, measure)).toEqual([]);
  });
});
