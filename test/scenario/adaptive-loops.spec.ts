import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { loop, recency } from '../contract/models/traffic.js';
import { askAll } from './support/asking.js';
import { scenario } from './support/scenario-cache.js';

const CAPACITY = 200;
const ROUNDS = 30;

/** Characters of a key's value: 1,000 on average. */
const sizeOf = (key: number): number => 500 + ((Math.imul(key, 0x9e3779b1) >>> 0) % 1001);

/** Goes round and round over the same keys, in order. @returns the share of hits */
function looped(cache: CacheService, keys: number): number {
  return askAll(cache, loop(ROUNDS, keys), (key) => 'x'.repeat(sizeOf(key))) / (ROUNDS * keys);
}

/** As many hits as there can be: the entries that fit, but for the one that makes room, from the second round on. */
function possible(keys: number): number {
  return ((CAPACITY - 1) / keys) * ((ROUNDS - 1) / ROUNDS);
}

describe('A loop larger than the category, under adaptive', () => {
  it.each([2, 5, 10, 15, 25])(
    'has most of the hits that are possible, %i times as large',
    (times) => {
      const { cache } = scenario({ maxEntriesPerCategory: CAPACITY, evictionPolicy: 'adaptive' });
      const keys = times * CAPACITY;
      expect(looped(cache, keys) / possible(keys)).toBeGreaterThan(0.7);
    },
  );

  it.each([3, 5])('has them by bytes too, where sizes vary, %i times as large', (times) => {
    const { cache } = scenario({
      maxEntriesPerCategory: Infinity,
      maxBytesPerCategory: CAPACITY * 1150,
      evictionPolicy: 'adaptive',
    });
    const keys = times * CAPACITY;
    expect(looped(cache, keys) / possible(keys)).toBeGreaterThan(0.7);
  });

  it('has them where what was in before has expired, all of it', async () => {
    const { cache, clock } = scenario({
      maxEntriesPerCategory: CAPACITY,
      evictionPolicy: 'adaptive',
    });
    for (let key = 0; key < 5000; key++) cache.memory.set(`once:${key}`, key, { ttl: '1m' });
    clock.advance(120_000);
    await cache.cleanup();
    expect(cache.memory.keys()).toEqual([]);
    const keys = 3 * CAPACITY;
    expect(looped(cache, keys) / possible(keys)).toBeGreaterThan(0.7);
  });

  it('keeps them for good, however often counts are halved', () => {
    const capacity = 20 * CAPACITY;
    const { cache } = scenario({ maxEntriesPerCategory: capacity, evictionPolicy: 'adaptive' });
    const keys = 1.25 * capacity;
    askAll(cache, loop(1, keys), () => 1);
    for (let round = 2; round <= 50; round++)
      expect(askAll(cache, loop(1, keys), () => 1) / keys).toBeGreaterThan(0.75);
  });

  it('comes to have them after traffic for which nearly all of the category is a window', () => {
    const capacity = 10 * CAPACITY;
    const { cache } = scenario({ maxEntriesPerCategory: capacity, evictionPolicy: 'adaptive' });
    askAll(cache, recency(150_000, 3500, seededRandom(5), 1e6), () => 1);
    const keys = 1.25 * capacity;
    askAll(cache, loop(10, keys), () => 1);
    const hits = askAll(cache, loop(2, keys), () => 1);
    expect(hits / (2 * keys)).toBeGreaterThan(0.7);
  });
});
