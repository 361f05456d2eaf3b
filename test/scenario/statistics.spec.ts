import { describe, expect, it } from '@jest/globals';
import { deferred } from '../support/deferred.js';
import { notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';

const nothing = {
  hits: 0,
  misses: 0,
  hitRate: 0,
  sets: 0,
  deletes: 0,
  evictions: 0,
  expirations: 0,
  errors: 0,
  entries: 0,
  bytes: 0,
};

describe('Statistics', () => {
  it('of a cache that was never asked are all zero, with a hit rate of 0', () => {
    const { cache } = scenario();
    expect(cache.getStats()).toEqual({
      memoryCache: nothing,
      fileCache: nothing,
      loads: { count: 0, failures: 0, coalesced: 0, totalMs: 0 },
      categories: { default: { memoryCache: nothing, fileCache: nothing } },
    });
  });

  it('count exactly what happened', async () => {
    const { cache, clock } = scenario({ maxEntriesPerCategory: 3 });
    await cache.set('a', 1, { ttl: 10 });
    await cache.set('b', 2, { tags: ['tag'] });
    await cache.set('c', 3);
    await cache.set('c', 4); // replaced: a set, and neither delete nor eviction
    await cache.get('a');
    await cache.get('b');
    cache.memory.get('c');
    await cache.get('none');
    await cache.has('a'); // not counted
    await cache.set('d', 5); // evicts a, the least recently used
    await cache.get('a');
    await cache.delete('c');
    await cache.delete('c'); // was not there
    await cache.invalidateTags(['tag']);
    await cache.set('e', 6, { ttl: 1 });
    clock.advance(1000);
    await cache.get('e');
    await cache.set('f', 7, { ttl: 0 }); // kept nowhere
    expect(cache.getStats().memoryCache).toEqual({
      ...nothing,
      hits: 3,
      misses: 3,
      hitRate: 0.5,
      sets: 6,
      deletes: 2,
      evictions: 1,
      expirations: 1,
      entries: 1,
      bytes: expect.any(Number),
    });
  });

  it('count loads, failures and those who joined', async () => {
    const { cache } = scenario();
    const source = deferred<number>();
    const calls = [
      cache.wrap('a', () => source.promise),
      cache.wrap('a', notCalled),
      cache.getOrSet('a', notCalled),
    ];
    source.resolve(1);
    await Promise.all(calls);
    await cache.wrap('a', notCalled);
    await cache.wrap('b', () => Promise.reject(new Error('no'))).catch(() => {});
    await cache.getOrSet('b', () => 2);
    const { loads, memoryCache } = cache.getStats();
    expect(loads).toEqual({ count: 3, failures: 1, coalesced: 2, totalMs: expect.any(Number) });
    expect(memoryCache).toMatchObject({ hits: 1, misses: 5, sets: 2 });
    expect(memoryCache.hitRate).toBeCloseTo(1 / 6);
  });

  it('are kept by category, and add up', async () => {
    const { cache } = scenario();
    await cache.set('a', 1, { category: 'one' });
    await cache.get('a', { category: 'one' });
    await cache.set('a', 1, { category: 'two' });
    await cache.get('b', { category: 'two' });
    const { categories, memoryCache } = cache.getStats();
    expect(categories.one!.memoryCache).toMatchObject({ sets: 1, hits: 1, misses: 0, hitRate: 1 });
    expect(categories.two!.memoryCache).toMatchObject({ sets: 1, hits: 0, misses: 1, hitRate: 0 });
    expect(categories.default!.memoryCache).toEqual(nothing);
    expect(memoryCache).toMatchObject({ sets: 2, hits: 1, misses: 1, hitRate: 0.5, entries: 2 });
  });

  it('of bytes are exact to the estimate under a limit, and near it without one', async () => {
    const value = 'x'.repeat(1000);
    const limited = scenario({ maxBytesPerCategory: '1mb' }).cache;
    const free = scenario().cache;
    for (let at = 0; at < 100; at++) {
      await limited.set(`${at}`, value);
      await free.set(`${at}`, value);
    }
    const exact = limited.getStats().memoryCache.bytes;
    expect(exact).toBeGreaterThan(100 * 1000);
    expect(exact).toBeLessThan(100 * 1400);
    expect(Math.abs(free.getStats().memoryCache.bytes - exact)).toBeLessThan(exact / 10);
    await limited.clear();
    expect(limited.getStats().memoryCache).toMatchObject({ bytes: 0, entries: 0, deletes: 100 });
  });

  it('are a copy: what a caller does to them changes nothing', () => {
    const { cache } = scenario();
    cache.getStats().memoryCache.hits = 99;
    cache.getStats().loads.count = 99;
    expect(cache.getStats()).toMatchObject({ memoryCache: { hits: 0 }, loads: { count: 0 } });
  });
});
