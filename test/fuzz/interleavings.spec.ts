import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { history, type History } from './operations.js';
import { World } from './world.js';

async function live({ operations, freshness }: History, withTier: boolean): Promise<World> {
  const world = new World(withTier, freshness);
  for (const step of operations) await world.perform(step);
  await world.end();
  return world;
}

describe('In any interleaving of loads, renewals, writes, invalidations, failures and time', () => {
  it.each([
    ['in memory', false, 1500],
    ['with a slow tier below', true, 500],
  ])(
    'no read returns older data than was promised, nothing is served stale where it may not be, and concurrent callers share one factory, %s',
    async (_where, withTier, numRuns) => {
      const seen = { answered: 0, stale: 0, timedOut: 0 };
      await fc.assert(
        fc.asyncProperty(history, async (each) => {
          const { answered, stale, timedOut } = await live(each, withTier);
          seen.answered += answered;
          seen.stale += stale;
          seen.timedOut += timedOut;
        }),
        { numRuns },
      );
      expect(seen.answered).toBeGreaterThan(numRuns);
      // Else it would have shown nothing of them.
      expect(seen.stale).toBeGreaterThan(numRuns / 200);
      expect(seen.timedOut).toBeGreaterThan(numRuns / 200);
    },
  );
});
