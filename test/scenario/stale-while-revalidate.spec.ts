import { AsyncLocalStorage } from 'node:async_hooks';
import { describe, expect, it } from '@jest/globals';
import { settle, until } from '../support/turns.js';
import { notCalled } from './support/loaders.js';
import { REMOVALS } from './support/writes.js';
import { scenario } from './support/scenario-cache.js';
import { Source, TIERS, tieredCaches } from './support/tiered-cache.js';

const OPTIONS = { ttl: 10, staleWhileRevalidate: 60 };

describe.each(TIERS)('staleWhileRevalidate on %s', (_name, tiers) => {
  const open = tieredCaches(tiers);

  it('serves the stale value at once while one load renews it', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    const source = new Source();
    const reads = [];
    for (let read = 0; read < 5; read++) {
      reads.push(await cache.getOrSet('key', source.factory, OPTIONS));
    }
    await until(() => source.runs === 1);
    expect(reads.map(({ value }) => value)).toEqual(['old', 'old', 'old', 'old', 'old']);
    expect(reads.every((read) => read.success && read.stale)).toBe(true);
    source.answer('new');
    await until(async () => (await cache.get('key')).value === 'new');
    const read = await cache.getOrSet('key', notCalled, OPTIONS);
    expect(read).toMatchObject({ value: 'new', stale: false, expiresAt: clock.now() + 10_000 });
    expect(source.runs).toBe(1);
  });

  it('asks what its factory gives once: a query that runs when it is awaited', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    let runs = 0;
    const query: PromiseLike<string> = {
      // oxlint-disable-next-line unicorn/no-thenable
      then: (onValue, onError) =>
        (++runs === 1
          ? Promise.resolve('new')
          : Promise.reject(new Error('the query has run already'))
        ).then(onValue, onError),
    };
    expect(await cache.wrap('key', () => query, OPTIONS)).toBe('old');
    await until(async () => (await cache.get('key')).value === 'new');
    expect(runs).toBe(1);
  });

  it('loads with waiting when the window is over', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('70s');
    const read = await cache.getOrSet('key', () => 'new', OPTIONS);
    expect(read).toMatchObject({ value: 'new', source: 'function', stale: false });
  });

  it('shows what is stale to no read that does not load', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    expect(await cache.get('key')).toMatchObject({ success: false, reason: 'expired' });
    expect(await cache.has('key')).toBe(false);
    expect((await cache.getMany(['key']))[0]).toMatchObject({ success: false });
    expect(cache.memory.get('key').success).toBe(false);
    expect(cache.memory.keys()).toEqual([]);
    expect((await cache.file.get('key')).success).toBe(false);
    expect(cache.file.getSync('key').success).toBe(false);
  });

  it('does not serve it to a load that does not allow it, which joins the renewal', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    const source = new Source();
    expect(await cache.wrap('key', source.factory, OPTIONS)).toBe('old');
    await until(() => source.runs === 1);
    const strict = cache.wrap('key', notCalled, { ttl: 10 });
    await settle();
    source.answer('new');
    expect(await strict).toBe('new');
  });

  it('keeps the stale value when the renewal fails, and leaves the source alone for a second', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    const source = new Source();
    source.failure = new Error('down');
    expect(await cache.wrap('key', source.factory, OPTIONS)).toBe('old');
    await until(() => cache.getStats().loads.failures === 1);
    expect(await cache.wrap('key', source.factory, OPTIONS)).toBe('old');
    await settle();
    expect(source.runs).toBe(1);
    clock.advance(1000);
    expect(await cache.wrap('key', source.factory, OPTIONS)).toBe('old');
    await until(() => source.runs === 2);
  });

  it('holds for what was set, where the category says so', async () => {
    const { folder } = open();
    const cache = folder.open({ categories: { default: { ...OPTIONS, tiers } } });
    await cache.set('key', 'set');
    folder.clock.advance('11s');
    expect(await cache.getOrSet('key', () => 'new')).toMatchObject({ value: 'set', stale: true });
    await until(async () => (await cache.get('key')).value === 'new');
  });

  it.each(REMOVALS.filter(({ name }) => !name.startsWith('memory.')))(
    '$name ends the stale value, and what a renewal under way gives',
    async ({ run }) => {
      const { cache, clock } = open();
      const options = { ...OPTIONS, category: 'quotes', tags: ['tag'], tiers };
      await cache.wrap('key', () => 'old', options);
      clock.advance('11s');
      const source = new Source();
      expect(await cache.wrap('key', source.factory, options)).toBe('old');
      await until(() => source.runs === 1);
      await run(cache);
      const next = cache.getOrSet('key', () => 'newest', options);
      expect(await next).toMatchObject({ value: 'newest', stale: false });
      source.answer('overtaken');
      await settle();
      expect(await cache.wrap('key', notCalled, options)).toBe('newest');
    },
  );

  it('a set during the renewal wins', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    const source = new Source();
    await cache.wrap('key', source.factory, OPTIONS);
    await until(() => source.runs === 1);
    await cache.set('key', 'set');
    source.answer('overtaken');
    await settle();
    expect(await cache.wrap('key', notCalled, OPTIONS)).toBe('set');
  });
});

