import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { CacheOptions, Factory, WrapOptions } from '../../lib/core/model/options.js';
import { cacheFolders, TIERED } from './support/cache-folder.js';
import { deferred } from '../support/deferred.js';
import { settle } from '../support/turns.js';
import { LOADERS, LOADERS_WITH_CONTEXT, notCalled, type Loader } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';

const newFolder = cacheFolders();

/** Ways in which a value's tags are known only when the factory has answered. */
interface Tagging {
  readonly name: string;
  readonly loaders: readonly Loader[];
  readonly options: WrapOptions<string>;
  factory(source: Promise<string>): Factory<string>;
}

const TAGGINGS: Tagging[] = [
  {
    name: 'tags as a function of the value',
    loaders: LOADERS,
    options: { tags: (value) => [`tag:${value.length}`, 'tag'] },
    factory: (source) => () => source,
  },
  {
    name: 'context.setTags before the source is asked',
    loaders: LOADERS_WITH_CONTEXT,
    options: { tags: ['other'] },
    factory: (source) => (context) => {
      context.setTags(['tag']);
      return source;
    },
  },
  {
    name: 'context.setTags with the answer',
    loaders: LOADERS_WITH_CONTEXT,
    options: {},
    factory: (source) => async (context) => {
      const value = await source;
      context.setTags(['tag']);
      return value;
    },
  },
  {
    name: 'tags as a function, of a value that is not kept',
    loaders: LOADERS,
    options: { tags: () => ['tag'], cacheIf: (value) => value !== 'old' },
    factory: (source) => () => source,
  },
  {
    name: 'context.setTags, of a value that is not kept because its ttl function throws',
    loaders: LOADERS_WITH_CONTEXT,
    options: {
      ttl: (value) => {
        if (value === 'old') throw new Error('no TTL for this');
        return 60;
      },
    },
    factory: (source) => (context) => {
      context.setTags(['tag']);
      return source;
    },
  },
  {
    name: 'a tags function that throws',
    loaders: LOADERS,
    options: {
      tags: (value) => {
        if (value === 'old') throw new Error('no tags for this');
        return ['tag'];
      },
    },
    factory: (source) => () => source,
  },
];

const CASES = TAGGINGS.flatMap((tagging) =>
  tagging.loaders.map((loader) => ({ ...tagging, loader: loader.name, load: loader.load })),
);

describe.each(CASES)('Promise 2 for invalidateTags, by $loader, $name', (tagging) => {
  const { load, options } = tagging;
  const start = (cache: CacheService, source: Promise<string>): Promise<string> =>
    load(cache, 'key', tagging.factory(source), options);

  it('across a running load: its callers get its value, and it is not stored', async () => {
    const { cache } = scenario();
    const old = deferred<string>();
    const first = start(cache, old.promise);
    const joined = load(cache, 'key', notCalled, options);
    await cache.invalidateTags(['unrelated', 'tag']);
    old.resolve('old');
    expect(await Promise.all([first, joined])).toEqual(['old', 'old']);
    expect(cache.memory.has('key')).toBe(false);
    expect(await start(cache, Promise.resolve('new'))).toBe('new');
    expect(await load(cache, 'key', notCalled, options)).toBe('new');
  });

  it('a read that begins after it loads anew, and callers that come later share that load', async () => {
    const { cache } = scenario();
    const [old, fresh] = [deferred<string>(), deferred<string>()];
    const first = start(cache, old.promise);
    await cache.invalidateTags(['tag']);
    let runs = 0;
    const late = Array.from({ length: 10 }, () =>
      load(
        cache,
        'key',
        (context) => {
          runs++;
          return tagging.factory(fresh.promise)(context);
        },
        options,
      ),
    );
    await settle();
    old.resolve('old');
    expect(await first).toBe('old');
    await settle();
    expect(cache.memory.has('key')).toBe(false);
    fresh.resolve('new');
    expect(await Promise.all(late)).toEqual(Array.from({ length: 10 }, () => 'new'));
    expect(runs).toBe(1);
    expect(cache.memory.get('key').value).toBe('new');
  });

  it('a read that begins between two invalidations does not get what is older than the first', async () => {
    const { cache } = scenario();
    const old = deferred<string>();
    const first = start(cache, old.promise);
    await cache.invalidateTags(['tag']);
    const second = start(cache, Promise.resolve('new'));
    await cache.invalidateTags(['tag']);
    old.resolve('old');
    expect(await Promise.all([first, second])).toEqual(['old', 'new']);
  });

  it('removes what was there', async () => {
    const { cache } = scenario();
    await start(cache, Promise.resolve('kept'));
    expect(cache.memory.get('key').value).toBe('kept');
    await cache.invalidateTags(['tag']);
    expect(cache.memory.get('key')).toMatchObject({ success: false, reason: 'invalidated' });
  });
});

