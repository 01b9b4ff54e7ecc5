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
  it('leave when one is very near', () => {
    expect(placeLabels(regions, { x: 0.5, y: 0.5, zoom: 800 * 20 }, SIZE, measure)).toEqual([]);
  });
});
