import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import { askAll } from './support/asking.js';
import { scenario } from './support/scenario-cache.js';

const CAPACITY = 200;
const POPULAR = Array.from({ length: CAPACITY / 2 }, (_, key) => key);

/** Full of keys that are asked for again and again, and of others that came once. */
function popularAmongOthers(cache: CacheService): { ask: () => number; newcomers: () => void } {
  let next = 1e6;
  const ask = (): number => askAll(cache, POPULAR, () => 1);
  const newcomers = (): void => {
    const keys = Array.from({ length: 3 * CAPACITY }, () => next++);
    askAll(cache, keys, () => 1);
  };
  for (let round = 0; round < 8; round++) {
    ask();
    newcomers();
  }
  return { ask, newcomers };
}

describe('Keys that are popular and go without being evicted, under adaptive', () => {
  it.each(['invalidated', 'expired'] as const)(
    'have their place when they come back, %s',
    async (how) => {
      const { cache, clock } = scenario({
        maxEntriesPerCategory: CAPACITY,
        evictionPolicy: 'adaptive',
        defaultTtl: how === 'expired' ? 60 : 3600,
      });
      const { ask, newcomers } = popularAmongOthers(cache);
      expect(ask()).toBe(POPULAR.length);
      if (how === 'invalidated') await cache.deleteMany(POPULAR.map((key) => `k:${key}`));
      else clock.advance(120_000);
      await cache.cleanup();
      // Their room is taken by others.
      newcomers();
      expect(ask()).toBe(0);
      newcomers();
      expect(ask() / POPULAR.length).toBeGreaterThan(0.9);
    },
  );
});

describe('A key that was used often before it went, under adaptive', () => {
  /** Whether it has its place when it comes back, the others having been used so often, and after so many newcomers. */
  async function staysAfter(uses: number, newcomers: number): Promise<boolean> {
    const { cache } = scenario({ maxEntriesPerCategory: CAPACITY, evictionPolicy: 'adaptive' });
    const others = Array.from({ length: CAPACITY }, (_, key) => key);
    let next = 1e6;
    const come = (count: number, asked: number): void => {
      for (let at = 0; at < count; at++)
        askAll(cache, new Array<number>(asked).fill(next++), () => 1);
    };
    askAll(cache, others, () => 1);
    come(5, 1);
    askAll(cache, new Array<number>(16).fill(-1), () => 1);
    await cache.delete('k:-1');
    for (let use = 0; use < uses; use++) askAll(cache, others, () => 1);
    come(newcomers, 5);
    askAll(cache, others, () => 1);
    askAll(cache, [-1], () => 1);
    come(20, 1);
    return cache.memory.has('k:-1');
  }

  it('has its place when it comes back soon', async () => {
    expect(await staysAfter(1, 20)).toBe(true);
  });

  it('has none among others that were used as often, also when counts have been halved meanwhile', async () => {
    for (let newcomers = 100; newcomers < 500; newcomers += 20)
      expect({ newcomers, stays: await staysAfter(20, newcomers) }).toEqual({
        newcomers,
        stays: false,
      });
  });
});