describe('invalidateTags', () => {
  it.each<[string, CacheOptions]>([
    ['memory alone', { file: false }],
    ['memory above an unused file tier', {}],
    ['memory and file', TIERED],
  ])('leaves what is set while it runs, in %s', async (_tiers, options) => {
    const cache = newFolder().open(options);
    await cache.set('key', 'old', { tags: ['tag'] });
    const invalidated = cache.invalidateTags(['tag']);
    expect((await cache.set('key', 'set', { tags: ['tag'] })).success).toBe(true);
    await invalidated;
    expect(cache.memory.get('key').value).toBe('set');
    await cache.invalidateTags(['tag']);
    expect(await cache.has('key')).toBe(false);
  });

  it.each<[string, CacheOptions]>([
    ['memory alone', { file: false }],
    ['memory above an unused file tier', {}],
  ])(
    'keeps nothing that is made of what it has not yet removed, in %s',
    async (_tiers, options) => {
      const cache = newFolder().open({ maxEntriesPerCategory: Infinity, ...options });
      const tags = ['AAPL'];
      let price = 'old';
      for (let row = 0; row < 200_000; row++) cache.memory.set(`row ${row}`, row, { tags });
      const priced = () => cache.wrap('price', async () => price, { tags });
      const report = () =>
        cache.wrap('report', async () => `report of ${await priced()}`, { tags });
      await priced();
      price = 'new';
      const invalidated = cache.invalidateTags(tags);
      // It rests between two slices, with the price still to come.
      await settle();
      const meanwhile = await report();
      await invalidated;
      expect([meanwhile, await report()]).toEqual(['report of old', 'report of new']);
    },
  );

  it('reaches every category, and only what carries the tag', async () => {
    const { cache } = scenario();
    await cache.set('a', 1, { tags: ['x', 'y'] });
    await cache.set('b', 2, { tags: ['x'], category: 'second' });
    await cache.set('c', 3, { tags: ['xy'] });
    await cache.set('d', 4);
    await cache.invalidateTags(['x', 'none']);
    expect(cache.memory.keys()).toEqual(['c', 'd']);
    expect(cache.memory.keys('second')).toEqual([]);
  });

  it('does not reach a value that was set anew without the tag', async () => {
    const { cache } = scenario();
    await cache.set('a', 1, { tags: ['x'] });
    await cache.set('a', 2);
    await cache.invalidateTags(['x']);
    expect(cache.memory.get('a').value).toBe(2);
  });

  it.each(['__proto__', 'constructor', '', 'a:b'])(
    'takes %j for a tag like any other',
    async (tag) => {
      const { cache } = scenario();
      await cache.set('a', 1, { tags: [tag] });
      await cache.set('b', 2, { tags: ['other'] });
      await cache.invalidateTags([tag]);
      expect(cache.memory.keys()).toEqual(['b']);
    },
  );

  it('of no tags does nothing', async () => {
    const { cache } = scenario();
    await cache.set('a', 1, { tags: ['x'] });
    await cache.invalidateTags([]);
    expect(cache.memory.keys()).toEqual(['a']);
  });

  it.each<[unknown]>([['x'], [undefined], [null], [[1]], [new Set(['x'])]])(
    'refuses %p as tags',
    async (tags) => {
      const { cache } = scenario();
      await expect(cache.invalidateTags(tags as string[])).rejects.toThrow(/^tags: got/);
    },
  );
});
