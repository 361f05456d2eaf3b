import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import { CacheOptionsError } from '../../lib/core/primitives/errors.js';
import { cacheFolders } from './support/cache-folder.js';

const newFolder = cacheFolders();

/** Each verb with options as JavaScript may give them; its error, wherever it is. */
const VERBS: Record<string, (cache: CacheService, options: never) => unknown> = {
  get: async (cache, options) => (await cache.get('key', options)).error,
  set: async (cache, options) => (await cache.set('key', 1, options)).error,
  has: (cache, options) => thrown(() => cache.has('key', options)),
  delete: (cache, options) => thrown(() => cache.delete('key', options)),
  deleteMany: (cache, options) => thrown(() => cache.deleteMany(['key'], options)),
  wrap: (cache, options) => thrown(() => cache.wrap('key', () => 1, options)),
  getOrSet: async (cache, options) => (await cache.getOrSet('key', () => 1, options)).error,
  setMany: async (cache, options) =>
    (await cache.setMany([{ key: 'key', value: 1 }], options))[0]!.error,
  getMany: async (cache, options) => (await cache.getMany(['key'], options))[0]!.error,
  explain: (cache, options) => thrown(() => cache.explain('key', options)),
  'memory.get': (cache, options) => thrown(() => cache.memory.get('key', options)),
  'memory.has': (cache, options) => thrown(() => cache.memory.has('key', options)),
  'memory.delete': (cache, options) => thrown(() => cache.memory.delete('key', options)),
  'memory.set': (cache, options) => thrown(() => cache.memory.set('key', 1, options)),
  'file.get': async (cache, options) => (await cache.file.get('key', options)).error,
  'file.set': async (cache, options) => (await cache.file.set('key', 1, options)).error,
  'file.has': (cache, options) => thrown(() => cache.file.has('key', options)),
  'file.delete': (cache, options) => thrown(() => cache.file.delete('key', options)),
  'file.getSync': (cache, options) => thrown(() => cache.file.getSync('key', options)),
  'file.setSync': (cache, options) => thrown(() => cache.file.setSync('key', 1, options)),
  'file.deleteSync': (cache, options) => thrown(() => cache.file.deleteSync('key', options)),
};

