import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import { scenario } from './support/scenario-cache.js';

const LIMIT = 10_000;
const VALUE = 'x'.repeat(1000);

/** Full of entries that are used often, so that a newcomer is let in for none of them. */
async function full(): Promise<CacheService> {
  const { cache } = scenario({ maxBytesPerCategory: LIMIT, evictionPolicy: 'w-tinylfu' });
  for (let key = 0; key < 8; key++) {
    await cache.set(`known:${key}`, VALUE);
    for (let use = 0; use < 5; use++) await cache.get(`known:${key}`);
  }
  return cache;
}

describe('A newcomer that the policy refuses', () => {
  it('is honestly nowhere after set, and the others are where they were', async () => {
    const cache = await full();
    const before = cache.memory.keys();
    expect(await cache.set('new', VALUE)).toEqual({
      success: true,
      value: VALUE,
      source: 'none',
      stale: false,
      expiresAt: undefined,
    });
    expect(cache.memory.set('new', VALUE)).toMatchObject({ success: true, source: 'none' });
    expect(await cache.get('new')).toMatchObject({ success: false, reason: 'evicted' });
    expect(cache.memory.keys()).toEqual(before);
    expect(cache.getStats().memoryCache).toMatchObject({ entries: before.length, evictions: 2 });
  });

  it('reaches every caller of wrap all the same, from one load', async () => {
    const cache = await full();
    let loads = 0;
    const load = async (): Promise<string> => `${VALUE}${loads++}`;
    const values = await Promise.all(
      Array.from({ length: 20 }, () => cache.wrap('new', load, { tags: ['t'] })),
    );
    expect(values).toEqual(new Array(20).fill(`${VALUE}0`));
    expect(cache.memory.has('new')).toBe(false);
    expect(await cache.wrap('new', load)).toBe(`${VALUE}1`);
  });

  it('reaches the callers of getOrSet and of a cached function', async () => {
    const cache = await full();
    const found = await cache.getOrSet('new', () => VALUE);
    expect(found).toMatchObject({ success: true, value: VALUE, source: 'function', stale: false });
    const cached = cache.cached(async (name: string) => VALUE + name, { key: (name) => name });
    expect(await Promise.all([cached('new'), cached('new')])).toEqual([
      `${VALUE}new`,
      `${VALUE}new`,
    ]);
    expect(cache.memory.has('new')).toBe(false);
  });

  it('gets in once it is asked for more often than what it stands against', async () => {
    const cache = await full();
    for (let use = 0; use < 30 && !cache.memory.has('new'); use++) {
      await cache.wrap('new', () => VALUE);
    }
    expect(cache.memory.get('new')).toMatchObject({ success: true, value: VALUE });
  });
});
