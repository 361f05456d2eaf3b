import { describe, expect, it } from '@jest/globals';
import type { EvictionPolicyName } from '../../lib/core/model/options.js';
import { createPolicy, POLICY_NAMES } from '../../lib/core/stores/memory/policies/create-policy.js';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { Replay } from './models/replay.js';
import { loop, popular, recency } from './models/traffic.js';

const CAPACITY = 500;
const SPREAD = 600;

/** Policies of which it is asked that they keep up with LRU in traffic that is LRU's own. */
const WITH_LRU: readonly EvictionPolicyName[] = ['lru', 'fifo', 'adaptive'];

/** Its counts never fade, as its essay says: what was popular once stays for good. */
const STRANDED: readonly EvictionPolicyName[] = ['lfu'];

const SOUND = POLICY_NAMES.filter((name) => !STRANDED.includes(name));

function replay(name: EvictionPolicyName): Replay {
  return new Replay(
    createPolicy(name, { maxEntries: CAPACITY, maxBytes: Infinity, seed: 1 }),
    CAPACITY,
  );
}

/** Recency, a loop five times, and recency again: the hit ratios before, and long after the loop. */
function changeOfMind(name: EvictionPolicyName): { before: number; after: number[] } {
  const random = seededRandom(31);
  const traffic = replay(name);
  const before = traffic.run(recency(40_000, SPREAD, random));
  traffic.run(loop(5, 2 * CAPACITY, 1e6));
  const after = [1e7, 2e7, 3e7].map((from) => traffic.run(recency(20_000, SPREAD, random, from)));
  return { before, after };
}

describe('Traffic that changes its mind', () => {
  it.each(SOUND)('does not strand %s: after the loop it is as good as before', (name) => {
    const { before, after } = changeOfMind(name);
    for (const ratio of after) expect(ratio).toBeGreaterThan(before - 0.03);
  });

  it.each(STRANDED)('strands %s, which nobody should use for it', (name) => {
    const { before, after } = changeOfMind(name);
    expect(Math.max(...after)).toBeLessThan(before - 0.02);
  });

  it.each(WITH_LRU)('leaves %s near LRU', (name) => {
    const lru = changeOfMind('lru');
    const { before, after } = changeOfMind(name);
    expect(before).toBeGreaterThan(lru.before - 0.03);
    for (const [at, ratio] of after.entries()) {
      expect(ratio).toBeGreaterThan(lru.after[at]! - 0.03);
    }
  });

  it.each(SOUND)('gives the popular keys of today their place under %s', (name) => {
    const random = seededRandom(32);
    const traffic = replay(name);
    for (let day = 0; day < 4; day++) traffic.run(popular(20_000, 5000, random, day * 1e6));
    const today = traffic.run(popular(20_000, 5000, random, 3e6));
    const fresh = replay(name);
    fresh.run(popular(20_000, 5000, random, 0));
    const alone = fresh.run(popular(20_000, 5000, random, 0));
    // Sieve is slow to let go of what was popular yesterday, as is its nature: six points here.
    expect(today).toBeGreaterThan(alone - 0.08);
  });
});
