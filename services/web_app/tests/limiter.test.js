import { describe, expect, it } from 'vitest';
import { limit, LIMITER_RANGE, limiterCurve } from '../src/audio/limiter.js';

describe('limiter', () => {
  it('leaves what is below the knee alone and never passes full scale', () => {
    expect([limit(0), limit(0.5), limit(-0.8)]).toEqual([0, 0.5, -0.8]);
    expect(limit(1)).toBeLessThan(1);
    expect(limit(LIMITER_RANGE)).toBeLessThanOrEqual(0.98);
    expect(limit(-LIMITER_RANGE)).toBeGreaterThanOrEqual(-0.98);
  });
  it('is a curve through zero that never falls', () => {
    const curve = limiterCurve(4097);
    expect(curve[2048]).toBe(0);
    for (let i = 1; i < curve.length; i++) expect(curve[i]).toBeGreaterThanOrEqual(curve[i - 1]);
  });
});
