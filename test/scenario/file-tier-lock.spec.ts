import { describe, expect, it, jest } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { CacheOptions, TierName } from '../../lib/core/model/options.js';
import { CacheTimeoutError } from '../../lib/core/primitives/errors.js';
import { ManualClock } from '../../lib/testing.js';
import { BOTH, cacheFolders } from './support/cache-folder.js';
import { begunLoad, notCalled } from './support/loaders.js';
import { until } from '../support/turns.js';

const newFolder = cacheFolders();
const LOCKED: CacheOptions = { categories: { default: { tiers: BOTH, lock: 'machine' } } };

/** It has looked for the value, and for the lease, and found neither. */
async function waitsForTurn(cache: CacheService): Promise<void> {
  const { misses } = cache.getStats().fileCache;
  await until(() => cache.getStats().fileCache.misses > misses);
  await asksForTurn(cache);
}

/** Through the tier once more, for the attempt at the lease. */
async function asksForTurn(cache: CacheService): Promise<void> {
  for (let at = 0; at < 5; at++) await cache.file.has(`other ${at}`);
}

describe("A load with lock: 'machine'", () => {
  it('waits for the load of another cache on the folder, and takes its value', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(LOCKED), folder.open(LOCKED)];
    const { loading, answer } = await begunLoad(one);
    const waiting = [two.getOrSet('key', notCalled), two.wrap('key', notCalled)];
    await waitsForTurn(two);
    answer('value');
    expect(await loading).toBe('value');
    expect(await waiting[0]).toMatchObject({ success: true, value: 'value', source: 'file' });
    expect(await waiting[1]).toBe('value');
    expect(two.memory.get('key').value).toBe('value');
    expect(two.getStats().loads).toMatchObject({ count: 0, coalesced: 1 });
  });

  it('does not hold up other keys, nor loads without the lock', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(LOCKED), folder.open(LOCKED)];
    const { loading, answer } = await begunLoad(one);
    expect(await two.wrap('other', () => 1)).toBe(1);
    expect(await two.wrap('key', () => 'own', { lock: 'process' })).toBe('own');
    answer('value');
    await loading;
  });

  it('that stands in the category falls back where the tiers of a call cannot do it', async () => {
    const cache = newFolder().open(LOCKED);
    const tiers: TierName[] = ['memory'];
    const refused = `lock: got "machine", must be 'process' where 'file' is not among the tiers`;
    expect(await cache.wrap('key', () => 1, { tiers })).toBe(1);
    expect(cache.cached((n: number) => n, { tiers, name: 'f' })(2)).toBe(2);
    await expect(cache.wrap('own', () => 1, { tiers, lock: 'machine' })).rejects.toThrow(refused);
  });

  it('takes the turn of one that has failed', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(LOCKED), folder.open(LOCKED)];
    const { loading, fail } = await begunLoad(one);
    const waiting = two.wrap('key', () => 'own');
    await waitsForTurn(two);
    fail();
    await expect(loading).rejects.toThrow('down');
    expect(await waiting).toBe('own');
  });

  it('takes the turn of one whose cache is closed, though its factory never ends', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(LOCKED), folder.open(LOCKED)];
    const { loading, answer } = await begunLoad(one);
    const waiting = two.wrap('key', () => 'own');
    await waitsForTurn(two);
    await one.close();
    expect(await waiting).toBe('own');
    answer('late');
    expect(await loading).toBe('late');
    expect((await two.file.get('key')).value).toBe('own');
  });

  it('does not wait any more when its own cache is closed: its callers are answered', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(LOCKED), folder.open(LOCKED)];
    const { loading, answer } = await begunLoad(one);
    const waiting = two.wrap('key', () => 'own');
    await waitsForTurn(two);
    await two.close();
    expect(await waiting).toBe('own');
    answer('value');
    expect(await loading).toBe('value');
    // Its load began later: it is the newer one.
    expect((await one.file.get('key')).value).toBe('own');
  });

  it.each<[string, (cache: CacheService) => unknown]>([
    ['delete', (cache) => cache.delete('key')],
    ['clear', (cache) => cache.clear()],
    ['invalidateTags', (cache) => cache.invalidateTags(['tag'])],
  ])('that waits while %s happens loads anew, and keeps what it loads', async (_, remove) => {
    const folder = newFolder();
    const [one, two] = [folder.open(LOCKED), folder.open(LOCKED)];
    const { loading, answer } = await begunLoad(one);
    const options = { tags: ['tag'] };
    let runs = 0;
    const load = (): string => `new ${++runs}`;
    const before = two.wrap('key', load, options);
    await waitsForTurn(two);
    await remove(two);
    const after = two.wrap('key', load, options);
    answer('old');
    expect(await loading).toBe('old');
    // Whoever had the turn first has loaded, and the other has found it.
    expect([await before, await after]).toEqual(['new 1', 'new 1']);
    expect(two.memory.get('key').value).toBe('new 1');
    const again = await folder.restart(two, LOCKED);
    expect((await again.file.get('key')).value).toBe('new 1');
  });

  it('is kept in no lease when it is over', async () => {
    const folder = newFolder();
    const cache = folder.open(LOCKED);
    for (const key of ['a', 'b']) await cache.wrap(key, () => key);
    await expect(cache.wrap('c', () => Promise.reject(new Error('down')))).rejects.toThrow('down');
    await cache.wrap('d', (context) => context.skip());
    const other = folder.open(LOCKED);
    for (const key of ['c', 'd']) expect(await other.wrap(key, () => 'free')).toBe('free');
  });

  it('with forceRefresh waits for its turn, not for the value', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(LOCKED), folder.open(LOCKED)];
    const { loading, answer } = await begunLoad(one);
    let answered = false;
    const forced = two.wrap('key', () => (answered ? 'after it' : 'beside it'), {
      forceRefresh: true,
    });
    for (let at = 0; at < 5; at++) await two.file.has(`other ${at}`);
    answered = true;
    answer('value');
    expect(await loading).toBe('value');
    expect(await forced).toBe('after it');
    expect((await two.file.get('key')).value).toBe('after it');
  });

  describe('that renews what is late in its life', () => {
    const late = { ttl: 60, refreshAhead: 0.5 };

    /** Two caches that have the value in memory; the first is renewing it, the second waits for its turn. */
    async function renewing(): Promise<{
      two: CacheService;
      answer: (value: unknown) => void;
      fail: () => void;
      renew: jest.Mock<() => string>;
    }> {
      const folder = newFolder();
      const [one, two] = [folder.open(LOCKED), folder.open(LOCKED)];
      await one.wrap('key', () => 'old', late);
      await until(() => folder.has('key'));
      expect(await two.wrap('key', notCalled, late)).toBe('old');
      folder.clock.advance('40s');
      const { loading, answer, fail } = await begunLoad(one, late);
      expect(await loading).toBe('old');
      const renew = jest.fn(() => 'own');
      expect(await two.wrap('key', renew, late)).toBe('old');
      await until(async () => (await two.explain('key')).load.state === 'renewing');
      return { two, answer, fail, renew };
    }

    it('takes what another cache on the folder has renewed', async () => {
      const { two, answer, renew } = await renewing();
      answer('new');
      await until(() => two.memory.get('key').value === 'new');
      expect(renew).not.toHaveBeenCalled();
      expect(two.getStats().loads.count).toBe(0);
    });

    it('takes the turn of one that has failed', async () => {
      const { two, fail, renew } = await renewing();
      fail();
      await until(() => two.memory.get('key').value === 'own');
      expect(renew).toHaveBeenCalledTimes(1);
    });

    it('is not joined with forceRefresh: what it takes may be older', async () => {
      const { two, answer } = await renewing();
      const forced = two.wrap('key', () => 'forced', { ...late, forceRefresh: true });
      answer('new');
      expect(await forced).toBe('forced');
      await until(async () => (await two.file.get('key')).value === 'forced');
    });
  });

  it('waits for another no longer than its hardTimeout, and not for nobody', async () => {
    const folder = newFolder();
    const clock = new ManualClock();
    const [one, two] = [folder.open(LOCKED), folder.open({ ...LOCKED, clock })];
    const { loading, answer } = await begunLoad(one);
    const hasty = two.getOrSet('key', notCalled, { hardTimeout: '5s' });
    await waitsForTurn(two);
    clock.advance(5000);
    expect((await hasty).error).toBeInstanceOf(CacheTimeoutError);
    const controller = new AbortController();
    const left = two.getOrSet('key', notCalled, { signal: controller.signal });
    await waitsForTurn(two);
    controller.abort();
    expect((await left).success).toBe(false);
    await until(async () => String(await two.explain('key')).includes('none under way'));
    answer('value');
    expect(await loading).toBe('value');
    expect(await two.wrap('key', notCalled)).toBe('value');
  });

  it('is not told after its turn of what was removed while it waited for it', async () => {
    const clock = new ManualClock();
    const folder = newFolder();
    const [one, two] = [folder.open({ ...LOCKED, clock }), folder.open({ ...LOCKED, clock })];
    const options = { ttl: 10, staleIfError: '1h' };
    await two.wrap('key', () => 'old', options);
    clock.advance('11s');
    const { loading, fail } = await begunLoad(one);
    let told: unknown = 'nothing';
    const waiting = two.wrap('key', (context) => (told = context.stale), options);
    await asksForTurn(two);
    await two.delete('key');
    fail();
    await expect(loading).rejects.toThrow('down');
    await waiting;
    expect(told).toBeUndefined();
  });
});
