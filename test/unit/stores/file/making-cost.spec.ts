import { describe, expect, it } from '@jest/globals';
import { MakingCost } from '../../../../lib/core/stores/file/making-cost.js';

function setUp() {
  let time = 0;
  const cost = new MakingCost(() => time);
  const takes = (ms: number): void => {
    time += ms;
  };
  const makes = (count: number, ms: number): void => {
    for (let at = 0; at < count; at++) cost.measure(() => takes(ms));
  };
  const answers = (count: number): boolean[] => Array.from({ length: count }, () => cost.isLow);
  return { cost, takes, makes, answers };
}

describe('The cost of making a file', () => {
  it('is low until it is known to be high', () => {
    const { makes, answers } = setUp();
    expect(answers(100)).not.toContain(false);
    makes(100, 0.04);
    expect(answers(100)).not.toContain(false);
  });

  it('high, it is asked for again by one in 64', () => {
    const { makes, answers } = setUp();
    makes(20, 0.6);
    const asked = answers(6400);
    expect(asked[0]).toBe(false);
    expect(asked.filter(Boolean)).toHaveLength(100);
  });

  it('low again, it is believed after a few', () => {
    const { makes, answers } = setUp();
    makes(20, 0.6);
    makes(1, 0.04);
    expect(answers(10)).toContain(false);
    makes(8, 0.04);
    expect(answers(100)).not.toContain(false);
  });

  it('one that was held up says little', () => {
    const { makes, answers } = setUp();
    makes(100, 0.04);
    makes(1, 500);
    expect(answers(100)).not.toContain(false);
  });

  it('one that fails says nothing, and fails', () => {
    const { cost, takes, makes, answers } = setUp();
    makes(100, 0.04);
    const failure = new Error('no space');
    for (let at = 0; at < 100; at++) {
      expect(() =>
        cost.measure(() => {
          takes(0.6);
          throw failure;
        }),
      ).toThrow(failure);
    }
    expect(answers(100)).not.toContain(false);
  });

  it('gives what was made', () => {
    expect(setUp().cost.measure(() => 7)).toBe(7);
  });
});
