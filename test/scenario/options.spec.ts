import type { TierName } from '../../lib/core/model/options.js';
import { describe, expect, it } from '@jest/globals';
import {
  type CachedOptions,
  CacheOptionsError,
  type CacheService,
  createCache,
} from 'nestjs-tiered-cache/core';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { cacheFolders } from './support/cache-folder.js';

const newFolder = cacheFolders();

const BAD: [unknown, string][] = [
  [null, 'options'],
  [[], 'options'],
  ['memory', 'options'],
  [{ enabled: 'yes' }, 'enabled'],
  [{ enabled: null }, 'enabled'],
  [{ defaultTtl: -1 }, 'defaultTtl'],
  [{ defaultTtl: NaN }, 'defaultTtl'],
  [{ defaultTtl: '5 parsecs' }, 'defaultTtl'],
  [{ defaultTtl: { hours: -1 } }, 'defaultTtl.hours'],
  [{ defaultTtl: () => 5 }, 'defaultTtl'],
  [{ maxEntriesPerCategory: 0 }, 'maxEntriesPerCategory'],
  [{ maxEntriesPerCategory: -1 }, 'maxEntriesPerCategory'],
  [{ maxEntriesPerCategory: 1.5 }, 'maxEntriesPerCategory'],
  [{ maxEntriesPerCategory: NaN }, 'maxEntriesPerCategory'],
  [{ maxEntriesPerCategory: '1000' }, 'maxEntriesPerCategory'],
  [{ maxBytesPerCategory: 0 }, 'maxBytesPerCategory'],
  [{ maxBytesPerCategory: -5 }, 'maxBytesPerCategory'],
  [{ maxBytesPerCategory: '64 parsecs' }, 'maxBytesPerCategory'],
  [{ evictionPolicy: 'mru' }, 'evictionPolicy'],
  [{ evictionPolicy: 'toString' }, 'evictionPolicy'],
  [{ evictionPolicy: 'LRU' }, 'evictionPolicy'],
  [{ categories: [] }, 'categories'],
  [{ categories: new Map([['a', { ttl: -1 }]]) }, 'categories'],
  [{ categories: new Set() }, 'categories'],
  [{ categories: { quotes: new Date(0) } }, 'categories.quotes'],
  [{ categories: { quotes: new Map([['ttl', -1]]) } }, 'categories.quotes'],
  [{ file: new Map() }, 'file'],
  [{ cleanup: Promise.resolve({}) }, 'cleanup'],
  [new Map([['enabled', 5]]), 'options'],
  [() => ({}), 'options'],
  [Promise.resolve({}), 'options'],
  [{ categories: { quotes: 5 } }, 'categories.quotes'],
  [{ categories: { quotes: { ttl: -1 } } }, 'categories.quotes.ttl'],
  [{ categories: { quotes: { maxEntries: 0 } } }, 'categories.quotes.maxEntries'],
  [{ categories: { quotes: { maxBytes: 'much' } } }, 'categories.quotes.maxBytes'],
  [{ categories: { quotes: { evictionPolicy: 'x' } } }, 'categories.quotes.evictionPolicy'],
  [{ categories: { quotes: { tiers: 'memory' } } }, 'categories.quotes.tiers'],
  [{ categories: { quotes: { tiers: [] } } }, 'categories.quotes.tiers'],
  [{ categories: { quotes: { tiers: ['disk'] } } }, 'categories.quotes.tiers'],
  [{ categories: { quotes: { tiers: ['file', 'file'] } } }, 'categories.quotes.tiers'],
  [{ categories: { quotes: { tiers: ['file', 'disk'] } } }, 'categories.quotes.tiers'],
  [{ categories: { quotes: { tiers: ['remote'] } } }, 'categories.quotes.tiers'],
  [{ categories: { quotes: { negativeTtl: 'x' } } }, 'categories.quotes.negativeTtl'],
  [{ categories: { quotes: { jitter: 1.1 } } }, 'categories.quotes.jitter'],
  [{ categories: { quotes: { cacheIf: 1 } } }, 'categories.quotes.cacheIf'],
  [{ categories: { quotes: { tags: 'x' } } }, 'categories.quotes.tags'],
  [{ categories: { quotes: { max: 5 } } }, 'categories.quotes.max'],
  [{ categories: { quotes: { staleIfError: -5 } } }, 'categories.quotes.staleIfError'],
  [{ categories: { quotes: { hardTimeout: 0 } } }, 'categories.quotes.hardTimeout'],
  [{ categories: { quotes: { softTimeout: 5, hardTimeout: 1 } } }, 'categories.quotes.softTimeout'],
  [{ categories: { quotes: { signal: AbortSignal.abort() } } }, 'categories.quotes.signal'],
  [{ file: true }, 'file'],
  [{ remote: {} }, 'remote'],
  [{ remote: null }, 'remote'],
  [{ maxEntry: undefined }, 'maxEntry'],
  [{ categories: { quotes: null } }, 'categories.quotes'],
  [{ defaultTtl: { hours: undefined } }, 'defaultTtl'],
  [{ cleanup: true }, 'cleanup'],
  [{ cleanup: { cron: 'now and then' } }, 'cleanup.cron'],
  [{ cleanup: { cron: '' } }, 'cleanup.cron'],
  [{ cleanup: { cron: '0 0 31 2 *' } }, 'cleanup.cron'],
  [{ cleanup: { cron: 5 } }, 'cleanup.cron'],
  [{ cleanup: { interval: 5 } }, 'cleanup.interval'],
  [{ timings: 'none' }, 'timings'],
  [{ logger: {} }, 'logger'],
  [{ logger: { warn: () => {} } }, 'logger'],
  [{ clock: {} }, 'clock.now'],
  [{ clock: 5 }, 'clock'],
  [{ maxEntry: 5 }, 'maxEntry'],
  [{ isGlobal: true }, 'isGlobal'],
  [JSON.parse('{"__proto__":{"a":1}}'), '__proto__'],
];

