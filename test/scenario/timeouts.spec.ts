import { describe, expect, it } from '@jest/globals';
import { CacheTimeoutError } from '../../lib/core.js';
import { deferred } from '../support/deferred.js';
import { settle, until } from '../support/turns.js';
import { notCalled } from './support/loaders.js';
import { scenario, type Scenario } from './support/scenario-cache.js';
import { Source, TIERS, tieredCaches } from './support/tiered-cache.js';

/** Where a call runs with no cache around it. */
const UNCACHED: [string, () => Scenario | Promise<Scenario>][] = [
  ['with `enabled: false`', () => scenario({ enabled: false })],
  [
    'after its close',
    async () => {
      const closed = scenario();
      await closed.cache.close();
      return closed;
    },
  ],
];

describe.each(UNCACHED)('A cache %s', (_when, open) => {
  it('fails a load that takes longer than its hardTimeout, and aborts the factory', async () => {
    const { cache, clock } = await open();
    let signal: AbortSignal | undefined;
    const hangs = (context: { signal: AbortSignal }): Promise<never> => {
      ({ signal } = context);
      return deferred<never>().promise;
    };
    const loading = cache.getOrSet('key', hangs, { hardTimeout: '5s' });
    await settle();
    clock.advance('5s');
    const { error } = await loading;
    expect(error).toBeInstanceOf(CacheTimeoutError);
    expect(signal!.reason).toBe(error);
  });

  it('lets a caller go that gives up', async () => {
    const { cache } = await open();
    const leaving = new AbortController();
    let signal: AbortSignal | undefined;
    const options = { signal: leaving.signal };
    const loading = cache.wrap(
      'key',
      (context) => {
        ({ signal } = context);
        return deferred<never>().promise;
      },
      options,
    );
    leaving.abort(new Error('gone'));
    await expect(loading).rejects.toThrow('gone');
    expect(signal!.reason).toBe(leaving.signal.reason);
    const late = await cache.getOrSet('key', notCalled, options);
    expect(late).toMatchObject({ source: 'none', error: leaving.signal.reason });
  });

  it('does both for a cached function', async () => {
    const { cache, clock } = await open();
    const hangs = async (): Promise<never> => deferred<never>().promise;
    const timed = cache.cached(hangs, { hardTimeout: '5s' })();
    clock.advance('5s');
    await expect(timed).rejects.toBeInstanceOf(CacheTimeoutError);
    const leaving = new AbortController();
    const left = cache.cached(hangs, { signal: leaving.signal })();
    leaving.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
  });
});

describe('A cached function whose arguments make no key', () => {
  it('fails at its hardTimeout all the same', async () => {
    const { cache, clock } = scenario();
    const hangs = async (_callback: () => void): Promise<never> => deferred<never>().promise;
    const call = cache.cached(hangs, { hardTimeout: '5s' })(() => {});
    clock.advance('5s');
    await expect(call).rejects.toBeInstanceOf(CacheTimeoutError);
  });
});

