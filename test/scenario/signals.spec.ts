import { describe, expect, it } from '@jest/globals';
import { getEventListeners } from 'node:events';
import { deferred } from '../support/deferred.js';
import { settle, until } from '../support/turns.js';
import { LOADERS, notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';
import { Source, TIERS, tieredCaches } from './support/tiered-cache.js';
import { CATEGORY, REMOVALS } from './support/writes.js';

const GONE = new Error('the caller has gone');

describe.each(TIERS)('The signal of a caller, on %s', (_name, tiers) => {
  const open = tieredCaches(tiers);

  it('ends its own call at once, and not that of another', async () => {
    const { cache } = open();
    const source = new Source();
    const leaving = new AbortController();
    const first = cache.getOrSet('key', source.factory, { signal: leaving.signal });
    const second = cache.wrap('key', notCalled);
    await until(() => source.runs === 1);
    leaving.abort(GONE);
    expect(await first).toMatchObject({ success: false, error: GONE, source: 'function' });
    source.answer('value');
    expect(await second).toBe('value');
    expect(await cache.wrap('key', notCalled)).toBe('value');
  });

  it('aborts the load when the last of them has gone; nobody joins it any more', async () => {
    const { cache } = open();
    const controllers = [new AbortController(), new AbortController()];
    const source = new Source();
    let inner: AbortSignal | undefined;
    const calls = controllers.map(({ signal }) =>
      cache
        .wrap(
          'key',
          (context) => {
            inner = context.signal;
            return source.factory();
          },
          { signal },
        )
        .catch((error: unknown) => error),
    );
    await until(() => source.runs === 1);
    controllers[0]!.abort(GONE);
    await settle();
    expect(inner!.aborted).toBe(false);
    controllers[1]!.abort(GONE);
    expect(inner!.aborted).toBe(true);
    expect(inner!.reason).toBe(GONE);
    const next = cache.wrap('key', () => 'next');
    source.answer('dropped');
    expect(await Promise.all(calls)).toEqual([GONE, GONE]);
    expect(await next).toBe('next');
    await settle();
    expect(await cache.wrap('key', notCalled)).toBe('next');
  });

  it('keeps the factory from running if it is aborted already', async () => {
    const { cache } = open();
    const options = { signal: AbortSignal.abort(GONE) };
    await expect(cache.wrap('key', notCalled, options)).rejects.toBe(GONE);
    expect(await cache.getOrSet('key', notCalled, options)).toMatchObject({ error: GONE });
    expect(cache.getStats().loads.count).toBe(0);
  });
});

describe('The signal of a caller', () => {
  it.each(LOADERS)(
    'that is aborted keeps from $name nothing that memory has, be it stale',
    async ({ load }) => {
      const { cache, clock } = scenario();
      const options = { ttl: '1m', staleWhileRevalidate: '1h' } as const;
      const gone = { ...options, signal: AbortSignal.abort(GONE) };
      await cache.wrap('key', () => 'old', options);
      expect(await load(cache, 'key', notCalled, gone)).toBe('old');
      clock.advance('2m');
      expect(await load(cache, 'key', () => 'new', gone)).toBe('old');
      await until(async () => (await cache.get('key')).value === 'new');
      await cache.delete('key');
      await expect(load(cache, 'key', notCalled, gone)).rejects.toBe(GONE);
    },
  );

  it('leaves a load to those who have none', async () => {
    const { cache } = scenario();
    const source = new Source();
    const leaving = new AbortController();
    const patient = cache.wrap('key', source.factory);
    const gone = cache.wrap('key', notCalled, { signal: leaving.signal });
    leaving.abort(GONE);
    await expect(gone).rejects.toBe(GONE);
    source.answer('value');
    expect(await patient).toBe('value');
  });

  it('may be aborted by the factory itself', async () => {
    const { cache } = scenario();
    const own = new AbortController();
    const call = cache.wrap('key', () => own.abort(GONE), { signal: own.signal });
    await expect(call).rejects.toBe(GONE);
  });

  it('may be aborted by the factory itself where the cache is off', async () => {
    const { cache } = scenario({ enabled: false });
    const own = new AbortController();
    const factory = (): Promise<never> => {
      own.abort(GONE);
      return new Promise(() => {});
    };
    let reason: unknown;
    cache.wrap('key', factory, { signal: own.signal }).catch((error) => (reason = error));
    await settle();
    expect(reason).toBe(GONE);
  });

  it('does not end a renewal in the background that it has joined', async () => {
    const { cache, clock } = scenario();
    const options = { ttl: 10, staleWhileRevalidate: 60 };
    await cache.wrap('key', () => 'old', options);
    clock.advance('11s');
    const source = new Source();
    await cache.wrap('key', source.factory, options);
    const leaving = new AbortController();
    const strict = cache.wrap('key', notCalled, { ttl: 10, signal: leaving.signal });
    leaving.abort(GONE);
    await expect(strict).rejects.toBe(GONE);
    source.answer('new');
    await settle();
    expect(await cache.wrap('key', notCalled, options)).toBe('new');
  });

  it('goes for a cached function, and where the cache is off', async () => {
    const { cache } = scenario();
    const fn = cache.cached(notCalled, { name: 'fn', signal: AbortSignal.abort(GONE) });
    expect(fn).toThrow(GONE);
    await cache.close();
    const options = { signal: AbortSignal.abort(GONE) };
    await expect(cache.wrap('key', notCalled, options)).rejects.toBe(GONE);
  });
});

describe('A signal that many calls share', () => {
  const MANY = 30;

  /** Counts the listeners of a signal, of which Node warns when there are more than ten. */
  function counted(signal: AbortSignal): { most: number; now: () => number } {
    const counts = { most: 0, now: () => getEventListeners(signal, 'abort').length };
    const add = signal.addEventListener.bind(signal);
    signal.addEventListener = (...args: [never, never]) => {
      add(...args);
      counts.most = Math.max(counts.most, counts.now());
    };
    return counts;
  }

  it.each(['on', 'off'])('has one listener, and in the end none: cache %s', async (state) => {
    const { cache } = scenario({ enabled: state === 'on' });
    const { signal } = new AbortController();
    const listeners = counted(signal);
    const source = new Source();
    const loads = Array.from({ length: MANY }, (_, at) =>
      cache.wrap(`key ${at}`, source.factory, { signal }),
    );
    expect(listeners).toMatchObject({ most: 1 });
    for (const { resolve } of source.asked) resolve('value');
    expect(await Promise.all(loads)).toHaveLength(MANY);
    expect(listeners.now()).toBe(0);
    await cache.wrap('later', () => 1, { signal });
    expect([listeners.most, listeners.now()]).toEqual([1, 0]);
  });

  it.each(['on', 'off'])('ends all of them, and leaves none: cache %s', async (state) => {
    const { cache } = scenario({ enabled: state === 'on' });
    const leaving = new AbortController();
    const { signal } = leaving;
    const listeners = counted(signal);
    const ends = Array.from({ length: MANY }, (_, at) =>
      cache.getOrSet(`key ${at}`, () => new Promise(() => {}), { signal }),
    );
    const patient = cache.wrap('other', async () => 'value', { signal });
    expect(await patient).toBe('value');
    expect(listeners.now()).toBe(1);
    leaving.abort(GONE);
    for (const { error } of await Promise.all(ends)) expect(error).toBe(GONE);
    expect([listeners.most, listeners.now()]).toEqual([1, 0]);
  });
});

describe('The caller of a cached function', () => {
  it('counts among those who wait: the load does not end with another', async () => {
    const { cache } = scenario();
    const source = new Source();
    const fn = cache.cached(source.factory, { name: 'fn', key: () => 'key' });
    const patient = fn();
    const leaving = new AbortController();
    const gone = cache.wrap('key', notCalled, { signal: leaving.signal, hardTimeout: 5 });
    leaving.abort(GONE);
    await expect(gone).rejects.toBe(GONE);
    source.answer('value');
    expect(await patient).toBe('value');
    expect(await cache.wrap('key', notCalled)).toBe('value');
  });

  it('has a softTimeout and a signal of its own', async () => {
    const { cache, clock } = scenario();
    const own = new AbortController();
    const source = new Source();
    const options = { ttl: 10, softTimeout: 2, staleIfError: 60, signal: own.signal };
    const fn = cache.cached(source.factory, { ...options, name: 'fn' });
    const first = fn();
    source.answer('old');
    expect(await first).toBe('old');
    clock.advance('11s');
    const impatient = fn();
    clock.advance('2s');
    expect(await impatient).toBe('old');
    const leaving = fn();
    own.abort(GONE);
    await expect(leaving).rejects.toBe(GONE);
  });
});

describe('The context of a factory', () => {
  it('has a signal that nobody aborts, and what the load replaces', async () => {
    const { cache, clock } = scenario();
    const seen: unknown[] = [];
    const factory = ({ stale, signal }: { stale: unknown; signal: AbortSignal }): string => {
      seen.push([stale, signal.aborted]);
      return `value ${seen.length}`;
    };
    const options = { ttl: 10, staleIfError: 60 };
    await cache.wrap('key', factory, options);
    clock.advance('11s');
    await cache.wrap('key', factory, options);
    await cache.wrap('key', factory, { ...options, forceRefresh: true });
    clock.advance('80s');
    await cache.wrap('key', factory, options);
    expect(seen).toEqual([
      [undefined, false],
      ['value 1', false],
      ['value 2', false],
      [undefined, false],
    ]);
  });

  it.each(REMOVALS)('no longer has what was there once $name has ended it', async ({ run }) => {
    const { cache, clock } = scenario();
    const options = { ttl: 10, staleIfError: 60, tags: ['tag'], category: CATEGORY };
    await cache.wrap('key', () => 'old', options);
    clock.advance('11s');
    const goesOn = deferred<void>();
    const seen: unknown[] = [];
    const loading = cache.wrap(
      'key',
      async (context) => {
        seen.push(context.stale);
        await goesOn.promise;
        seen.push(context.stale);
      },
      options,
    );
    await settle();
    await run(cache);
    goesOn.resolve();
    await loading;
    expect(seen).toEqual(['old', undefined]);
  });
});