async function thrown(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe.each(Object.entries(VERBS))('%s', (_verb, errorOf) => {
  const refused = async (options: unknown): Promise<Error> => {
    const error = await errorOf(newFolder().open(), options as never);
    expect(error).toBeInstanceOf(CacheOptionsError);
    return error as Error;
  };

  it.each([
    ['a number, as a TTL', 5],
    ['a category alone', 'quotes'],
    ['null', null],
    ['a list', []],
    ['a Map', new Map([['ttl', -5]])],
    ['a Set', new Set(['ttl'])],
    ['a Date', new Date(0)],
    ['a RegExp', /ttl/],
    ['an Error', new Error('ttl')],
    ['a promise', Promise.resolve({ ttl: 5 })],
    ['a signal', new AbortController().signal],
    ['bytes', new ArrayBuffer(5)],
    ['a function', () => ({ ttl: 5 })],
  ])('refuses %s in the place of its options', async (_what, options) => {
    expect((await refused(options)).message).toMatch(/^options: got /);
  });

  it('takes an instance of a class', async () => {
    class OwnOptions {
      readonly category = 'quotes';
    }
    expect(await errorOf(newFolder().open(), new OwnOptions() as never)).toBeUndefined();
  });

  it('takes an option that only another verb has', async () => {
    const options = { category: 'quotes', ttl: 60, tags: ['a'], jitter: 0.1 } as never;
    expect(await errorOf(newFolder().open(), options)).toBeUndefined();
  });
});

it.each(Object.entries(VERBS))(
  '%s refuses a name that is no option’s, and says which there are',
  async (_verb, errorOf) => {
    const error = await errorOf(newFolder().open(), { categroy: 'quotes' } as never);
    expect(String(error)).toMatch(
      /categroy: got a string of 6 characters, .*there is no such option, only .*category/,
    );
  },
);

it.each(Object.entries(VERBS).filter(([verb]) => !['wrap', 'getOrSet'].includes(verb)))(
  '%s refuses options by which a function would be kept elsewhere',
  async (_verb, errorOf) => {
    const cache = newFolder().open();
    const refused = async (options: object): Promise<string> =>
      String(await errorOf(cache, options as never));
    expect(await refused({ useFileCache: true })).toContain('useFileCache: got true, must be left');
    expect(await refused({ key: () => 'a' })).toContain('key: got the function key, must be left');
    expect(await refused({ name: 'a' })).toContain('name: got ');
  },
);

it('wrap does as it is told with useFileCache, and refuses a key of its own', async () => {
  const cache = newFolder().open();
  await cache.wrap('key', () => 1, { useFileCache: true } as never);
  expect(await cache.file.get('key')).toMatchObject({ value: 1 });
  await expect(cache.wrap('other', () => 1, { key: () => 'a' } as never)).rejects.toThrow(/^key: /);
});

describe('setMany', () => {
  const entry = { key: 'key', value: 1 };

  it.each<[object, string]>([
    [{ ...entry, category: 'quotes' }, 'entries[1].category'],
    [{ ...entry, tll: 5 }, 'entries[1].tll'],
    [{ ...entry, tiers: ['file'] }, 'entries[1].tiers'],
    [['key', 1], 'entries[1]'],
    [5 as never, 'entries[1]'],
  ])('says of %j what is wrong with it, and keeps the others', async (wrong, option) => {
    const cache = newFolder().open();
    const listed = [{ key: 'a', value: 1 }, wrong, { key: 'c', value: 3 }] as (typeof entry)[];
    const [, failed] = await cache.setMany(listed);
    expect(failed).toMatchObject({ success: false, reason: 'error', error: { option } });
    expect(failed!.error).toBeInstanceOf(CacheOptionsError);
    expect(cache.memory.keys()).toEqual(['a', 'c']);
  });
});

describe.each(['memory', 'file'] as const)('cache.%s', (tier) => {
  const both = { tiers: ['memory', 'file'] as const };
  const WRONG: [unknown, string][] = [
    [{ catgory: 'quotes' }, 'catgory'],
    [{ category: 5 }, 'category'],
    [5, 'options'],
    [null, 'options'],
    [['quotes'], 'options'],
  ];

  it.each(WRONG)('clears nothing when it is given %j', async (wrong, option) => {
    const cache = newFolder().open();
    await cache.set('a', 1, both);
    await cache.set('a', 1, { ...both, category: 'quotes' });
    const error = await thrown(() => cache[tier].clear(wrong as never));
    expect(error).toMatchObject({ code: 'CACHE_OPTIONS', option });
    expect(await cache[tier].keys()).toEqual(['a']);
    expect(await cache[tier].keys('quotes')).toEqual(['a']);
    await cache[tier].clear({ category: 'quotes' });
    expect(await cache[tier].keys({ category: 'quotes' })).toEqual([]);
  });

  it.each(WRONG)('lists no keys when it is given %j', async (wrong, option) => {
    const cache = newFolder().open();
    const error = await thrown(() => cache[tier].keys(wrong as never));
    expect(error).toMatchObject({ code: 'CACHE_OPTIONS', option });
  });
});

it.each([[{ advise: true }], [{ advice: 'yes' }], [true], ['quotes'], [null]])(
  'getStats refuses %j',
  (wrong) => {
    expect(() =>
      newFolder()
        .open()
        .getStats(wrong as never),
    ).toThrow(CacheOptionsError);
  },
);

const OF_ALL_TIERS = Object.entries(VERBS).filter(([verb]) => !verb.includes('.'));

it.each(OF_ALL_TIERS)(
  '%s says that the remote tier is not in this version yet',
  async (_, errorOf) => {
    const options = { tiers: ['memory', 'remote'] } as never;
    for (const given of [{}, { file: false } as const]) {
      const cache = newFolder().open(given);
      expect(String(await errorOf(cache, options))).toMatch(
        /tiers: got "remote", must be .*: the remote tier is not in this version yet$/,
      );
    }
  },
);