describe.each(TIERS)('Timeouts on %s', (_name, tiers) => {
  const open = tieredCaches(tiers);

  it('hardTimeout fails the load, aborts the factory and drops what it gives later', async () => {
    const { cache, clock } = open();
    const source = deferred<string>();
    let signal: AbortSignal | undefined;
    const options = { hardTimeout: '5s', ttl: 100 };
    const loading = cache.getOrSet(
      'key',
      (context) => {
        ({ signal } = context);
        return source.promise;
      },
      options,
    );
    await until(() => signal !== undefined);
    clock.advance(4999);
    await settle();
    expect(signal!.aborted).toBe(false);
    clock.advance(1);
    const read = await loading;
    expect(read.error).toBeInstanceOf(CacheTimeoutError);
    expect(read.error).toMatchObject({
      code: 'CACHE_TIMEOUT',
      category: 'default',
      timeoutMs: 5000,
    });
    expect(read.error!.message).toBe('default: a load took longer than its hardTimeout, 5000 ms');
    expect(signal!.reason).toBe(read.error);
    expect(cache.getStats().loads).toMatchObject({ count: 1, failures: 1 });
    source.resolve('late');
    await settle();
    expect(await cache.wrap('key', () => 'next', options)).toBe('next');
  });

  it('hardTimeout of a caller who joined a load without one ends his waiting alone', async () => {
    const { cache, clock } = open();
    const source = new Source();
    const patient = cache.wrap('key', source.factory);
    await until(() => source.runs === 1);
    const hasty = cache.getOrSet('key', notCalled, { hardTimeout: '5s' });
    const other = cache.getOrSet('key', notCalled, { hardTimeout: '9s' });
    await settle();
    clock.advance('5s');
    expect(await hasty).toMatchObject({
      success: false,
      error: { code: 'CACHE_TIMEOUT', timeoutMs: 5000 },
    });
    source.answer('value');
    expect(await Promise.all([patient, other])).toMatchObject(['value', { value: 'value' }]);
  });

  it('hardTimeout of a caller who joined a load gives him the stale value, if he takes that for a failure', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', { ttl: 10, staleIfError: '1h' });
    clock.advance('11s');
    const source = new Source();
    const patient = cache.wrap('key', source.factory, { staleIfError: '1h' });
    await until(() => source.runs === 1);
    const hasty = cache.getOrSet('key', notCalled, { hardTimeout: '5s', staleIfError: '1h' });
    await settle();
    clock.advance('5s');
    expect(await hasty).toMatchObject({ value: 'old', stale: true });
    // Nothing has failed for the others: who comes now waits as well.
    expect((await cache.explain('key')).load).toEqual({ state: 'running', pausedUntil: undefined });
    const late = cache.wrap('key', notCalled, { staleIfError: '1h' });
    await settle();
    source.answer('new');
    expect(await Promise.all([patient, late])).toEqual(['new', 'new']);
  });

  it('hardTimeout of the last who waits for a load fails it for the others too', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', { ttl: 10, staleIfError: '1h' });
    clock.advance('11s');
    const source = new Source();
    const leaving = new AbortController();
    const options = { staleIfError: '1h', signal: leaving.signal } as const;
    const first = cache.getOrSet('key', source.factory, options);
    await until(() => source.runs === 1);
    const hasty = cache.getOrSet('key', notCalled, { hardTimeout: '5s', staleIfError: '1h' });
    await settle();
    leaving.abort();
    expect((await first).success).toBe(false);
    clock.advance('5s');
    expect(await hasty).toMatchObject({ value: 'old', stale: true });
    expect((await cache.explain('key')).load.pausedUntil).toBe(clock.now() + 1000);
  });

  it('hardTimeout with staleIfError serves the stale value', async () => {
    const { cache, clock } = open();
    const options = { ttl: 10, hardTimeout: '5s', staleIfError: '1h' };
    await cache.wrap('key', () => 'old', options);
    clock.advance('11s');
    const source = new Source();
    const loading = cache.getOrSet('key', source.factory, options);
    await until(() => source.runs === 1);
    clock.advance('5s');
    expect(await loading).toMatchObject({ value: 'old', stale: true });
  });

  it('softTimeout serves the stale value to who has waited; the load goes on and is kept', async () => {
    const { cache, clock } = open();
    const options = { ttl: 10, softTimeout: '2s', staleIfError: '1h' };
    await cache.wrap('key', () => 'old', options);
    clock.advance('11s');
    const source = new Source();
    const loading = cache.getOrSet('key', source.factory, options);
    await until(() => source.runs === 1);
    clock.advance('2s');
    expect(await loading).toMatchObject({ value: 'old', stale: true });
    source.answer('new');
    await until(async () => (await cache.get('key')).value === 'new');
    expect(await cache.wrap('key', notCalled, options)).toBe('new');
  });

  it('softTimeout: Infinity is none, beside a hardTimeout too', async () => {
    const { cache, clock } = open();
    const options = { ttl: 10, softTimeout: Infinity, staleIfError: '1h' };
    await cache.wrap('key', () => 'old', options);
    clock.advance('11s');
    const source = new Source();
    const loading = cache.getOrSet('key', source.factory, { ...options, hardTimeout: '5s' });
    await until(() => source.runs === 1);
    clock.advance('4s');
    await settle();
    source.answer('new');
    expect(await loading).toMatchObject({ value: 'new' });
  });

  it('softTimeout waits on where there is nothing stale, or it was invalidated meanwhile', async () => {
    const { cache, clock } = open();
    const options = { ttl: 10, softTimeout: '2s', staleIfError: '1h' };
    const source = new Source();
    const cold = cache.wrap('cold', source.factory, options);
    await until(() => source.runs === 1);
    clock.advance('3s');
    await settle();
    source.answer('cold');
    expect(await cold).toBe('cold');
    await cache.wrap('key', () => 'old', options);
    clock.advance('11s');
    const loading = cache.wrap('key', source.factory, options);
    await until(() => source.runs === 2);
    await cache.delete('key');
    clock.advance('3s');
    await settle();
    source.answer('new');
    expect(await loading).toBe('new');
  });
});

describe('Timeouts', () => {
  it('of a category hold for its loads, of cached functions too', async () => {
    const { cache, clock } = scenario({ categories: { default: { hardTimeout: '5s' } } });
    const slow = cache.cached(async () => deferred().promise, { name: 'slow' });
    const failures = [slow(), cache.wrap('key', () => deferred().promise)].map((each) =>
      each.catch((error: unknown) => error),
    );
    await settle();
    clock.advance('5s');
    for (const error of await Promise.all(failures))
      expect(error).toBeInstanceOf(CacheTimeoutError);
  });

  it('go by the real time on the clock of the system, and those beyond 24.8 days do not fire at once', async () => {
    const { systemClock } = await import('../../lib/core/primitives/clock.js');
    const { cache } = scenario({ clock: systemClock });
    const short = cache.wrap('short', () => deferred().promise, { hardTimeout: 0.01 });
    await expect(short).rejects.toBeInstanceOf(CacheTimeoutError);
    const source = deferred<string>();
    const long = cache.wrap('long', () => source.promise, { hardTimeout: '60d' });
    await new Promise((resolve) => void setImmediate(resolve));
    source.resolve('value');
    expect(await long).toBe('value');
  });
});

it.each([0, 1, 2, 3, 4, 5, 6])(
  'A softTimeout that is over %i microtasks after a load gives nothing that was invalidated meanwhile',
  async (microtasks) => {
    const { cache, clock } = scenario();
    const options = { ttl: '1h', staleIfError: '1h', softTimeout: '2s' } as const;
    await cache.set('key', 'old', { ttl: '10s', tags: ['tag'] });
    const source = deferred<string>();
    // Its tags are not known yet, so that what comes after the invalidation joins it all the same.
    const refreshing = { ...options, forceRefresh: true, tags: () => ['tag'] };
    const refresh = cache.wrap('key', () => source.promise, refreshing);
    await settle();
    await cache.invalidateTags(['tag']);
    const joined = cache.wrap('key', async () => 'new', options);
    source.resolve('refreshed');
    for (let turn = 0; turn < microtasks; turn++) await undefined;
    clock.advance('3s');
    expect(await joined).not.toBe('old');
    await refresh;
  },
);
