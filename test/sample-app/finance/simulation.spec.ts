import { describe, expect, it } from '@jest/globals';
import { simulateWealth } from '../../../sample-app/finance/monte-carlo.js';
import { percentile } from '../../../sample-app/finance/percentile.js';
import { seededRandom } from '../../../sample-app/finance/random.js';
import { toCents, toRate } from '../../../sample-app/finance/round.js';

describe('seededRandom', () => {
  it('is mulberry32, by its published first numbers for seed 0', () => {
    const random = seededRandom(0);
    expect([random(), random()]).toEqual([0.26642920868471265, 0.0003297457005828619]);
  });

  it('repeats itself for the same seed only', () => {
    const draw = (seed: number) => Array.from({ length: 5 }, seededRandom(seed));
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it('spreads evenly from 0 up to 1', () => {
    const drawn = Array.from({ length: 10_000 }, seededRandom(3));
    expect(drawn.every((value) => value >= 0 && value < 1)).toBe(true);
    expect(drawn.reduce((sum, value) => sum + value, 0) / drawn.length).toBeCloseTo(0.5, 1);
  });
});

describe('percentile', () => {
  it('takes the value itself where one stands, and a straight line between', () => {
    expect(percentile([10, 20, 30, 40, 50], 0.5)).toBe(30);
    expect(percentile([10, 20, 30, 40, 50], 0.9)).toBeCloseTo(46, 12);
    expect(percentile([10, 20], 0.1)).toBeCloseTo(11, 12);
    expect(percentile([10], 0.9)).toBe(10);
  });
});

describe('simulateWealth', () => {
  it('pays in at the end of each month: 100 at 10 % with 10 a month is 120, then 142', () => {
    // 100 * 1.1 + 10 = 120; 120 * 1.1 + 10 = 142.
    const plan = { start: 100, monthly: 10, months: 2 };
    const outcomes = simulateWealth([0.1], plan, 3, seededRandom(1));
    expect(outcomes).toHaveLength(3);
    for (const wealth of outcomes) expect(wealth).toBeCloseTo(142, 9);
  });

  it('draws as it is told: first the first return, then the last', () => {
    const draws = [0, 0.999];
    const plan = { start: 100, monthly: 0, months: 2 };
    const [wealth] = simulateWealth([0.5, 0, -0.2], plan, 1, () => draws.shift() ?? 0);
    expect(wealth).toBeCloseTo(120, 9);
  });

  it('comes near the expected value: mean growth of 1 % a month for a year', () => {
    const plan = { start: 100, monthly: 0, months: 12 };
    const outcomes = simulateWealth([-0.03, 0.05], plan, 20_000, seededRandom(11));
    const mean = outcomes.reduce((sum, wealth) => sum + wealth, 0) / outcomes.length;
    expect(Math.abs(mean - 100 * 1.01 ** 12)).toBeLessThan(0.5);
  });

  it('gives its outcomes in ascending order', () => {
    const plan = { start: 100, monthly: 1, months: 24 };
    const outcomes = simulateWealth([-0.1, 0.12], plan, 50, seededRandom(5));
    expect([...outcomes]).toEqual([...outcomes].sort((a, b) => a - b));
  });

  it('refuses to draw from nothing', () => {
    const plan = { start: 100, monthly: 1, months: 1 };
    expect(() => simulateWealth([], plan, 1, seededRandom(1))).toThrow(RangeError);
  });
});

describe('rounding', () => {
  it('is to cents for money and to six digits for shares', () => {
    expect(toCents(1234.5678)).toBe(1234.57);
    expect(toRate(-0.123456789)).toBe(-0.123457);
  });
});
