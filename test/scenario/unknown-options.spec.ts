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
  ])('refuses %s in the place of its options', async (_what, options) => {
    expect((await refused(options)).message).toMatch(/^options: got /);
  });

  it('takes an option that only another verb has', async () => {
    const options = { category: 'quotes', ttl: 60, tags: ['a'], jitter: 0.1 } as never;
    expect(await errorOf(newFolder().open(), options)).toBeUndefined();
  });
});

it.each(Object.entries(VERBS).filter(([verb]) => verb !== 'memory.set'))(
  '%s refuses a name that is no option’s, and says which there are',
  async (_verb, errorOf) => {
    const error = await errorOf(newFolder().open(), { categroy: 'quotes' } as never);
    expect(String(error)).toMatch(
      /categroy: got "a string of 6 characters", .*there is no such option, only .*category/,
    );
  },
);

it('memory.set does so where it is not on its quickest way', () => {
  const { memory } = newFolder().open();
  expect(() => memory.set('key', 1, { ttl: 5, tag: ['a'] } as never)).toThrow(/^tag: got /);
});
