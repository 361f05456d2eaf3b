import { describe, expect, it } from '@jest/globals';
import { CacheLoadRingError } from '../../lib/core.js';
import type { CacheService } from '../../lib/core/cache.service.js';
import { deferred } from '../support/deferred.js';
import { settle, until } from '../support/turns.js';
import { scenario } from './support/scenario-cache.js';
import { TIERS, tieredCaches } from './support/tiered-cache.js';

async function turn(): Promise<void> {
  await new Promise((resolve) => void setImmediate(resolve));
}

function next(cache: CacheService, keys: string[], at = 0): Promise<unknown> {
  return cache.wrap(keys[at % keys.length]!, async () => {
    await turn();
    return next(cache, keys, at + 1);
  });
}

describe.each(TIERS)('A load that waits for itself, on %s', (_name, tiers) => {
  const open = tieredCaches(tiers);

  it.each([[['a']], [['a', 'b']], [['a', 'b', 'c']]])('%j fails with the ring', async (keys) => {
    const { cache } = open();
    const error = await next(cache, keys).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CacheLoadRingError);
    expect(error).toMatchObject({ code: 'CACHE_LOAD_RING' });
    const shown = [...keys, keys[0]].map((key) => `default "${key}"`).join(' -> ');
    expect((error as Error).message).toBe(`a load waits for itself: ${shown}`);
  });

  it('is found among loads that were begun apart', async () => {
    const { cache } = open();
    const both = deferred<void>();
    let begun = 0;
    const loading = (own: string, other: string): Promise<unknown> =>
      cache.wrap(own, async () => {
        if (++begun === 2) both.resolve();
        await both.promise;
        return cache.wrap(other, () => 'value');
      });
    const answers = await Promise.allSettled([loading('a', 'b'), loading('b', 'a')]);
    expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    for (const answer of answers) {
      expect((answer as PromiseRejectedResult).reason).toBeInstanceOf(CacheLoadRingError);
    }
  });

  it('is not a chain a hundred deep', async () => {
    const { cache } = open();
    const deep = (left: number): Promise<number> =>
      cache.wrap(`link ${left}`, async () => {
        await turn();
        return left === 0 ? 0 : (await deep(left - 1)) + 1;
      });
    expect(await deep(100)).toBe(100);
  });

  it.each([
    ['kept', {}, 2],
    ['not kept', { ttl: 0 }, 3],
  ])('is not one whose queue the other calls when it ends, %s', async (_what, options, loads) => {
    const { cache } = open();
    const queue: (() => void)[] = [];
    const endTask = (): void => queue.shift()?.();
    const rate = (): Promise<number> =>
      cache.wrap(
        'rate',
        () =>
          turn()
            .then(endTask)
            .then(() => 1.08),
        options,
      );
    const report = cache.wrap('report', async () => {
      const task = new Promise<number>((resolve, reject) => {
        queue.push(() => void rate().then(resolve, reject));
      });
      return 100 * (await task);
    });
    await until(() => queue.length === 1);
    expect(await Promise.all([rate(), report])).toEqual([1.08, 108]);
    expect(cache.getStats().loads.count).toBe(loads);
  });

  it('is not two that wait for the same', async () => {
    const { cache } = open();
    const shared = (): Promise<string> =>
      cache.wrap('shared', async () => {
        await turn();
        return 'value';
      });
    const pair = cache.wrap('top', async () => {
      const parts = ['left', 'right'].map((key) => cache.wrap(key, shared));
      return Promise.all([...parts, shared()]);
    });
    expect(await pair).toEqual(['value', 'value', 'value']);
  });
});

/** What a call comes to, and `hangs` if it never ends. */
async function endOf(call: Promise<unknown>): Promise<unknown> {
  const ended = call.catch((thrown: unknown) => thrown);
  return Promise.race([ended, settle().then(() => 'hangs')]);
}

