import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createCache } from '../../lib/core/create-cache.js';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { scenario } from './support/scenario-cache.js';

describe('A limit in bytes', () => {
  it.each(['lru', 'fifo', 'lfu', 'sieve', 's3-fifo'] as const)(
    'evicts another entry, under %s, when the oldest one grows past it',
    async (evictionPolicy) => {
      const { cache } = scenario({ maxBytesPerCategory: 4000, evictionPolicy });
      await cache.set('oldest', 'a');
      await cache.set('other', 'b'.repeat(1000));
      const grown = await cache.set('oldest', 'a'.repeat(3000));
      expect(grown.success).toBe(true);
      expect(cache.memory.keys()).toEqual(['oldest']);
      expect(cache.memory.get('oldest').value).toBe('a'.repeat(3000));
    },
  );

  it.each(['lru', 'fifo', 'lfu', 'sieve', 's3-fifo', 'w-tinylfu', 'adaptive'] as const)(
    'keeps an entry that is written anew, under %s, however it grows and whatever else is there',
    (evictionPolicy) => {
      const { cache } = scenario({ maxBytesPerCategory: 20_000, evictionPolicy });
      const random = seededRandom(7);
      const lost: number[] = [];
      for (let at = 0; at < 10_000; at++) {
        const key = `k:${random(40)}`;
        if (random(2) === 0) {
          cache.memory.get(key);
          continue;
        }
        const isThere = cache.memory.has(key);
        const { source } = cache.memory.set(key, 'x'.repeat(random(3000)));
        if (isThere && source !== 'memory') lost.push(at);
      }
      expect(lost).toEqual([]);
    },
  );
});

describe("A turn of the event loop on the system's clock", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('that hits without end still sees entries expire', async () => {
    const cache = createCache({ cleanup: false });
    cache.memory.set('rate', 1.08, { ttl: 10 });
    expect(cache.memory.get('rate').success).toBe(true);
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 20_000);
    let hits = 0;
    while (cache.memory.get('rate').success && hits < 5000) hits++;
    expect(hits).toBeLessThan(2000);
    await cache.close();
  });

  it('sees an entry expire at once where that is less than a second away', async () => {
    const cache = createCache({ cleanup: false });
    cache.memory.set('rate', 1.08, { ttl: 0.5 });
    expect(cache.memory.get('rate').success).toBe(true);
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + 500);
    expect(cache.memory.get('rate').success).toBe(false);
    await cache.close();
  });

  it('gives an entry all of a short TTL, however much was written before', async () => {
    const cache = createCache({ cleanup: false, defaultTtl: '59s' });
    for (let at = 0; at < 65; at++) cache.memory.set(`${at}`, at);
    const now = Date.now() + 60_000;
    jest.spyOn(Date, 'now').mockReturnValue(now);
    expect(cache.memory.set('rate', 1.08)).toMatchObject({ expiresAt: now + 59_000 });
    expect(cache.memory.get('rate').success).toBe(true);
    await cache.close();
  });
});
