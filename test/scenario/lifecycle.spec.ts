import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { createCache } from '../../lib/core/create-cache.js';
import type { LoadContext } from '../../lib/core/model/options.js';
import { deferred, type Deferred } from '../support/deferred.js';
import { LOADERS, notCalled } from './support/loaders.js';
import { scenario, type Scenario } from './support/scenario-cache.js';

const disabled = { success: false, source: 'none', reason: 'disabled' };

async function closedScenario(): Promise<Scenario> {
  const parts = scenario();
  await parts.cache.set('key', 'old');
  await parts.cache.close();
  return parts;
}

const OFF: [string, () => Promise<Scenario>][] = [
  ['that is disabled', async () => scenario({ enabled: false })],
  ['that was closed', closedScenario],
];

describe.each(OFF)('A cache %s', (_what, create) => {
  it('answers every read with a miss for the reason disabled', async () => {
    const { cache } = await create();
    expect(await cache.get('key')).toEqual(disabled);
    expect(await cache.getMany(['key', 'b'])).toEqual([disabled, disabled]);
    expect(cache.memory.get('key')).toEqual(disabled);
    expect(await cache.has('key')).toBe(false);
    expect(cache.memory.has('key')).toBe(false);
    expect(cache.memory.keys()).toEqual([]);
  });

  it('keeps nothing that is set, and removes nothing', async () => {
    const { cache } = await create();
    expect(await cache.set('key', 1)).toEqual(disabled);
    expect(await cache.setMany([{ key: 'key', value: 1 }])).toEqual([disabled]);
    expect(cache.memory.set('key', 1)).toEqual(disabled);
    expect(await cache.delete('key')).toBe(false);
    expect(await cache.deleteMany(['key'])).toBe(0);
    expect(cache.memory.delete('key')).toBe(false);
    await cache.invalidateTags(['tag']);
    await cache.clear();
    cache.memory.clear();
    expect(await cache.get('key')).toEqual(disabled);
  });

  it.each(LOADERS)(
    'runs the factory at every $name, and hands its answer or its error over',
    async ({ load }) => {
      const { cache } = await create();
      let runs = 0;
      for (let call = 1; call < 4; call++)
        expect(await load(cache, 'key', () => ++runs)).toBe(call);
      const error = new Error('own');
      await expect(load(cache, 'key', () => Promise.reject(error))).rejects.toBe(error);
    },
  );

  it('gives the factory its context all the same', async () => {
    const { cache } = await create();
    const value = await cache.wrap('key', (context) => {
      context.setTtl('5m');
      context.setTags(['tag']);
      context.skip();
      return 1;
    });
    expect(value).toBe(1);
  });

  it('still refuses bad options', async () => {
    const { cache } = await create();
    await expect(cache.wrap('key', notCalled, { ttl: -1 })).rejects.toThrow(/^ttl: got -1/);
    await expect(cache.wrap(5 as never, notCalled)).rejects.toThrow(/^key: got 5/);
    await expect(cache.invalidateTags('x' as never)).rejects.toThrow(/^tags: got "x"/);
    expect(() => cache.memory.set('key', 1, { ttl: NaN })).toThrow(/^ttl: got NaN/);
  });
});

it.each([
  ['holds little', 1],
  ['is full', 20],
])(
  'A cache that %s shows nothing of what it keeps to who logs an object that has it',
  (_, sets) => {
    const { cache } = scenario({ maxEntriesPerCategory: 5 });
    for (let at = 0; at < sets; at++) cache.memory.set(`key${at}`, { token: 'SECRET' });
    const owner = { cache };
    expect(inspect(owner, { depth: Infinity })).not.toContain('SECRET');
    expect(JSON.parse(JSON.stringify(owner))).toEqual({
      cache: { memory: {}, events: { listening: false } },
    });
  },
);

describe('close', () => {
  it('may be called any number of times, together and one after the other', async () => {
    const { cache } = scenario();
    expect(cache.closed).toBe(false);
    await Promise.all([cache.close(), cache.close()]);
    await cache.close();
    expect(cache.closed).toBe(true);
  });

  it('lets a load that is under way answer its callers', async () => {
    const { cache } = scenario();
    const source = deferred<number>();
    const calls = [cache.wrap('key', () => source.promise), cache.wrap('key', notCalled)];
    await cache.close();
    source.resolve(1);
    expect(await Promise.all(calls)).toEqual([1, 1]);
  });

  it('has no timeout of a load that hangs keep the process alive', async () => {
    const holding = (): number =>
      process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length;
    const cache = createCache({ file: false });
    const options = { staleIfError: '1h' };
    const before = holding();
    const source = deferred<string>();
    const load = (): Promise<string> => source.promise;
    const calls = [
      cache.wrap('hard', load, { hardTimeout: '2h' }),
      cache.wrap('hard', notCalled, { hardTimeout: '1h' }),
      cache.wrap('soft', load, { ...options, softTimeout: '1h' }),
      cache.cached(load, { name: 'load', hardTimeout: '60 days' })(),
    ];
    const whileOpen = holding() - before;
    await cache.close();
    const whenClosed = holding() - before;
    // Before anything can fail: timers of hours would hold up the tests themselves.
    source.resolve('late');
    expect(await Promise.all(calls)).toEqual(['late', 'late', 'late', 'late']);
    expect([whileOpen, whenClosed]).toEqual([4, 0]);
  });

  it('lets a renewal in the background answer those who wait for it, and ends it with the last of them', async () => {
    const { cache, clock } = scenario();
    const options = { ttl: 10, staleWhileRevalidate: 60 };
    const renewals = new Map<string, { source: Deferred<string>; signal: AbortSignal }>();
    for (const key of ['waited for', 'left']) {
      await cache.wrap(key, () => 'old', options);
      clock.advance('11s');
      const source = deferred<string>();
      const renew = ({ signal }: LoadContext): Promise<string> => {
        renewals.set(key, { source, signal });
        return source.promise;
      };
      expect(await cache.wrap(key, renew, options)).toBe('old');
    }
    const own = new AbortController();
    const call = cache.wrap('waited for', notCalled, { ttl: 10 });
    const leaving = cache.wrap('left', notCalled, { ttl: 10, signal: own.signal });
    const closing = cache.close();
    expect(renewals.get('left')!.signal.aborted).toBe(false);
    own.abort();
    await expect(leaving).rejects.toBe(own.signal.reason);
    expect(renewals.get('left')!.signal.aborted).toBe(true);
    for (const { source } of renewals.values()) source.resolve('new');
    expect(await call).toBe('new');
    await closing;
  });
});

describe('Two caches in one process', () => {
  it('share nothing', async () => {
    const [one, two] = [scenario().cache, scenario().cache];
    await one.set('key', 1, { tags: ['tag'] });
    expect(await two.has('key')).toBe(false);
    await two.set('key', 2, { tags: ['tag'] });
    await two.invalidateTags(['tag']);
    await two.clear();
    await two.close();
    expect(await one.wrap('key', notCalled)).toBe(1);
    expect(one.getStats().memoryCache.sets).toBe(1);
  });
});
