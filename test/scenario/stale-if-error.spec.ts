import { describe, expect, it } from '@jest/globals';
import { notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';
import { Source, TIERS, tieredCaches } from './support/tiered-cache.js';
import { until } from '../support/turns.js';

const OPTIONS = { ttl: 10, staleIfError: 60 };
const DOWN = new TypeError('the source is down');

function failing(): never {
  throw DOWN;
}

describe.each(TIERS)('staleIfError on %s', (_name, tiers) => {
  const open = tieredCaches(tiers);

  it('serves the stale value instead of the failure, and counts the failure', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    const failures: Error[] = [];
    cache.events.on('loadFailed', ({ error }) => failures.push(error));
    const read = await cache.getOrSet('key', failing, OPTIONS);
    expect(read).toMatchObject({ success: true, value: 'old', stale: true });
    expect(read.error).toBeUndefined();
    expect(cache.getStats().loads).toMatchObject({ count: 2, failures: 1 });
    expect(failures).toEqual([DOWN]);
  });

  it('is one miss of each tier', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    const missed = (): number[] => {
      const { memoryCache, fileCache } = cache.getStats();
      return [memoryCache.misses, fileCache.misses];
    };
    const before = missed();
    expect(await cache.wrap('key', failing, OPTIONS)).toBe('old');
    const isAsked = [tiers.includes('memory'), tiers.includes('file')];
    expect(missed().map((count, at) => count - before[at]!)).toEqual(isAsked.map(Number));
  });

  it('asks the source first: the new value comes, where there is one', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    const read = await cache.getOrSet('key', () => 'new', OPTIONS);
    expect(read).toMatchObject({ value: 'new', stale: false });
  });

  it('leaves the source alone for a second, and then asks it again', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    expect(await cache.wrap('key', failing, OPTIONS)).toBe('old');
    clock.advance(999);
    expect(await cache.getOrSet('key', notCalled, OPTIONS)).toMatchObject({
      value: 'old',
      stale: true,
    });
    clock.advance(1);
    expect(await cache.wrap('key', () => 'new', OPTIONS)).toBe('new');
  });

  it('gives the own error of the factory when the window is over', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('70s');
    await expect(cache.wrap('key', failing, OPTIONS)).rejects.toBe(DOWN);
    expect(await cache.wrap('key', () => 'new', OPTIONS)).toBe('new');
  });

  it('gives the error to a load that does not allow it, though another does', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    const source = new Source();
    const lenient = cache.wrap('key', source.factory, OPTIONS);
    const strict = cache.wrap('key', source.factory, { ttl: 10 });
    await Promise.resolve();
    await until(() => source.runs === 1);
    source.fail(DOWN);
    expect(await lenient).toBe('old');
    await expect(strict).rejects.toBe(DOWN);
  });

  it.each<[string, (cache: ReturnType<typeof open>['cache']) => Promise<unknown>]>([
    ['delete', (cache) => cache.delete('key')],
    ['invalidateTags', (cache) => cache.invalidateTags(['tag'])],
    ['clear', (cache) => cache.clear()],
  ])('serves nothing after %s, not even when that comes during the load', async (_verb, remove) => {
    const { cache, clock } = open();
    const options = { ...OPTIONS, tags: ['tag'] };
    await cache.wrap('key', () => 'old', options);
    clock.advance('11s');
    const source = new Source();
    const loading = cache.wrap('key', source.factory, options);
    await until(() => source.runs === 1);
    await remove(cache);
    const later = cache.wrap('key', failing, options);
    source.fail(DOWN);
    await expect(loading).rejects.toBe(DOWN);
    await expect(later).rejects.toBe(DOWN);
  });

  it('goes with staleWhileRevalidate: first renewed behind, then only where the source fails', async () => {
    const { cache, clock } = open();
    const options = { ttl: 10, staleWhileRevalidate: 10, staleIfError: 60 };
    await cache.wrap('key', () => 'old', options);
    clock.advance('25s');
    expect(await cache.wrap('key', failing, options)).toBe('old');
    expect(cache.getStats().loads.failures).toBe(1);
  });
});

describe('staleIfError', () => {
  it('is no answer to a cold key', async () => {
    const { cache } = scenario();
    await expect(cache.wrap('key', failing, OPTIONS)).rejects.toBe(DOWN);
  });

  it('goes for a synchronous function too', () => {
    const { cache, clock } = scenario();
    let down = false;
    const price = cache.cached(() => (down ? failing() : 'old'), { ...OPTIONS, name: 'price' });
    expect(price()).toBe('old');
    clock.advance('11s');
    down = true;
    expect([price(), price()]).toEqual(['old', 'old']);
    expect(cache.getStats().loads).toMatchObject({ count: 2, failures: 1 });
    clock.advance('60s');
    expect(price).toThrow(DOWN);
  });

  it('answers for a load with forceRefresh, even with what is fresh; without it, the error comes', async () => {
    const { cache } = scenario();
    await cache.wrap('key', () => 'fresh', OPTIONS);
    const forced = { forceRefresh: true, ttl: 10 };
    const lenient = await cache.getOrSet('key', failing, { ...OPTIONS, ...forced });
    expect(lenient).toMatchObject({ value: 'fresh', stale: false });
    await expect(cache.wrap('key', failing, forced)).rejects.toBe(DOWN);
  });
});
