import { describe, expect, it } from '@jest/globals';
import { SamplingBudget } from '../../../../../lib/core/stores/memory/sampling/sampling-budget.js';

describe('The budget of sampling', () => {
  it('lasts for ever where no more than a thousand accesses a second are recorded', () => {
    const budget = new SamplingBudget(0);
    for (let second = 1; second <= 1000; second++) {
      expect(budget.spend(second * 5000, second * 1000, second * 1000)).toBe(false);
    }
    expect(budget.resting).toBe(false);
  });

  it('lasts for ever where few of the keys are sampled', () => {
    const budget = new SamplingBudget(0);
    for (let turn = 1; turn <= 1000; turn++) {
      expect(budget.spend(turn * 512_000, turn * 1000, 0)).toBe(false);
    }
  });

  it('ends in a rest that pays for the next stretch, by accesses or by time', () => {
    const budget = new SamplingBudget(0);
    expect(budget.spend(65_000, 65_000, 0)).toBe(false);
    expect(budget.spend(66_000, 66_000, 0)).toBe(true);
    expect(budget.resting).toBe(true);
    expect(budget.spend(33_000_000, 66_000, 0)).toBe(false);
    expect(budget.spend(35_000_000, 66_000, 0)).toBe(true);
    expect(budget.resting).toBe(false);
    expect(budget.spend(35_100_000, 166_000, 0)).toBe(true);
    expect(budget.resting).toBe(true);
    expect(budget.spend(35_100_001, 166_000, 120_000)).toBe(true);
    expect(budget.resting).toBe(false);
  });

  it('takes no debt from a clock that is set back', () => {
    const budget = new SamplingBudget(1_000_000);
    expect(budget.spend(1000, 1000, 0)).toBe(false);
    expect(budget.resting).toBe(false);
  });
});
