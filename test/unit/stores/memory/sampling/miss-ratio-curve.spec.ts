import { describe, expect, it } from '@jest/globals';
import { MissRatioCurve } from '../../../../../lib/core/stores/memory/sampling/miss-ratio-curve.js';

const SIZES = [0.25, 0.5, 1, 2, 4];

describe('The curve', () => {
  it('of nothing is zero everywhere', () => {
    expect(new MissRatioCurve().hitRates(SIZES, 0)).toEqual([0, 0, 0, 0, 0]);
  });

  it('counts an access as a hit from the size on that it needs', () => {
    const curve = new MissRatioCurve();
    curve.reused(0.25, 1);
    curve.reused(0.2501, 1);
    curve.reused(1, 1);
    curve.reused(4, 1);
    curve.reused(4.01, 1);
    curve.missed(5);
    const expected = [0.1, 0.2, 0.3, 0.3, 0.4];
    for (const [at, rate] of curve.hitRates(SIZES, 10).entries()) {
      expect(rate).toBeCloseTo(expected[at]!, 12);
    }
  });

  it('counts what is not in the samples, or is there too often, among the hottest keys', () => {
    const curve = new MissRatioCurve();
    curve.reused(1, 50);
    curve.missed(30);
    expect(curve.hitRates([0.25, 1], 100)).toEqual([
      expect.closeTo(0.2, 12),
      expect.closeTo(0.7, 12),
    ]);
    expect(curve.hitRates([0.25, 1], 60)).toEqual([0, expect.closeTo(0.5, 12)]);
  });

  it('takes accesses of which only a part is known for what the others are', () => {
    const curve = new MissRatioCurve();
    // Of 60 that are followed beyond half the limit 30 are hits at twice the limit; 40 got lost before.
    curve.unknown(0.5, 40);
    curve.reused(2, 30);
    curve.missed(30);
    expect(curve.hitRates([0.5, 2], 100)).toEqual([0, expect.closeTo(0.5, 12)]);
  });

  it('follows the traffic as what was fades', () => {
    const curve = new MissRatioCurve();
    curve.reused(0.1, 64);
    curve.missed(64);
    for (let period = 0; period < 7; period++) curve.fade();
    curve.missed(9);
    expect(curve.counted()).toBe(10);
    expect(curve.hitRates([1], 10)).toEqual([expect.closeTo(0.05, 12)]);
  });
});
