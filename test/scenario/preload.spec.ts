import { describe, expect, it, jest } from '@jest/globals';
import { CacheOptionsError } from '../../lib/core/primitives/errors.js';
import type { PreloadEntry } from '../../lib/core/model/preload.js';
import { deferred, type Deferred } from '../support/deferred.js';
import { settle, until } from '../support/turns.js';
import { FakeTier } from './support/fake-tier.js';
import { notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';
import { Source, TIERS, tieredCaches } from './support/tiered-cache.js';

const KEYS = ['AAPL', 'MSFT', 'GOOG', 'AMZN', 'TSLA'];

/** Sources that answer when the test says so, and the loads that have asked them. */
function sources(keys: readonly string[] = KEYS) {
  const asked = new Map<string, Deferred<unknown>>();
  const signals: AbortSignal[] = [];
  const entries: PreloadEntry[] = keys.map((key) => ({
    key,
    factory: ({ signal }) => {
      signals.push(signal);
      const answer = deferred();
      asked.set(key, answer);
      return answer.promise;
    },
  }));
  return { asked, entries, signals };
}

describe.each(TIERS)('preload, tiers: %s', (_name, tiers) => {
  const open = tieredCaches(tiers);

  it('fills the cache; a failure does not keep the others out', async () => {
    const { cache } = open();
    const error = new Error('delisted');
    const report = await cache.preload(
      KEYS.map((key) => ({
        key,
        factory: () => (key === 'GOOG' ? Promise.reject(error) : `price of ${key}`),
      })),
    );
    expect(report).toEqual({
      loaded: 4,
      fresh: 0,
      failed: [{ key: 'GOOG', category: 'default', error }],
      skipped: 0,
      durationMs: expect.any(Number),
    });
    await expect(cache.wrap('AMZN', notCalled)).resolves.toBe('price of AMZN');
    await expect(cache.has('GOOG')).resolves.toBe(false);
    await cache.close();
  });

  it('has one listener for its end however many loads run, of more than ten Node would warn', async () => {
    const { cache } = open();
    const adding = jest.spyOn(EventTarget.prototype, 'addEventListener');
    const entries = Array.from({ length: 30 }, (_, at) => ({ key: `${at}`, factory: settle }));
    const report = await cache.preload(entries, { concurrency: 30 });
    const listenedTo = adding.mock.contexts;
    adding.mockRestore();
    expect(report.loaded).toBe(30);
    expect(listenedTo).toHaveLength(1);
  });

  it('listens to no signal any more when it has ended, and makes none of its own from them', async () => {
    const { cache } = open();
    const joining = jest.spyOn(AbortSignal, 'any');
    const adding = jest.spyOn(EventTarget.prototype, 'addEventListener');
    const removing = jest.spyOn(EventTarget.prototype, 'removeEventListener');
    const own = new AbortController().signal;
    const entry = { key: 'AAPL', factory: settle, signal: own };
    await cache.preload([entry], { signal: new AbortController().signal });
    const [added, removed] = [adding, removing].map(({ mock }) => mock.contexts.length);
    const joined = joining.mock.calls.length;
    for (const spy of [joining, adding, removing]) spy.mockRestore();
    expect(added).toBeGreaterThan(2);
    expect([removed, joined]).toEqual([added, 0]);
  });

  it('does not load what is fresh, unless told to', async () => {
    const { cache } = open();
    await cache.set('AAPL', 1);
    const factory = (): number => 2;
    await expect(cache.preload([{ key: 'AAPL', factory: notCalled }])).resolves.toMatchObject({
      loaded: 0,
      fresh: 1,
      failed: [],
    });
    const report = await cache.preload([{ key: 'AAPL', factory, forceRefresh: true }]);
    expect(report).toMatchObject({ loaded: 1, fresh: 0 });
    await expect(cache.wrap('AAPL', notCalled)).resolves.toBe(2);
    await cache.close();
  });

  it('waits for new values where others would be served stale, and keeps them as long', async () => {
    const { cache, clock } = open();
    const options = { ttl: 10, staleWhileRevalidate: 20 };
    await cache.wrap('AAPL', () => 'old', options);
    clock.advance('15s');
    const report = await cache.preload([{ key: 'AAPL', factory: () => 'new', ...options }]);
    expect(report).toMatchObject({ loaded: 1, fresh: 0 });
    clock.advance('15s');
    const source = new Source();
    await expect(cache.getOrSet('AAPL', source.factory, options)).resolves.toMatchObject({
      value: 'new',
      stale: true,
    });
    await until(() => source.runs === 1);
    source.answer('newer');
    await cache.close();
  });

  it('tells of a failure where a stale value could hide it', async () => {
    const { cache, clock } = open();
    const options = { ttl: 10, staleIfError: '1h' } as const;
    await cache.wrap('AAPL', () => 'old', options);
    clock.advance('15s');
    const error = new Error('down');
    const factory = (): Promise<never> => Promise.reject(error);
    await expect(cache.preload([{ key: 'AAPL', factory, ...options }])).resolves.toMatchObject({
      failed: [{ key: 'AAPL', error }],
    });
    // Now the source is left alone for a while.
    await cache.wrap('AAPL', factory, options);
    const report = await cache.preload([{ key: 'AAPL', factory: notCalled, ...options }]);
    expect(report.failed.map(({ error: { message } }) => message)).toEqual([
      expect.stringContaining('has just failed'),
    ]);
    await cache.close();
  });
});

describe('preload', () => {
  it('runs four loads at a time, or as many as it is told', async () => {
    for (const [concurrency, most] of [
      [undefined, 4],
      [2, 2],
      [Infinity, 5],
    ] as const) {
      const { cache } = scenario();
      const { asked, entries } = sources();
      const report = cache.preload(entries, concurrency === undefined ? {} : { concurrency });
      await settle();
      expect([...asked.keys()]).toEqual(KEYS.slice(0, most));
      asked.get('MSFT')!.resolve(1);
      await settle();
      expect(asked.size).toBe(Math.min(5, most + 1));
      while (asked.size > 0) {
        for (const [key, answer] of asked) {
          answer.resolve(key);
          asked.delete(key);
        }
        await settle();
      }
      await expect(report).resolves.toMatchObject({ loaded: 5 });
    }
  });

  it('shares a load that is under way', async () => {
    const { cache } = scenario();
    const source = new Source();
    const first = cache.wrap('AAPL', source.factory);
    const report = cache.preload([{ key: 'AAPL', factory: notCalled }]);
    await settle();
    source.answer(187);
    await expect(first).resolves.toBe(187);
    await expect(report).resolves.toMatchObject({ loaded: 1, failed: [] });
  });

  it.each(['signal', 'close'] as const)('ends early: %s', async (how) => {
    const { cache } = scenario();
    const { asked, entries, signals } = sources();
    const controller = new AbortController();
    const report = cache.preload(entries, { concurrency: 2, signal: controller.signal });
    await settle();
    asked.get('AAPL')!.resolve(1);
    await settle();
    if (how === 'signal') controller.abort(new Error('enough'));
    else await cache.close();
    await expect(report).resolves.toMatchObject({ loaded: 1, failed: [], skipped: 4 });
    expect(asked.size).toBe(3);
    expect(signals.slice(1).map(({ aborted }) => aborted)).toEqual([true, true]);
  });

  it('leaves a load to others who wait for it when it gives up', async () => {
    const { cache } = scenario();
    const { asked, entries } = sources(['AAPL']);
    const controller = new AbortController();
    const report = cache.preload(entries, { signal: controller.signal });
    await settle();
    const other = cache.wrap('AAPL', notCalled);
    await settle();
    controller.abort();
    await expect(report).resolves.toMatchObject({ skipped: 1 });
    asked.get('AAPL')!.resolve(187);
    await expect(other).resolves.toBe(187);
  });

  it("goes by an entry's own signal for that entry", async () => {
    const { cache } = scenario();
    const report = await cache.preload([
      { key: 'AAPL', factory: notCalled, signal: AbortSignal.abort() },
      { key: 'MSFT', factory: () => 1 },
    ]);
    expect(report).toMatchObject({ loaded: 1, skipped: 1, failed: [] });
  });

  it('skips all where nothing is kept', async () => {
    const { cache } = scenario({ enabled: false });
    const entries = [{ key: 'AAPL', factory: notCalled }];
    await expect(cache.preload(entries)).resolves.toMatchObject({ skipped: 1 });
    const closed = scenario().cache;
    await closed.close();
    await expect(closed.preload(entries)).resolves.toMatchObject({ skipped: 1 });
  });

  it('is not a read: what is fresh is neither counted nor used', async () => {
    const { cache } = scenario({ maxEntriesPerCategory: 2 });
    await cache.set('AAPL', 1);
    await cache.set('MSFT', 2);
    await cache.preload([{ key: 'AAPL', factory: notCalled }]);
    expect(cache.getStats().memoryCache.hits).toBe(0);
    await cache.set('GOOG', 3);
    expect(cache.memory.has('AAPL')).toBe(false);
  });

  it('loads what memory has not, from the tier below without its source', async () => {
    const tier = new FakeTier();
    const { cache } = scenario({ categories: { default: { tiers: ['memory', 'file'] } } }, [tier]);
    tier.put('AAPL', { value: 187 });
    const report = await cache.preload([{ key: 'AAPL', factory: notCalled }]);
    expect(report).toMatchObject({ fresh: 1, failed: [] });
    expect(cache.memory.get('AAPL').value).toBe(187);
  });

  it.each([
    ['concurrency', 0],
    ['concurrency', 2.5],
    ['concurrency', '4'],
    ['concurrency', Number.NaN],
    ['signal', 'stop'],
  ])('refuses %s: %p', async (option, value) => {
    const { cache } = scenario();
    const refused = cache.preload([{ key: 'AAPL', factory: notCalled }], { [option]: value });
    await expect(refused).rejects.toMatchObject({ option, value });
    await expect(refused).rejects.toBeInstanceOf(CacheOptionsError);
  });

  it.each([
    ['options', [], null],
    ['concurency', [], { concurency: 2 }],
    ['entries', 7, {}],
    ['entries', null, {}],
    ['entries[0]', [null], {}],
  ])('names %s where it is of another kind', async (option, entries, options) => {
    const { cache } = scenario();
    const refused = cache.preload(entries as never, options as never);
    await expect(refused).rejects.toBeInstanceOf(CacheOptionsError);
    await expect(refused).rejects.toMatchObject({ option });
  });

  it.each(['forceRefresh', 'useFileCache'])(
    'refuses an entry whose %s is no boolean',
    async (option) => {
      const { cache } = scenario();
      const refused = cache.preload([{ key: 'AAPL', factory: notCalled, [option]: 'yes' }]);
      await expect(refused).rejects.toMatchObject({
        name: 'CacheOptionsError',
        option: `entries[0].${option}`,
      });
    },
  );

  it('refuses a bad entry before it loads any, and says which', async () => {
    const { cache } = scenario();
    const good = { key: 'AAPL', factory: notCalled };
    for (const [option, bad] of [
      ['entries[1].ttl', { ttl: -1 }],
      ['entries[1].key', { key: 7 }],
      ['entries[1].factory', { factory: 'none' }],
      ['entries[1].category', { category: 5 }],
      ['entries[1].tll', { tll: 5 }],
    ] as const) {
      const entries = [good, { ...good, ...bad } as never];
      const refused = cache.preload(entries);
      await expect(refused).rejects.toMatchObject({ name: 'CacheOptionsError', option });
      await expect(refused).rejects.toThrow(`${option}: got `);
    }
  });
});
