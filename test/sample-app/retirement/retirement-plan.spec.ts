import { describe, expect, it } from '@jest/globals';
import { parseRetirementPlan } from '../../../sample-app/retirement/retirement-plan.js';

describe('parseRetirementPlan', () => {
  it('has a usual value for what is left out', () => {
    expect(parseRetirementPlan({})).toEqual({
      years: 30,
      monthly: 500,
      target: 1_000_000,
      simulations: 2000,
      seed: 1,
    });
    expect(parseRetirementPlan({ monthly: '12.5', seed: '0' })).toMatchObject({
      monthly: 12.5,
      seed: 0,
    });
  });

  it.each([
    ['years', '0'],
    ['years', '61'],
    ['years', '1.5'],
    ['monthly', '-1'],
    ['monthly', 'NaN'],
    ['target', ''],
    ['target', ['1', '2']],
    ['simulations', '1e9'],
    ['simulations', '20001'],
    ['seed', '0x10'],
  ])('refuses %s=%j and names it', (name, value) => {
    expect(() => parseRetirementPlan({ [name]: value })).toThrow(new RegExp(`^${name}: `));
  });
});