describe('A load that waits for itself before its factory has rested', () => {
  type Loading = (cache: CacheService, key: string, factory: () => unknown) => Promise<unknown>;
  const wrap: Loading = (cache, key, factory) => cache.wrap(key, factory);
  const getOrSet: Loading = async (cache, key, factory) => {
    const result = await cache.getOrSet(key, factory);
    if (!result.success) throw result.error;
    return result.value;
  };
  type Round = (next: () => unknown) => unknown;
  const ROUNDS: [string, Loading, Round][] = [
    ['wrap, with functions', wrap, (go) => go()],
    ['wrap, with async functions', wrap, async (go) => await go()],
    ['wrap, among others', wrap, (go) => Promise.all([Promise.resolve(), go()])],
    ['getOrSet, with functions', getOrSet, (go) => go()],
    ['getOrSet, with async functions', getOrSet, async (go) => await go()],
  ];

  describe.each(ROUNDS)('by %s', (_how, load, round) => {
    it.each([[['a']], [['a', 'b']], [['a', 'b', 'c']]])('%j fails with the ring', async (keys) => {
      const { cache } = scenario();
      const at = (place: number): Promise<unknown> =>
        load(cache, keys[place % keys.length]!, () => round(() => at(place + 1)));
      const error = await endOf(at(0));
      expect(error).toBeInstanceOf(CacheLoadRingError);
      const shown = [...keys, keys[0]].map((key) => `default "${key}"`).join(' -> ');
      expect((error as Error).message).toBe(`a load waits for itself: ${shown}`);
      expect(await cache.wrap(keys[0]!, () => 'next')).toBe('next');
    });
  });

  it('is found after a rest of the outer factory', async () => {
    const { cache } = scenario();
    const a = (): Promise<unknown> => cache.wrap('a', () => turn().then(b));
    const b = (): Promise<unknown> => cache.wrap('b', () => a());
    expect(await endOf(a())).toBeInstanceOf(CacheLoadRingError);
  });

  it('is found through a cached function, whichever is called first', async () => {
    const { cache } = scenario();
    const a = (): Promise<unknown> => cache.wrap('a', () => b());
    const b: () => Promise<unknown> = cache.cached(async () => a(), { name: 'b' });
    expect(await endOf(a())).toBeInstanceOf(CacheLoadRingError);
    expect(await endOf(b())).toBeInstanceOf(CacheLoadRingError);
  });

  it.each<[string, Round]>([
    ['a function', () => 'value'],
    ['an async function', async () => 'value'],
  ])('is not one that is called by %s which ends without it', async (_what, ending) => {
    const { cache } = scenario();
    let b: Promise<unknown> | undefined;
    const a = cache.wrap('a', () => {
      b = cache.wrap('b', () => cache.wrap('a', () => 'unused'));
      return ending(() => undefined);
    });
    expect(await endOf(a)).toBe('value');
    expect(await endOf(b!)).toBe('value');
  });

  it('is not one that a synchronous cached function has called and not waited for', async () => {
    const { cache } = scenario();
    let inner: Promise<unknown> | undefined;
    const b = cache.cached(() => void (inner = cache.wrap('a', () => 'unused')), { name: 'b' });
    const a = cache.wrap('a', async () => {
      b();
      await turn();
      return 'value';
    });
    expect(await a).toBe('value');
    expect(await inner).toBe('value');
  });
});

describe('A load that waits for itself', () => {
  it('is found with forceRefresh', async () => {
    const { cache } = scenario();
    const again = (): Promise<unknown> =>
      cache.wrap(
        'key',
        async () => {
          await turn();
          return again();
        },
        { forceRefresh: true },
      );
    await expect(again()).rejects.toBeInstanceOf(CacheLoadRingError);
  });

  it('is found in cached functions, asynchronous and synchronous', async () => {
    const { cache } = scenario();
    const later: () => Promise<unknown> = cache.cached(
      async () => {
        await turn();
        return later();
      },
      { name: 'later' },
    );
    await expect(later()).rejects.toBeInstanceOf(CacheLoadRingError);
    const atOnce: () => Promise<unknown> = cache.cached(async () => atOnce(), { name: 'atOnce' });
    await expect(atOnce()).rejects.toBeInstanceOf(CacheLoadRingError);
    const plain: () => unknown = cache.cached((): unknown => plain(), { name: 'plain' });
    expect(plain).toThrow(CacheLoadRingError);
    const down: (n: number) => number = cache.cached((n: number) => (n === 0 ? 0 : down(n - 1)), {
      name: 'down',
    });
    expect(down(200)).toBe(0);
  });

  it('does not stay in the way: the next load of the keys works', async () => {
    const { cache } = scenario();
    await expect(next(cache, ['a', 'b'])).rejects.toBeInstanceOf(CacheLoadRingError);
    expect(await cache.wrap('a', () => cache.wrap('b', () => 1))).toBe(1);
  });

  it('is not one that goes on when its load has ended', async () => {
    const { cache } = scenario();
    let tail: Promise<unknown> | undefined;
    await cache.wrap(
      'key',
      () => {
        tail = turn().then(() => cache.wrap('key', () => 'second'));
        return 'first';
      },
      { ttl: 0 },
    );
    expect(await tail).toBe('second');
  });
});
