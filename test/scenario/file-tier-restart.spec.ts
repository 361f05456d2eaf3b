import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import { difference } from '../unit/codec/same-graph.js';
import { cacheFolders, type CacheFolder, TIERED } from './support/cache-folder.js';
import { notCalled } from './support/loaders.js';

const newFolder = cacheFolders();

function cyclic(): unknown {
  const list: unknown[] = [];
  const map = new Map<unknown, unknown>([['list', list]]);
  list.push(map, list);
  return { list, map };
}

const VALUES: Record<string, unknown> = {
  undefined: undefined,
  null: null,
  false: false,
  'an empty text': '',
  'a lone surrogate': '\ud800',
  NaN: NaN,
  '-0': -0,
  Infinity: Infinity,
  'a bigint': -(2n ** 100n),
  'a Date': new Date(1_704_067_200_123),
  'a Map': new Map<unknown, unknown>([[{ a: 1 }, new Map([[NaN, -0]])]]),
  'a Set': new Set<unknown>([1, '1', new Set([undefined])]),
  'a Buffer': Buffer.from('bytes'),
  'typed arrays': [new Uint8Array([1, 2]), new Float64Array([0.1, -0]), new BigInt64Array([-5n])],
  'a RegExp': /a(?<b>.)\/\n/giu,
  'an Error with its cause': new TypeError('outer', { cause: new RangeError('inner') }),
  'undefined inside': { a: undefined, b: [undefined] },
  'a cyclic graph': cyclic(),
};

describe('After a restart', () => {
  it.each(Object.entries(VALUES))(
    '%s is what it was, and the same from memory',
    async (_, value) => {
      const folder = newFolder();
      const first = folder.open(TIERED);
      expect(await first.set('set', value)).toMatchObject({ success: true });
      await first.wrap('wrapped', () => value);
      const cache = await folder.restart(first, TIERED);
      for (const key of ['set', 'wrapped']) {
        const below = await cache.get(key);
        const memory = await cache.get(key);
        expect([below.source, memory.source]).toEqual(['file', 'memory']);
        expect(difference(value, below.value)).toBeUndefined();
        expect(difference(value, memory.value)).toBeUndefined();
        expect(difference(value, await cache.wrap(key, notCalled))).toBeUndefined();
        expect(difference(value, cache.file.getSync(key).value)).toBeUndefined();
      }
    },
  );

  it('keys and categories are what they were', async () => {
    const folder = newFolder();
    const keys = ['', '../../etc/passwd', 'a\0b', 'p/q', 'p:q', 'a', 'A', '\ud800', '\ud801'];
    keys.push('é', 'e\u0301', 'k'.repeat(100_000), '__proto__', ' ', '.');
    const categories = ['', '__proto__', 'a:b', 'a/../b', 'Ä'];
    const addresses = categories.flatMap((category) => keys.map((key) => ({ category, key })));
    const options = { categories: {}, file: { maxEntriesPerCategory: 100 } };
    const first = folder.open(options);
    for (const { category, key } of addresses) {
      await first.file.set(key, [category, key], { category });
    }
    const cache = await folder.restart(first, options);
    for (const { category, key } of addresses) {
      expect((await cache.file.get(key, { category })).value).toEqual([category, key]);
    }
    for (const category of categories) {
      expect((await cache.file.keys(category)).sort()).toEqual([...keys].sort());
    }
    expect(folder.size).toBe(addresses.length);
  });

  it('tags are what they were', async () => {
    const folder = newFolder();
    const first = folder.open(TIERED);
    await first.set('a', 1, { tags: ['one', 'two'] });
    await first.wrap('b', () => 2, { tags: (value) => [`value:${value}`] });
    await first.wrap('c', (context) => {
      context.setTags(['late']);
      return 3;
    });
    const cache = await folder.restart(first, TIERED);
    // Some are in memory by now, with their tags.
    expect(await cache.has('a')).toBe(true);
    await cache.get('b');
    await cache.invalidateTags(['two', 'value:2', 'late']);
    for (const key of ['a', 'b', 'c']) {
      expect(await cache.get(key)).toMatchObject({ success: false });
    }
  });

  it('expiry is what it was, whatever time has passed in between', async () => {
    const folder = newFolder();
    const first = folder.open(TIERED);
    await first.set('seconds', 1, { ttl: 30 });
    await first.set('months', 2, { ttl: '90d' });
    await first.set('never', 3, { ttl: Infinity });
    await first.close();
    folder.clock.advance('60d');
    const cache = folder.open(TIERED);
    expect(await cache.get('seconds')).toMatchObject({ success: false, reason: 'expired' });
    expect(await cache.has('months')).toBe(true);
    folder.clock.advance('31d');
    expect(await cache.has('months')).toBe(false);
    expect(await cache.get('never')).toMatchObject({ value: 3, expiresAt: undefined });
  });

  it('values set again are the last ones', async () => {
    const folder = newFolder();
    let cache = folder.open(TIERED);
    for (let round = 1; round <= 5; round++) {
      await cache.set('key', round);
      cache = await folder.restart(cache, TIERED);
      expect((await cache.get('key')).value).toBe(round);
    }
    expect(folder.size).toBe(1);
  });
});

