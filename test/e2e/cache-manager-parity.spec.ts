import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type Cache, createCache as createCacheManager } from 'cache-manager';
import {
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  integer,
  oneof,
  record,
  tuple,
} from 'fast-check';
import { CacheManagerAdapter, type CacheManagerOptions, createCache } from 'nestjs-tiered-cache';

const START = 1_700_000_000_000;
const HOUR = 3_600_000;
const EVENTS = ['get', 'mget', 'ttl', 'set', 'mset', 'del', 'mdel', 'clear', 'refresh'] as const;

let now = START;

beforeEach(() => {
  now = START;
  jest.spyOn(Date, 'now').mockImplementation(() => now);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** What one of the two caches did: its answers, and what its listeners heard. */
class Side {
  readonly answers: unknown[] = [];
  readonly heard: unknown[] = [];
  runs = 0;

  constructor(readonly cache: Cache) {
    for (const event of EVENTS) {
      cache.on(event as 'refresh', (data: unknown) => this.#hear(event, data));
    }
  }

  async do(step: (cache: Cache, side: Side) => unknown): Promise<void> {
    try {
      this.answers.push(await step(this.cache, this));
    } catch (error) {
      this.answers.push({ rejected: error });
    }
  }

  #hear(event: string, data: unknown): void {
    if (typeof data !== 'object' || data === null) {
      this.heard.push([event, data]);
      return;
    }
    // It tells of each of its stores, then of all; here there is one.
    const { store, ...told } = data as { store?: string };
    if (store === undefined || event === 'get') this.heard.push([event, told]);
  }
}

function sides(options: CacheManagerOptions = {}): [Side, Side] {
  const cache = createCache({ clock: { now: () => now }, defaultTtl: Infinity, cleanup: false });
  const { ttl, refreshThreshold } = options;
  const theirs = createCacheManager({
    ...(ttl === undefined ? {} : { ttl }),
    ...(refreshThreshold === undefined ? {} : { refreshThreshold }),
  });
  return [new Side(theirs), new Side(new CacheManagerAdapter(cache, options, { now: () => now }))];
}

/** Runs the steps against both, and expects them to have done the same. */
async function same(
  steps: ((cache: Cache, side: Side) => unknown)[],
  options?: CacheManagerOptions,
): Promise<unknown[]> {
  const [theirs, ours] = sides(options);
  for (const side of [theirs, ours]) {
    now = START;
    for (const step of steps) await side.do(step);
  }
  expect(ours.answers).toEqual(theirs.answers);
  expect(ours.heard).toEqual(theirs.heard);
  return ours.answers;
}

const later = (ms: number) => (): void => {
  now += ms;
};

describe('the adapter and cache-manager', () => {
  it('answer alike to get, set and del', async () => {
    const answers = await same([
      (cache) => cache.get('a'),
      (cache) => cache.set('a', { deep: [1] }, 1000),
      (cache) => cache.get('a'),
      (cache) => cache.ttl('a'),
      (cache) => cache.set('null', null),
      (cache) => cache.get('null'),
      (cache) => cache.ttl('null'),
      (cache) => cache.set('undefined', undefined),
      (cache) => cache.get('undefined'),
      later(1001),
      (cache) => cache.get('a'),
      (cache) => cache.ttl('a'),
      (cache) => cache.del('null'),
      (cache) => cache.del('null'),
      (cache) => cache.get('null'),
    ]);
    expect(answers.slice(0, 4)).toEqual([undefined, { deep: [1] }, { deep: [1] }, START + 1000]);
  });

  it.each([undefined, 0, 500])('count TTLs alike, with a default of %s', async (ttl) => {
    const options = ttl === undefined ? {} : { ttl };
    await same(
      [
        (cache) => cache.set('none', 1),
        (cache) => cache.set('zero', 2, 0),
        (cache) => cache.set('below', 3, -1),
        (cache) => cache.set('some', 4, 1500),
        (cache) => cache.wrap('wrapped', () => 5),
        (cache) =>
          cache.mset([
            { key: 'm', value: 6 },
            { key: 'n', value: 7, ttl: 1500 },
          ]),
        (cache) => cache.mget(['none', 'zero', 'below', 'some', 'wrapped', 'm', 'n']),
        later(1000),
        (cache) => cache.mget(['none', 'zero', 'below', 'some', 'wrapped', 'm', 'n']),
        later(HOUR * 24 * 400),
        (cache) => cache.mget(['none', 'zero', 'below', 'some', 'wrapped', 'm', 'n']),
        (cache) => cache.ttl('none'),
      ],
      options,
    );
  });

  it('answer alike to the bulk methods and to clear', async () => {
    const answers = await same([
      (cache) =>
        cache.mset([
          { key: 'a', value: 1 },
          { key: 'b', value: 2, ttl: 1000 },
        ]),
      (cache) => cache.mget(['b', 'none', 'a']),
      (cache) => cache.mdel(['a', 'none']),
      (cache) => cache.mget(['a', 'b']),
      (cache) => cache.clear(),
      (cache) => cache.mget(['a', 'b']),
    ]);
    expect(answers[1]).toEqual([2, undefined, 1]);
  });

  it('wrap alike', async () => {
    const load = (_: Cache, side: Side) => ++side.runs;
    const answers = await same([
      (cache, side) => cache.wrap('a', () => load(cache, side), 1000),
      (cache, side) => cache.wrap('a', () => load(cache, side), 1000),
      later(1001),
      (cache, side) =>
        cache.wrap('a', async () => load(cache, side), { ttl: (value) => value * 10 }),
      (cache) => cache.ttl('a'),
      (cache, side) => cache.wrap('raw', () => load(cache, side), { ttl: 1000, raw: true }),
      (cache, side) => cache.wrap('raw', () => load(cache, side), { ttl: 1000, raw: true }),
      (cache) => cache.wrap('failing', () => Promise.reject(new Error('no source'))),
      (cache) => cache.wrap('failing', () => Promise.reject('not an error')),
      (cache) => cache.get('failing'),
      (cache, side) => cache.wrap('undefined', () => (load(cache, side), undefined)),
      (cache, side) => cache.wrap('undefined', () => load(cache, side)),
      (cache, side) =>
        Promise.all([1, 2, 3].map(() => cache.wrap('once', async () => load(cache, side)))),
    ]);
    expect(answers.at(-1)).toEqual([6, 6, 6]);
  });

  it('renew in the background alike what has little time left', async () => {
    const options = { ttl: 10_000, refreshThreshold: 3000 };
    const settled = () => new Promise((resolve) => setImmediate(resolve));
    const wrapped = (cache: Cache, side: Side) => cache.wrap('a', async () => ++side.runs);
    const answers = await same(
      [
        wrapped,
        later(6000),
        wrapped,
        settled,
        later(1500),
        wrapped,
        settled,
        wrapped,
        (cache) => cache.ttl('a'),
        later(8000),
        (cache) => cache.wrap('a', () => Promise.reject(new Error('no source'))),
        settled,
        (cache) => cache.get('a'),
        (cache, side) =>
          cache.wrap(
            'a',
            async () => ++side.runs,
            5000,
            (value) => value * 1000,
          ),
        settled,
        (cache) => cache.ttl('a'),
        (cache, side) => cache.wrap('a', async () => ++side.runs, { refreshThreshold: 6000 }),
        settled,
        (cache) => cache.get('a'),
      ],
      options,
    );
    expect(answers.slice(0, 8).filter((answer) => answer !== undefined)).toEqual([1, 1, 1, 2]);
  });

  it('work alike in pieces: taken off the object, and spread into another', async () => {
    const answers = await same([
      async ({ set, get, ttl, wrap, mset, mget }) => [
        await set('a', 1, 1000),
        await get('a'),
        await ttl('a'),
        await wrap('b', () => 2, 1000),
        await wrap('raw', () => 3, { ttl: 1000, raw: true }),
        await mset([{ key: 'c', value: 4 }]),
        await mget(['a', 'b', 'c']),
      ],
      async ({ del, mdel, clear, disconnect }) => [
        await del('a'),
        await mdel(['b']),
        await clear(),
        await disconnect(),
      ],
      (cache) => Object.keys(cache).sort(),
      async (cache) => {
        const spread = { ...cache };
        const heard: unknown[] = [];
        const listener = ({ key }: { key: string }): void => void heard.push(key);
        spread.on('set', listener);
        await spread.wrap('d', () => 5);
        spread.off('set', listener);
        await spread.set('e', 6);
        return [await cache.get('d'), spread.cacheId() === cache.cacheId(), heard.length > 0];
      },
    ]);
    expect(answers[0]).toContainEqual({ value: 3, expires: START + 1000 });
    expect(answers[1]).toEqual([true, true, true, undefined]);
    expect(answers[3]).toEqual([5, true, true]);
  });

  it('take null for a TTL, a threshold or options that are not given', async () => {
    const none = null as never;
    await same(
      [
        (cache) => cache.wrap('a', () => 1, none),
        (cache) => cache.wrap('b', () => 2, none, none),
        (cache) => cache.wrap('c', () => 3, { ttl: none, refreshThreshold: none }),
        (cache) => cache.set('d', 4, none),
        (cache) => cache.mset([{ key: 'e', value: 5, ttl: none }]),
        ...['a', 'b', 'c', 'd', 'e'].map((key) => (cache: Cache) => cache.ttl(key)),
        later(4000),
        (cache) => cache.wrap('a', () => 6, 5000, none),
        () => new Promise((resolve) => setImmediate(resolve)),
        (cache) => cache.get('a'),
        (cache) =>
          cache.wrap(
            'b',
            () => 7,
            5000,
            () => none,
          ),
        () => new Promise((resolve) => setImmediate(resolve)),
        (cache) => cache.get('b'),
      ],
      { ttl: 5000, refreshThreshold: 2000 },
    );
  });

  it.each([NaN, 'soon'])(
    'hand over and keep a value for which a ttl function gives %p',
    async (bad) => {
      const answers = await same([
        (cache) =>
          cache.wrap(
            'a',
            () => 1,
            () => bad as number,
          ),
        (cache) => cache.wrap('b', () => 2, { ttl: () => bad as number }),
        (cache) => cache.wrap('a', () => 3),
        (cache) => cache.get('b'),
      ]);
      expect(answers).toEqual([1, 2, 1, 2]);
    },
  );

  it('stop telling a listener that was taken off', async () => {
    for (const { cache } of sides()) {
      const heard: string[] = [];
      const listener = ({ key }: { key: string }): void => void heard.push(key);
      cache.on('set', listener);
      await cache.set('a', 1);
      const count = heard.length;
      cache.off('set', listener);
      await cache.set('b', 1);
      expect(count).toBeGreaterThan(0);
      expect(heard).toHaveLength(count);
    }
  });

  it('cannot be told apart by random calls', async () => {
    const key = constantFrom('a', 'b', 'c');
    const ttl = constantFrom(undefined, 0, 1, 500, 1000);
    const value = oneof(integer(), constantFrom(null, '', false));
    // Time never stops at the very end of a TTL, which is the last millisecond there and over here.
    const step = oneof(
      tuple(key, value, ttl).map(
        ([k, v, t]) =>
          (cache: Cache) =>
            cache.set(k, v, t),
      ),
      key.map((k) => (cache: Cache) => cache.get(k)),
      key.map((k) => (cache: Cache) => cache.ttl(k)),
      key.map((k) => (cache: Cache) => cache.del(k)),
      array(key).map((keys) => (cache: Cache) => cache.mget(keys)),
      array(key).map((keys) => (cache: Cache) => cache.mdel(keys)),
      tuple(key, value, ttl).map(
        ([k, v, t]) =>
          (cache: Cache) =>
            cache.wrap(k, () => v, t),
      ),
      array(record({ key, value, ttl: constantFrom(0, 500) })).map(
        (list) => (cache: Cache) => cache.mset(list),
      ),
      constantFrom(401, 603).map(later),
      constant((cache: Cache) => cache.clear()),
    );
    await assert(
      asyncProperty(array(step, { maxLength: 30 }), async (steps) => {
        await same(steps);
      }),
      { numRuns: 200 },
    );
  });
});
