import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { CacheResult } from '../../lib/core/model/cache-result.js';
import type { ManualClock } from '../../lib/testing.js';
import { settle, until } from '../support/turns.js';
import { LOADERS_WITH_CONTEXT, notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';
import { Source, TIERS, tieredCaches } from './support/tiered-cache.js';

const FORCED = { forceRefresh: true };
const CALLERS = 100;

describe.each(TIERS)('forceRefresh, on %s', (_tier, tiers) => {
  const open = tieredCaches(tiers);

  describe.each(LOADERS_WITH_CONTEXT)('by $name', ({ load }) => {
    it.each(['cold', 'fresh'])('calls made in one go on a %s key share one run', async (state) => {
      const { cache } = open();
      if (state === 'fresh') await cache.set('key', 'old');
      let runs = 0;
      const factory = async (): Promise<number> => ++runs;
      const calls = Array.from({ length: CALLERS }, () => load(cache, 'key', factory, FORCED));
      expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
      expect(runs).toBe(1);
      expect(cache.getStats().loads).toMatchObject({ count: 1, coalesced: CALLERS - 1 });
      expect(await load(cache, 'key', notCalled)).toBe(1);
    });

    it('all of them get the error of the one run', async () => {
      const { cache } = open();
      const error = new Error('the source is down');
      let runs = 0;
      const factory = async (): Promise<never> => {
        runs++;
        throw error;
      };
      const calls = Array.from({ length: CALLERS }, () => load(cache, 'key', factory, FORCED));
      const answers = await Promise.allSettled(calls);
      expect(answers.every((answer) => 'reason' in answer && answer.reason === error)).toBe(true);
      expect(runs).toBe(1);
    });

    it('a caller does not join a run that began before it asked; a load without it does', async () => {
      const { cache } = open();
      const source = new Source();
      const first = load(cache, 'key', source.factory, FORCED);
      await until(() => source.runs === 1);
      const later = [1, 2, 3].map(() => load(cache, 'key', source.factory, FORCED));
      const plain = load(cache, 'key', notCalled);
      await until(() => source.runs === 2);
      await settle();
      expect(source.runs).toBe(2);
      source.asked[0]!.resolve('older');
      source.answer('newer');
      expect(await first).toBe('older');
      expect(await Promise.all([...later, plain])).toEqual(['newer', 'newer', 'newer', 'newer']);
      expect(await load(cache, 'key', notCalled)).toBe('newer');
    });

    it('a caller does not join a plain load, which may find what is kept', async () => {
      const { cache } = open();
      const plain = load(cache, 'key', async () => 'plain');
      const forced = load(cache, 'key', async () => 'forced', FORCED);
      expect(await forced).toBe('forced');
      await plain;
      expect(await load(cache, 'key', notCalled)).toBe('forced');
    });

    it('a caller does not join across a removal', async () => {
      const { cache } = open();
      let runs = 0;
      const factory = async (): Promise<string> => `run ${++runs}`;
      const before = load(cache, 'key', factory, FORCED);
      const deleted = cache.delete('key');
      const after = load(cache, 'key', factory, FORCED);
      await deleted;
      expect(new Set([await before, await after])).toEqual(new Set(['run 1', 'run 2']));
    });
  });
});

describe.each(TIERS)('A load beside one that is forced, on %s', (_tier, tiers) => {
  const open = tieredCaches(tiers);
  const STALE = { ttl: 10, staleIfError: '1h', softTimeout: '1s' } as const;

  async function beside(): Promise<{
    cache: CacheService;
    clock: ManualClock;
    plain: Source;
    forced: Source;
    answer: Promise<CacheResult<unknown>>;
    forcing: Promise<unknown>;
  }> {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', STALE);
    clock.advance('11s');
    const [plain, forced] = [new Source(), new Source()];
    const answer = cache.getOrSet('key', plain.factory, STALE);
    await until(() => plain.runs === 1);
    const forcing = cache.wrap('key', forced.factory, { ...STALE, ...FORCED });
    await until(() => forced.runs === 1);
    return { cache, clock, plain, forced, answer, forcing };
  }

  it('serves its stale value after the softTimeout', async () => {
    const { clock, answer, forced, forcing } = await beside();
    clock.advance('1s');
    expect(await answer).toMatchObject({ success: true, value: 'old', stale: true });
    forced.answer('new');
    await forcing;
  });

  it('serves its stale value when its factory fails', async () => {
    const { plain, answer, forced, forcing } = await beside();
    plain.fail(new Error('down'));
    expect(await answer).toMatchObject({ success: true, value: 'old', stale: true });
    forced.answer('new');
    expect(await forcing).toBe('new');
  });

  it('serves what the forced one has loaded when its factory fails after that', async () => {
    const { cache, plain, answer, forced, forcing } = await beside();
    forced.answer('new');
    await forcing;
    await until(async () => (await cache.get('key')).value === 'new');
    plain.fail(new Error('down'));
    expect(await answer).toMatchObject({ success: true, value: 'new', stale: false });
  });

  it.each(['fails', 'takes longer than its softTimeout'])(
    'serves who began it by cached() what the forced one has loaded when it %s',
    async (how) => {
      const { cache, clock } = open();
      await cache.wrap('key', () => 'old', STALE);
      clock.advance('11s');
      const source = new Source();
      const cached = cache.cached(async () => source.factory(), { ...STALE, key: () => 'key' });
      const answer = cached();
      await until(() => source.runs === 1);
      expect(await cache.wrap('key', () => 'new', { ...STALE, ...FORCED })).toBe('new');
      await until(async () => (await cache.get('key')).value === 'new');
      if (how === 'fails') source.fail(new Error('down'));
      else clock.advance('1s');
      expect(await answer).toBe('new');
    },
  );

  it('serves nothing stale that was removed', async () => {
    const { cache, plain, answer, forced, forcing } = await beside();
    await cache.delete('key');
    plain.fail(new Error('down'));
    expect(await answer).toMatchObject({ success: false, error: new Error('down') });
    forced.answer('new');
    await forcing;
  });
});

it('a caller that joined after a tag of the value was invalidated loads again, and takes nothing kept', async () => {
  const { cache } = scenario();
  await cache.set('key', 'kept');
  let runs = 0;
  const load = (): Promise<string> =>
    cache.wrap('key', async () => `run ${++runs}`, { ...FORCED, tags: () => ['tag'] });
  const before = load();
  const invalidated = cache.invalidateTags(['tag']);
  const after = load();
  expect(await Promise.all([before, after, invalidated])).toEqual(['run 1', 'run 2', undefined]);
});

it('an async cached function with forceRefresh runs once for calls made in one go', async () => {
  const { cache } = scenario();
  let runs = 0;
  const renew = cache.cached(async () => ++runs, { name: 'renew', forceRefresh: true });
  const calls = Array.from({ length: CALLERS }, () => renew());
  expect(new Set(await Promise.all(calls))).toEqual(new Set([1]));
  expect(await renew()).toBe(2);
});
