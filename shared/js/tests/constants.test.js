import { describe, expect, it } from 'vitest';
import * as constants from '@tonotope/shared/constants';

const vocabularies = Object.entries(constants).filter(([, value]) => typeof value === 'object');

describe('constants', () => {
  it('are vocabularies that nobody can change', () => {
    expect(vocabularies.length).toBeGreaterThan(5);
    for (const [name, vocabulary] of vocabularies) {
      expect(Object.isFrozen(vocabulary), name).toBe(true);
      expect(new Set(Object.values(vocabulary)).size, name).toBe(Object.keys(vocabulary).length);
    }
  });
  it('give words as the API writes them', () => {
    expect(Object.values(constants.RunState)).toEqual(['scanning', 'analyzing', 'laying_out', 'done', 'failed', 'cancelled']);
    for (const [name, vocabulary] of vocabularies) {
      for (const [key, value] of Object.entries(vocabulary)) if (typeof value === 'string') expect(value, name).toBe(key.toLowerCase());
    }
  });
  it('describe the packed formats', () => {
    expect(constants.PointsSection).toEqual({ XY: 1, CLUSTER: 2, ID: 4 });
    expect([constants.POINTS_MAGIC, constants.POINTS_HEADER_BYTES, constants.POINTS_NO_CLUSTER]).toEqual(['TNP1', 32, 255]);
    expect([constants.PREVIEWS_PER_BLOCK, constants.ROWS_LIMIT]).toEqual([64, 5000]);
  });
});
