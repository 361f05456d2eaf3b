import { describe, expect, it } from '@jest/globals';
import { createCache } from '../../lib/core/create-cache.js';
import { cacheFolders } from './support/cache-folder.js';

const newFolder = cacheFolders();

describe.each(['memory', 'file'] as const)('cache.%s, with tiers', (tier) => {
  const other = tier === 'memory' ? 'file' : 'memory';
  const calls = (options: never): (() => unknown)[] => {
    const part = newFolder().open()[tier];
    return [
      () => part.get('key', options),
      () => part.set('key', 1, options),
      () => part.has('key', options),
      () => part.delete('key', options),
      () => part.clear(options),
      () => part.keys(options),
    ];
  };
  const outcomes = (options: object): Promise<unknown[]> =>
    Promise.all(
      calls(options as never).map(async (call) => {
        try {
          const answer = await call();
          return (Object(answer) as { error?: unknown }).error;
        } catch (error) {
          return error;
        }
      }),
    );

  it('refuses those that leave it out', async () => {
    for (const error of await outcomes({ tiers: [other] })) {
      const message = `tiers: got ["${other}"], must be left out, or with '${tier}'`;
      expect(String(error)).toContain(message);
    }
  });

  it('refuses what are no tiers', async () => {
    for (const error of await outcomes({ tiers: 'everywhere' })) {
      expect(error).toMatchObject({ code: 'CACHE_OPTIONS', option: 'tiers' });
    }
  });

  it('takes the options of another call', async () => {
    for (const tiers of [['memory', 'file'], undefined]) {
      expect(await outcomes({ tiers, ttl: 60 })).toEqual(Array(6).fill(undefined));
    }
  });
});

it.each([
  [false, ['memory', 'file']],
  [true, ['memory']],
] as const)('refuses useFileCache: %s beside tiers %j', (useFileCache, tiers) => {
  const cache = newFolder().open();
  expect(() => cache.checkOptions({ useFileCache, tiers })).toThrow(
    `useFileCache: got ${useFileCache}, must be left out, or beside tiers`,
  );
});

it.each(['staleWhileRevalidate', 'staleIfError'])('refuses null as %s', async (window) => {
  const { error } = await createCache().getOrSet('key', () => 1, { [window]: null });
  expect(String(error)).toContain(`${window}: got null, must be seconds`);
});

describe('a list of tags with a hole', () => {
  const holed = new Array<string>(1);

  it('is refused, and the file tier goes on', async () => {
    const cache = newFolder().open();
    const both = { tiers: ['memory', 'file'] as const };
    await expect(cache.invalidateTags(holed)).rejects.toMatchObject({ option: 'tags' });
    expect((await cache.set('a', 1, { ...both, tags: holed })).error).toMatchObject({
      option: 'tags',
    });
    expect(await cache.set('b', 1, both)).toMatchObject({ success: true });
    expect(await cache.file.get('b')).toMatchObject({ value: 1 });
  });

  it('is refused of a category', () => {
    expect(() => createCache({ categories: { a: { tags: holed } } })).toThrow(
      /categories\.a\.tags/,
    );
  });
});

describe('options of a class with accessors', () => {
  it('are honoured of a category', () => {
    class Fleeting {
      get ttl(): number {
        return 0;
      }
    }
    const cache = createCache({ categories: { a: new Fleeting() } });
    expect(cache.memory.set('key', 1, { category: 'a' })).toMatchObject({ source: 'none' });
  });

  it('are checked', () => {
    class Misnamed {
      get defaultTll(): number {
        return 5;
      }
    }
    class Negative {
      get maxEntriesPerCategory(): number {
        return -3;
      }
    }
    expect(() => createCache(new Misnamed() as never)).toThrow(/did you mean `defaultTtl`/);
    expect(() => createCache(new Negative())).toThrow(/^maxEntriesPerCategory: got -3/);
  });
});

it('shows a revoked proxy in an error of its own', () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(() => createCache({ enabled: proxy as never })).toThrow(/^enabled: got an object/);
});
