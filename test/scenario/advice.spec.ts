import { describe, expect, it } from '@jest/globals';
import {
  createCache,
  type CacheAdvice,
  type CacheOptions,
  type CacheService,
} from '../../lib/core.js';
import { scenario } from './support/scenario-cache.js';

function adviceOf(cache: CacheService): CacheAdvice {
  return cache.getStats({ advice: true }).categories['default']!.advice;
}

/** Reads keys one after the other, over and over, and loads what is not there. */
async function loop(cache: CacheService, reads: number, keys: number): Promise<void> {
  for (let at = 0; at < reads; at++) await cache.wrap(`key:${at % keys}`, () => at);
}

const limited = (maxEntries: number, more: CacheOptions = {}): CacheOptions => ({
  maxEntriesPerCategory: maxEntries,
  ...more,
});

describe('Advice', () => {
  it('is given to who asks for it, by category', async () => {
    const { cache } = scenario();
    await cache.get('a', { category: 'other' });
    expect(cache.getStats().categories['other']).not.toHaveProperty('advice');
    expect(cache.getStats({ advice: false }).categories['other']).not.toHaveProperty('advice');
    const { categories } = cache.getStats({ advice: true });
    expect(Object.keys(categories)).toEqual(['default', 'other']);
    expect(categories['other']!.advice).toMatchObject({
      lever: 'moreTraffic',
      text: 'Too little traffic to say: 1 access, where 1,000 are the least.',
      accesses: 1,
      hitRate: 0,
      misses: { neverSeen: 1, expired: 0, evicted: 0, invalidated: 0, deleted: 0 },
      curve: [],
    });
  });

  it('is a larger limit where keys come again that were evicted', async () => {
    const { cache } = scenario(limited(100));
    await loop(cache, 3000, 150);
    const { text, lever, curve, misses } = adviceOf(cache);
    expect(lever).toBe('largerLimit');
    expect(text).toBe(
      '95 % of misses were evictions: twice the limit (200 entries) would add about 95 points to the hit ratio.',
    );
    expect(misses).toMatchObject({ neverSeen: 150, evicted: 2850 });
    expect(curve).toEqual([
      { factor: 0.25, entries: 25, hitRate: 0 },
      { factor: 0.5, entries: 50, hitRate: 0 },
      { factor: 1, entries: 100, hitRate: 0 },
      { factor: 2, entries: 200, hitRate: expect.closeTo(0.95) },
      { factor: 4, entries: 400, hitRate: expect.closeTo(0.95) },
    ]);
  });

  it('knows of hits in memory by the clock that passes by itself, of which most do not read it', () => {
    const cache = createCache({ maxEntriesPerCategory: 100, cleanup: false });
    for (let at = 0; at < 3000; at++) {
      const key = `key:${at % 50}`;
      if (!cache.memory.get(key).success) cache.memory.set(key, at);
    }
    expect(adviceOf(cache).curve.slice(0, 3)).toEqual([
      { factor: 0.25, entries: 25, hitRate: 0 },
      { factor: 0.5, entries: 50, hitRate: expect.closeTo(0.98) },
      { factor: 1, entries: 100, hitRate: expect.closeTo(0.98) },
    ]);
  });

  it('is four times the limit where twice is not enough, also in bytes', async () => {
    const { cache } = scenario(limited(Infinity, { maxBytesPerCategory: 20_000 }));
    const value = 'x'.repeat(1000);
    for (let at = 0; at < 2000; at++) await cache.wrap(`key:${at % 40}`, () => value);
    const { text, lever, curve } = adviceOf(cache);
    expect(lever).toBe('largerLimit');
    expect(text).toMatch(
      /evictions: four times the limit \(80,000 bytes\) would add about 98 points/,
    );
    expect(curve[2]).toEqual({ factor: 1, bytes: 20_000, hitRate: 0 });
  });

  it('is a longer TTL where misses are expiries', async () => {
    const { cache, clock } = scenario(limited(100, { defaultTtl: '1m' }));
    for (let turn = 0; turn < 40; turn++) {
      await loop(cache, 50, 25);
      clock.advance(60_000);
    }
    const { text, lever, misses, hitRate } = adviceOf(cache);
    expect(lever).toBe('longerTtl');
    expect(text).toBe(
      '98 % of misses were expiries: a longer TTL would help more than a larger limit.',
    );
    expect(hitRate).toBe(0.5);
    expect(misses).toMatchObject({ neverSeen: 25, expired: 975 });
  });

  it('is fewer invalidations where those are the reason', async () => {
    const { cache } = scenario(limited(100));
    for (let turn = 0; turn < 40; turn++) {
      for (let at = 0; at < 50; at++) {
        await cache.wrap(`key:${at % 25}`, () => at, { tags: ['prices'] });
      }
      await cache.invalidateTags(['prices']);
    }
    const { text, lever, misses } = adviceOf(cache);
    expect(lever).toBe('fewerInvalidations');
    expect(text).toMatch(
      /^\d\d % of misses were invalidations: fewer of them, or narrower tags, would help more than a larger limit\.$/,
    );
    // Why a key went may be forgotten, by one of the same place in the table of reasons.
    expect(misses.neverSeen + misses.invalidated).toBe(1000);
    expect(misses.invalidated).toBeGreaterThan(800);
  });

  it('names deletions by their name', async () => {
    const { cache } = scenario(limited(100));
    for (let at = 0; at < 1500; at++) {
      await cache.wrap('key', () => at);
      await cache.delete('key');
    }
    expect(adviceOf(cache)).toMatchObject({
      lever: 'fewerInvalidations',
      text: '100 % of misses were deletions: fewer of them would help more than a larger limit.',
      misses: { neverSeen: 1, deleted: 1499 },
    });
  });

  it('names invalidations and deletions where both are the reason', async () => {
    const { cache } = scenario(limited(100));
    for (let at = 0; at < 800; at++) {
      await cache.wrap('tagged', () => at, { tags: ['prices'] });
      await cache.wrap('deleted', () => at);
      await cache.invalidateTags(['prices']);
      await cache.delete('deleted');
    }
    expect(adviceOf(cache)).toMatchObject({
      lever: 'fewerInvalidations',
      text: '50 % of misses were invalidations and 50 % deletions: fewer of them, or narrower tags, would help more than a larger limit.',
    });
  });

  it('is a smaller limit where half of it would do', async () => {
    const { cache } = scenario(limited(100));
    await loop(cache, 5000, 20);
    expect(adviceOf(cache)).toMatchObject({
      lever: 'smallerLimit',
      text: 'Nothing is lost with half the limit (50 entries): the hit ratio would stay within 0.5 points of 100 %.',
    });
  });

  it('is not a smaller limit where more is hit than lru would', async () => {
    const { cache } = scenario(limited(100, { evictionPolicy: 's3-fifo' }));
    await loop(cache, 20_000, 1000);
    const { lever, text, hitRate } = adviceOf(cache);
    expect(hitRate).toBeGreaterThan(0.05);
    expect(lever).toBe('none');
    expect(text).toBe(
      `Nothing to change: ${Math.round(hitRate * 100)} % of accesses are hits, and lru would not add 1 point to that with four times the limit (400 entries).`,
    );
  });

  it('is not of a gain that is had already', async () => {
    const { cache } = scenario(limited(100, { evictionPolicy: 's3-fifo' }));
    await loop(cache, 20_000, 300);
    const { lever, text, hitRate, curve } = adviceOf(cache);
    expect(hitRate).toBeGreaterThan(0.2);
    expect(lever).toBe('largerLimit');
    const gain = Math.round((curve[4]!.hitRate - hitRate) * 100);
    expect(text).toContain(`four times the limit (400 entries) would add about ${gain} points`);
  });

  it('is not a smaller limit while keys come again that were evicted', async () => {
    const { cache } = scenario(limited(100, { evictionPolicy: 'fifo' }));
    for (let at = 0; at < 20_000; at++) {
      await cache.wrap(`often:${at % 10}`, () => at);
      if (at % 5 === 0) await cache.wrap(`once:${at}`, () => at);
    }
    const { lever, misses, accesses, curve } = adviceOf(cache);
    expect(misses.evicted / accesses).toBeGreaterThan(0.01);
    expect(curve[1]!.hitRate).toBe(curve[4]!.hitRate);
    expect(lever).toBe('none');
  });

  it('is a larger limit where values are too large for it', async () => {
    const { cache } = scenario(limited(Infinity, { maxBytesPerCategory: '64kb' }));
    const value = 'x'.repeat(100_000);
    for (let at = 0; at < 3000; at++) await cache.wrap(`key:${at % 2}`, () => value);
    const { text, lever, curve } = adviceOf(cache);
    expect(lever).toBe('largerLimit');
    expect(text).toBe(
      '100 % of misses were evictions: four times the limit (262,144 bytes) would add about 100 points to the hit ratio.',
    );
    expect(curve.map(({ hitRate }) => Math.round(hitRate * 100))).toEqual([0, 0, 0, 0, 100]);
  });

  it('is of no limit under which nothing could be', async () => {
    const { cache } = scenario(limited(Infinity, { maxBytesPerCategory: 1 }));
    await loop(cache, 3000, 2);
    const { lever, curve } = adviceOf(cache);
    expect(lever).toBe('none');
    expect(curve.map(({ bytes }) => bytes)).toEqual([1, 2, 4]);
  });

  it('is to change nothing where nothing would help', async () => {
    const { cache } = scenario(limited(1000));
    await loop(cache, 90_000, 900);
    expect(adviceOf(cache)).toMatchObject({
      lever: 'none',
      text: expect.stringMatching(/^Nothing/),
    });
  });

  it('says which misses nothing helps against', async () => {
    const { cache } = scenario(limited(Infinity));
    await loop(cache, 2000, 2000);
    expect(adviceOf(cache)).toMatchObject({
      lever: 'none',
      text: 'Nothing to change: 100 % of misses were of keys not seen before, which neither a larger limit nor a longer TTL would help.',
      curve: [],
    });
  });

  it('says why a smaller limit would do where hardly anything is hit', async () => {
    const { cache } = scenario(limited(100));
    for (let at = 0; at < 2000; at++) await cache.get(`key:${at}`);
    expect(adviceOf(cache)).toMatchObject({
      lever: 'smallerLimit',
      text: 'Nothing is lost with half the limit (50 entries): 100 % of misses were of keys not seen before, which no limit would help.',
    });
  });

  it('speaks of the hits where there are hardly any misses', async () => {
    const { cache } = scenario(limited(10));
    await loop(cache, 5000, 10);
    expect(adviceOf(cache)).toMatchObject({
      lever: 'none',
      text: 'Nothing to change: 100 % of accesses are hits, and neither a larger limit nor a longer TTL would add 1 point.',
    });
  });

  it('does not call all well where no limit within sight would keep what comes again', async () => {
    const { cache } = scenario(limited(10));
    await loop(cache, 5000, 100);
    const { lever, text } = adviceOf(cache);
    expect(lever).toBe('none');
    expect(text).toMatch(
      /^\d\d % of misses were evictions, but four times the limit \(40 entries\) would not add 1 point to the hit ratio of 0 %\.$/,
    );
  });

  it('begins anew with a cleared category', async () => {
    const { cache } = scenario(limited(100));
    await loop(cache, 1000, 50);
    await cache.clear();
    await loop(cache, 50, 50);
    const { misses, accesses } = adviceOf(cache);
    expect(accesses).toBe(1050);
    expect(misses.neverSeen).toBe(100);
  });
});