interface Removal {
  readonly name: string;
  readonly run: (cache: CacheService) => unknown;
  /** What is left of `a`, tagged `tag`, of `b`, and of `c` in another category, tagged `tag`. */
  readonly left: readonly boolean[];
}

const REMOVALS: Removal[] = [
  { name: 'delete', run: (cache) => cache.delete('a'), left: [false, true, true] },
  { name: 'deleteMany', run: (cache) => cache.deleteMany(['b', 'a']), left: [false, false, true] },
  {
    name: 'invalidateTags',
    run: (cache) => cache.invalidateTags(['other', 'tag']),
    left: [false, true, false],
  },
  { name: 'clear(category)', run: (cache) => cache.clear('default'), left: [false, false, true] },
  { name: 'clear()', run: (cache) => cache.clear(), left: [false, false, false] },
  {
    name: 'set with a TTL of 0',
    run: (cache) => cache.set('a', 'gone', { ttl: 0 }),
    left: [false, true, true],
  },
  { name: 'file.delete', run: (cache) => cache.file.delete('b'), left: [true, false, true] },
  {
    name: 'file.deleteSync',
    run: (cache) => cache.file.deleteSync('b'),
    left: [true, false, true],
  },
  {
    name: 'file.clear(category)',
    run: (cache) => cache.file.clear('other'),
    left: [true, true, false],
  },
  { name: 'file.clear()', run: (cache) => cache.file.clear(), left: [false, false, false] },
];

const ENTRIES: [string, string][] = [
  ['a', 'default'],
  ['b', 'default'],
  ['c', 'other'],
];
const OPTIONS = {
  categories: { default: { tiers: ['memory', 'file'] }, other: { tiers: ['memory', 'file'] } },
} as const;

async function filled(folder: CacheFolder): Promise<CacheService> {
  const cache = folder.open(OPTIONS);
  await cache.set('a', 'a', { tags: ['tag'] });
  await cache.set('b', 'b');
  await cache.set('c', 'c', { category: 'other', tags: ['tag'] });
  return cache;
}

const leftIn = (cache: CacheService): Promise<boolean[]> =>
  Promise.all(ENTRIES.map(async ([key, category]) => (await cache.get(key, { category })).success));

describe.each(REMOVALS)('$name outlives a restart', ({ name, run, left }) => {
  it('of what this process wrote', async () => {
    const folder = newFolder();
    const cache = await filled(folder);
    await run(cache);
    if (!name.startsWith('file.')) expect(await leftIn(cache)).toEqual(left);
    const again = await folder.restart(cache, OPTIONS);
    expect(await leftIn(again)).toEqual(left);
  });

  it('of what an earlier process wrote and this one has not looked at', async () => {
    const folder = newFolder();
    const cache = await folder.restart(await filled(folder), OPTIONS);
    await run(cache);
    expect(await leftIn(await folder.restart(cache, OPTIONS))).toEqual(left);
  });

  it('although the files could not be removed', async () => {
    const folder = newFolder();
    const cache = await filled(folder);
    const files = ENTRIES.map(([key, category]) => folder.pathOf(key, category));
    const contents = files.map((path) => readFileSync(path));
    await run(cache);
    await cache.close();
    for (const [at, path] of files.entries()) {
      if (left[at] === false) writeFileSync(path, contents[at]!);
    }
    const again = folder.open(OPTIONS);
    expect(await leftIn(again)).toEqual(left);
    // What is dead does not stay on disk.
    expect(ENTRIES.map(([key, category]) => folder.has(key, category))).toEqual(left);
  });
});

describe('After a restart, the statistics', () => {
  it('count what is in the folder, once it has been looked through', async () => {
    const folder = newFolder();
    const first = await filled(folder);
    const before = first.getStats();
    const cache = await folder.restart(first, OPTIONS);
    await cache.cleanup();
    const { fileCache, memoryCache, categories } = cache.getStats();
    expect(fileCache).toMatchObject({
      entries: 3,
      bytes: before.fileCache.bytes,
      hits: 0,
      misses: 0,
      sets: 0,
    });
    expect(before.fileCache.bytes).toBeGreaterThan(0);
    expect(memoryCache.entries).toBe(0);
    expect(categories.other!.fileCache).toMatchObject({ entries: 1 });
    expect(categories.default!.fileCache).toMatchObject({ entries: 2 });
  });

  it('count hits, misses, deletes and damage by category', async () => {
    const folder = newFolder();
    const cache = await folder.restart(await filled(folder), OPTIONS);
    await cache.get('a');
    await cache.get('none');
    writeFileSync(folder.pathOf('b'), 'damaged');
    expect(await cache.get('b')).toEqual({
      success: false,
      source: 'none',
      reason: 'absent',
      durationMs: expect.any(Number),
    });
    await cache.delete('c', { category: 'other' });
    const { categories } = cache.getStats();
    expect(categories.default!.fileCache).toMatchObject({ hits: 1, misses: 2, errors: 1 });
    expect(categories.default!.fileCache.hitRate).toBeCloseTo(1 / 3);
    expect(categories.other!.fileCache).toMatchObject({ hits: 0, misses: 0, deletes: 1 });
  });
});
