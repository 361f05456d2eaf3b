import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { TierName } from '../../lib/core/model/options.js';
import { cacheFolders } from './support/cache-folder.js';
import { scenario } from './support/scenario-cache.js';

const newFolder = cacheFolders();

let cache: CacheService;

const TIERS: readonly TierName[][] = [['memory'], ['memory', 'file'], ['file']];

/** Ways to keep a value under tags; each may change the list afterwards. */
const WRITES: Record<string, (tags: string[]) => Promise<unknown>> = {
  set: (tags) => cache.set('k', 1, { tags }),
  setMany: (tags) => cache.setMany([{ key: 'k', value: 1, tags }]),
  wrap: (tags) => cache.wrap('k', () => 1, { tags }),
  'wrap, with a function': (tags) => cache.wrap('k', () => 1, { tags: () => tags }),
  'wrap, with a wish': (tags) =>
    cache.wrap('k', (context) => {
      context.setTags(tags);
      return 1;
    }),
  'wrap, changed while it loads': (tags) =>
    cache.wrap(
      'k',
      () => {
        tags[0] = 'changed by the factory';
        return 1;
      },
      { tags },
    ),
  cached: (tags) => cache.cached(async () => 1, { tags, key: () => 'k' })(),
};

describe.each(TIERS.map((tiers) => [tiers.join(' and '), tiers] as const))(
  'A list that a caller changes, in %s',
  (_name, tiers) => {
    beforeEach(() => {
      cache = newFolder().open({ categories: { default: { tiers } } });
    });

    it.each(Object.keys(WRITES))('of tags does not change the entry: %s', async (write) => {
      const tags = ['tag', 'other'];
      await WRITES[write]!(tags);
      tags.splice(0, 2, 'else');
      await cache.set('untagged', 2);
      let all = await keys();
      // What is loaded is written to disk in the background.
      while (all.length < 2) all = await keys();
      const key = all.find((each) => each !== 'untagged');
      await cache.invalidateTags(['else']);
      expect((await cache.get(key!)).value).toBe(1);
      await cache.invalidateTags(['tag']);
      await cache.set('in its slot', 3);
      await cache.invalidateTags(['tag']);
      expect((await keys()).sort()).toEqual(['in its slot', 'untagged']);
    });

    it('of tags that are invalidated does not change what is', async () => {
      await cache.set('a', 1, { tags: ['a'] });
      await cache.set('b', 1, { tags: ['b'] });
      await cache.set('c', 1, { tags: ['c'] });
      const told: unknown[] = [];
      cache.events.on('invalidateTags', (event) => told.push(event.tags));
      const tags = ['a', 'b'];
      const done = cache.invalidateTags(tags);
      tags.splice(0, 2, 'c');
      await done;
      expect(await keys()).toEqual(['c']);
      expect(told).toEqual([['a', 'b']]);
    });

    it('of keys that are deleted does not change which are', async () => {
      await cache.setMany(['a', 'b', 'c'].map((key) => ({ key, value: 1 })));
      const gone = ['a', 'b'];
      const done = cache.deleteMany(gone);
      gone.splice(0, 2, 'c');
      expect(await done).toBe(2);
      expect(await keys()).toEqual(['c']);
    });

    it('that explain gave changes nothing', async () => {
      await cache.set('k', 1, { tags: ['tag'] });
      const { tiers: found } = await cache.explain('k');
      for (const tier of found) (tier.tags as string[]).length = 0;
      await cache.invalidateTags(['tag']);
      expect(await keys()).toEqual([]);
    });

    const keys = (): Promise<string[]> | string[] =>
      tiers.includes('file') ? cache.file.keys() : cache.memory.keys();
  },
);

describe('A list of tags of a category', () => {
  it('is the one that it was when the cache was made', async () => {
    const tags = ['tag'];
    const { cache } = scenario({ categories: { default: { tags } } });
    tags[0] = 'other';
    await cache.wrap('k', () => 1);
    await cache.invalidateTags(['other']);
    expect(cache.memory.keys()).toEqual(['k']);
    await cache.invalidateTags(['tag']);
    expect(cache.memory.keys()).toEqual([]);
  });
});