describe('staleWhileRevalidate', () => {
  const openBoth = tieredCaches(['memory', 'file']);

  it('survives a restart', async () => {
    const { cache, clock, folder } = openBoth();
    await cache.wrap('key', () => 'old', OPTIONS);
    const tiers = ['memory', 'file'] as const;
    const next = await folder.restart(cache, { categories: { default: { tiers } } });
    clock.advance('11s');
    const read = await next.getOrSet('key', () => 'new', OPTIONS);
    expect(read).toMatchObject({ value: 'old', stale: true, source: 'file' });
    await until(async () => (await next.get('key')).value === 'new');
  });

  it('takes the value that another has renewed below, without asking the source', async () => {
    const { cache, clock, folder } = openBoth();
    await cache.wrap('key', () => 'old', OPTIONS);
    await until(() => folder.has('key'));
    clock.advance('11s');
    const other = folder.open({ categories: { default: { tiers: ['file'] } } });
    await other.set('key', 'renewed');
    expect(await cache.wrap('key', notCalled, OPTIONS)).toBe('old');
    await until(() => cache.memory.get('key').value === 'renewed');
    expect(cache.getStats().loads.failures).toBe(0);
  });

  it('is removed by the cleanup when its window is over, and not before', async () => {
    const { cache, clock } = scenario();
    await cache.wrap('key', () => 'old', OPTIONS);
    await cache.wrap('plain', () => 'old', { ttl: 10 });
    clock.advance('30s');
    expect((await cache.cleanup()).tiers.memory).toMatchObject({ expired: 1 });
    expect(await cache.wrap('key', () => 'new', OPTIONS)).toBe('old');
    await settle();
    clock.advance('70s');
    expect((await cache.cleanup()).tiers.memory).toMatchObject({ expired: 1 });
    expect(cache.getStats().memoryCache.entries).toBe(0);
  });

  it('keeps a synchronous function synchronous, and renews behind the back of its caller', async () => {
    const { cache, clock } = scenario();
    let runs = 0;
    const count = cache.cached(() => ++runs, { ...OPTIONS, name: 'count' });
    expect([count(), count()]).toEqual([1, 1]);
    clock.advance('11s');
    expect([count(), runs]).toEqual([1, 1]);
    await settle();
    expect([count(), runs]).toEqual([2, 2]);
  });

  it('runs sixteen renewals at a time; the others wait for their turn', async () => {
    const { cache, clock } = scenario();
    const keys = Array.from({ length: 40 }, (_, at) => `key ${at}`);
    for (const key of keys) await cache.wrap(key, () => 'old', OPTIONS);
    clock.advance('11s');
    const source = new Source();
    for (const key of keys) expect(await cache.wrap(key, source.factory, OPTIONS)).toBe('old');
    expect(source.runs).toBe(16);
    while (source.runs < 40) {
      for (const asked of source.asked) asked.resolve('new');
      await settle();
    }
    for (const asked of source.asked) asked.resolve('new');
    await settle();
    for (const key of keys) expect(await cache.wrap(key, notCalled, OPTIONS)).toBe('new');
  });

  it.each([
    ['their own category for half a minute', 'default', '30s'],
    ['no other category', 'quotes', 0],
  ] as const)('hanging renewals hold up those of %s', async (_held, category, held) => {
    const { cache, clock } = scenario();
    const options = { ...OPTIONS, staleWhileRevalidate: '1h' } as const;
    const hanging = new Source();
    const keys = Array.from({ length: 16 }, (_, at) => `key ${at}`);
    for (const key of keys) await cache.wrap(key, () => 'old', options);
    await cache.wrap('late', () => 'old', { ...options, category });
    clock.advance('11s');
    for (const key of keys) await cache.wrap(key, hanging.factory, options);
    const late = new Source();
    expect(await cache.wrap('late', late.factory, { ...options, category })).toBe('old');
    if (held !== 0) {
      clock.advance('29s');
      await settle();
      expect(late.runs).toBe(0);
      clock.advance('1s');
      await settle();
    }
    expect(late.runs).toBe(1);
    late.answer('new');
    await settle();
    expect(await cache.wrap('late', notCalled, { ...options, category })).toBe('new');
    // They go on, and are not asked twice.
    expect(await cache.wrap('key 0', hanging.factory, options)).toBe('old');
    expect(hanging.runs).toBe(16);
    hanging.asked[0]!.resolve('at last');
    await settle();
    expect(await cache.wrap('key 0', notCalled, options)).toBe('at last');
  });

  it.each([
    ['stale values', 11, OPTIONS],
    ['values late in their life', 9, { ttl: 10, refreshAhead: 0.5 }],
  ])(
    'renews %s in the asynchronous context of who asked, also when it has to wait',
    async (...row) => {
      const [, seconds, options] = row;
      const { cache, clock } = scenario();
      const user = new AsyncLocalStorage<string>();
      const answer = cache.cached(async () => (await settle(), user.getStore()), {
        ...options,
        key: () => String(user.getStore()),
      });
      const users = Array.from({ length: 40 }, (_, at) => `user ${at}`);
      const all = (): Promise<unknown[]> =>
        Promise.all(users.map((name) => user.run(name, () => answer())));
      expect(await all()).toEqual(users);
      clock.advance({ seconds });
      await all();
      await until(() => cache.getStats().loads.count === 80);
      expect(await all()).toEqual(users);
    },
  );

  it('drops the renewals that wait, and aborts those that run, when the cache is closed', async () => {
    const { cache, clock } = scenario();
    const keys = Array.from({ length: 20 }, (_, at) => `key ${at}`);
    for (const key of keys) await cache.wrap(key, () => 'old', OPTIONS);
    clock.advance('11s');
    const signals: AbortSignal[] = [];
    for (const key of keys) {
      await cache.wrap(
        key,
        ({ signal }) => {
          signals.push(signal);
          return new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error));
          });
        },
        OPTIONS,
      );
    }
    expect(signals).toHaveLength(16);
    await cache.close();
    expect(signals).toHaveLength(16);
    expect(signals.every(({ aborted }) => aborted)).toBe(true);
    expect(signals[0]!.reason).toMatchObject({ code: 'CACHE_CLOSED' });
  });
});
