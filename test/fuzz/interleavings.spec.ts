import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { operation, type Operation } from './operations.js';
import { World } from './world.js';

const history = fc.array(operation, { minLength: 5, maxLength: 60, size: 'max' });

async function live(operations: readonly Operation[], withTier: boolean): Promise<number> {
  const world = new World(withTier);
  for (const step of operations) await world.perform(step);
  await world.end();
  return world.answered;
}

describe('In any interleaving of loads, writes, invalidations and time', () => {
  it.each([
    ['in memory', false, 1000],
    ['with a slow tier below', true, 1000],
  ])(
    'no read returns older data than was promised, and concurrent callers share one factory, %s',
    async (_where, withTier, numRuns) => {
      let answered = 0;
      await fc.assert(
        fc.asyncProperty(history, async (operations) => {
          answered += await live(operations, withTier);
        }),
        { numRuns },
      );
      expect(answered).toBeGreaterThan(numRuns);
    },
  );
});