function refusal(options: unknown): unknown {
  try {
    void createCache(options as object).close();
    return undefined;
  } catch (error) {
    return error;
  }
}

async function refusesTiers(cache: CacheService, tiers: unknown, refused: string): Promise<void> {
  const options = { tiers: tiers as TierName[] };
  const load = (): number => 2;
  const answers = await Promise.all([
    cache.get('key', options),
    cache.set('key', 1, options),
    cache.getOrSet('key', load, options),
    ...(await cache.getMany(['key'], options)),
  ]);
  for (const { error } of answers) expect(String(error)).toContain(refused);
  for (const call of [
    () => cache.wrap('key', load, options),
    () => cache.has('key', options),
    () => cache.delete('key', options),
    () => cache.explain('key', options),
    () => cache.preload([{ key: 'key', factory: load, ...options }]),
  ]) {
    await expect(call()).rejects.toThrow(refused);
  }
  expect(() => cache.cached(load, options)).toThrow(refused);
}

describe('createCache', () => {
  it.each(BAD)('refuses %j with the path of the option', (options, path) => {
    const error = refusal(options);
    expect(error).toBeInstanceOf(CacheOptionsError);
    expect(error).toMatchObject({ code: 'CACHE_OPTIONS', option: path });
    expect((error as Error).message).toMatch(/^\S+: got .+, must be .+/);
    expect((error as Error).message.startsWith(`${path}: `)).toBe(true);
  });

  it('says of an option that comes later that it is not in this version', () => {
    expect(String(refusal({ remote: {} }))).toContain('not in this version yet');
    expect(String(refusal({ categories: { a: { tiers: ['remote'] } } }))).toContain(
      'not in this version',
    );
  });

  it.each<[unknown, string]>([
    ['k', 'a string of 1 character'],
    ['key', 'a string of 3 characters'],
    [['key'], 'a list of 1'],
    [new Uint8Array(1), '1 byte'],
    [null, 'null'],
  ])('says in words, and not as if they were the value, what %j is', (value, shape) => {
    const error = refusal({ nope: value } as never) as CacheOptionsError;
    expect(error.message).toMatch(new RegExp(`^nope: got ${shape}, must be left out`));
    expect(error.value).toBe(value === null ? null : shape);
  });

  it('names the options there are when it refuses one there is not', () => {
    expect(String(refusal({ maxEntry: 5 }))).toContain('maxEntriesPerCategory');
  });

  it('takes no options, empty options, and options that are undefined', async () => {
    for (const options of [
      undefined,
      {},
      { defaultTtl: undefined, categories: undefined, file: undefined },
      { remote: undefined },
      { categories: { default: undefined, other: { ttl: undefined } } },
      { defaultTtl: { hours: 1, minutes: undefined } },
    ]) {
      const cache = createCache(options as object);
      expect(cache.memory.set('key', 1).success).toBe(true);
      await cache.close();
    }
  });

  it('takes every option in its right form', async () => {
    const cache = createCache({
      enabled: true,
      defaultTtl: { minutes: 5 },
      maxEntriesPerCategory: Infinity,
      maxBytesPerCategory: '64mb',
      evictionPolicy: 'lfu',
      categories: {
        quotes: {
          ttl: () => '5m',
          tiers: ['memory'],
          tags: ['quotes'],
          cacheIf: () => true,
          negativeTtl: 0,
          jitter: 0.1,
          maxEntries: 10,
          maxBytes: 1e6,
          evictionPolicy: 'fifo',
        },
        plain: {},
      },
      file: false,
      cleanup: { cron: '0 0 29 2 *' },
      timings: 'all',
      logger: console,
      clock: new ManualClock(),
    });
    expect(await cache.wrap('key', () => 1, { category: 'quotes' })).toBe(1);
    await cache.close();
  });

  it('takes an instance of a class, an object without a prototype, a proxy and an ES module', async () => {
    class CacheConfig {
      readonly defaultTtl = 5;
      readonly categories = Object.assign(Object.create(null) as object, { own: new OwnConfig() });
    }
    class OwnConfig {
      readonly ttl = 7;
    }
    const made = [
      new CacheConfig(),
      new Proxy(new CacheConfig(), {}),
      await import('./support/options-module.js'),
    ];
    for (const options of made) {
      const clock = new ManualClock();
      const cache = createCache({ cleanup: false, clock, ...options });
      const plain = createCache(options);
      for (const [category, ttl] of [
        [undefined, 5000],
        ['own', 7000],
      ] as const) {
        const { expiresAt } = await cache.set('key', 1, category === undefined ? {} : { category });
        expect(expiresAt! - clock.now()).toBe(ttl);
      }
      await Promise.all([cache.close(), plain.close()]);
    }
  });

  it('does not read its options again after it is made', async () => {
    const options = { defaultTtl: 5, maxEntriesPerCategory: 1, cleanup: false as const };
    const cache = createCache(options);
    await cache.set('a', 1);
    await cache.set('b', 1);
    expect(cache.memory.keys()).toEqual(['b']);
    await cache.close();
  });

  it('names what there is where it refuses a tier or a lock', () => {
    const category = (own: object): string => String(refusal({ categories: { a: own } }));
    expect(category({ tiers: ['disk'] })).toContain("must be 'memory' or 'file'");
    expect(category({ tiers: ['memory', 'memory'] })).toContain('each tier once');
    expect(category({ lock: 'world' })).toMatch(/must be 'process' or 'machine'$/);
    expect(category({ lock: 'cluster' })).toContain("'cluster' is not in this version yet");
    expect(category({ lock: 'machine' })).toContain("'file' is not among the tiers");
  });

  it('names the option where a call gives one tier in place of a list', async () => {
    const cache = createCache({ cleanup: false });
    await cache.set('key', 1);
    await refusesTiers(
      cache,
      'memory',
      `tiers: got "memory", must be a list of tiers such as ['memory', 'file']`,
    );
    await cache.close();
  });

  it.each([
    [[], `tiers: got [], must be a list of tiers such as ['memory', 'file']`],
    [['file', 'file'], 'tiers: got ["file","file"], must be a list that names each tier once'],
  ])('names the option where a call gives %j for its tiers', async (tiers, refused) => {
    const cache = createCache({ cleanup: false });
    await refusesTiers(cache, tiers, refused);
    await cache.close();
  });

  it.each<[string, CachedOptions, string]>([
    ['a lock without its tier', { lock: 'machine' }, 'lock'],
    ['a tier that is not there', { tiers: ['file'] }, 'tiers'],
    ['the file tier where there is none', { useFileCache: true }, 'useFileCache'],
    [
      'a timeout that is longer than its category’s',
      { category: 'slow', softTimeout: 6 },
      'softTimeout',
    ],
  ])('checkOptions refuses %s, and says where it stands', async (_, options, name) => {
    const categories = { slow: { hardTimeout: 5 } };
    const cache = createCache({ cleanup: false, file: false, categories });
    const check = (): void => cache.checkOptions(options, 'Quotes.quote @Cached');
    expect(check).toThrow(expect.objectContaining({ option: `Quotes.quote @Cached.${name}` }));
    expect(() => cache.checkOptions(options)).toThrow(expect.objectContaining({ option: name }));
    await cache.close();
  });

  it('shows what was given for useFileCache where it is refused', async () => {
    const cache = createCache({ cleanup: false, file: false });
    const refused = 'useFileCache: got true, must be left out where there is no file tier';
    expect(() => cache.cached(parseInt, { useFileCache: true })).toThrow(refused);
    const beside = "useFileCache: got true, must be left out, or beside tiers with 'file'";
    const tiers = ['memory'] as const;
    expect(() => cache.cached(parseInt, { useFileCache: true, tiers })).toThrow(beside);
    await cache.close();
  });

  it('takes the tiers of a call in any order', async () => {
    const cache = newFolder().open();
    const tiers: TierName[] = ['file', 'memory'];
    expect(await cache.wrap('key', () => 1, { tiers })).toBe(1);
    expect(await cache.get('key', { tiers })).toMatchObject({ value: 1, source: 'memory' });
  });

  it('has no file tier where it is switched off, and says so', async () => {
    const cache = createCache({ cleanup: false, file: false });
    expect(() => cache.file).toThrow(expect.objectContaining({ code: 'CACHE_TIER' }));
    await cache.close();
  });
});
