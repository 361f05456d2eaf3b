import { describe, expect, it } from '@jest/globals';
import { notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';

const ODD_NAMES = [
  '',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'a:b',
  '\0',
  '\ud800',
  'default',
];
const NOT_STRINGS: [unknown][] = [
  [undefined],
  [null],
  [0],
  [NaN],
  [1n],
  [true],
  [Symbol('k')],
  [{}],
  [['k']],
  [() => 'k'],
];

describe('A key', () => {
  it.each(ODD_NAMES)('may be %j', async (name) => {
    const { cache } = scenario();
    expect(await cache.get(name)).toMatchObject({ success: false, reason: 'absent' });
    await cache.set(name, { own: true });
    expect(await cache.get(name)).toMatchObject({ success: true, value: { own: true } });
    expect(cache.memory.keys()).toEqual([name]);
    expect(await cache.wrap(name, notCalled)).toEqual({ own: true });
    expect(await cache.delete(name)).toBe(true);
    expect(await cache.has(name)).toBe(false);
  });

  it('is compared as it is: not trimmed, not folded, not normalised', async () => {
    const { cache } = scenario();
    const keys = ['a', 'A', ' a', 'a ', 'é', 'e\u0301', '1', '01', '1.0'];
    await cache.setMany(keys.map((key) => ({ key, value: key })));
    expect((await cache.getMany(keys)).map(({ value }) => value)).toEqual(keys);
  });

  it('of a megabyte works', async () => {
    const { cache } = scenario();
    const key = 'k'.repeat(1_000_000);
    await cache.set(key, 1);
    expect((await cache.get(key)).value).toBe(1);
    expect((await cache.get(`${key}k`)).success).toBe(false);
  });
});

describe.each([
  ['in a fresh cache', false],
  ['in a cache that entries have left', true],
])('A key that is no string, %s', (_when, worn) => {
  it.each(NOT_STRINGS)('%p: is a clear error wherever it is used', async (key) => {
    const { cache, clock } = scenario();
    if (worn) {
      cache.memory.set('gone', 1, { ttl: 1 });
      clock.advance(1000);
      cache.memory.get('gone');
    }
    const bad = key as string;
    const error = {
      name: 'CacheOptionsError',
      message: expect.stringMatching(/^key: got .*, must be a string$/),
    };
    expect((await cache.get(bad)).error).toMatchObject(error);
    expect((await cache.set(bad, 1)).error).toMatchObject(error);
    expect((await cache.getOrSet(bad, notCalled)).error).toMatchObject(error);
    expect((await cache.getMany(['a', bad]))[1]!.error).toMatchObject(error);
    expect((await cache.setMany([{ key: bad, value: 1 }]))[0]!.error).toMatchObject(error);
    await expect(cache.wrap(bad, notCalled)).rejects.toMatchObject(error);
    await expect(cache.has(bad)).rejects.toMatchObject(error);
    await expect(cache.delete(bad)).rejects.toMatchObject(error);
    await expect(cache.deleteMany(['a', bad])).rejects.toMatchObject(error);
    expect(() => cache.memory.get(bad)).toThrow(/^key: got/);
    expect(() => cache.memory.set(bad, 1)).toThrow(/^key: got/);
    expect(() => cache.memory.has(bad)).toThrow(/^key: got/);
    expect(() => cache.memory.delete(bad)).toThrow(/^key: got/);
    expect(cache.memory.keys()).toEqual([]);
  });

  it('in deleteMany: nothing is deleted', async () => {
    const { cache } = scenario();
    await cache.set('a', 1);
    await expect(cache.deleteMany(['a', 5 as unknown as string])).rejects.toThrow(/^key: got 5/);
    expect(await cache.has('a')).toBe(true);
  });
});

describe('A category', () => {
  it.each(ODD_NAMES)('may be called %j', async (category) => {
    const { cache } = scenario({
      categories: JSON.parse(`{${JSON.stringify(category)}:{"maxEntries":2}}`) as object as never,
    });
    await cache.setMany(
      ['a', 'b', 'c'].map((key) => ({ key, value: key })),
      { category },
    );
    expect(cache.memory.keys(category)).toEqual(['b', 'c']);
    const { categories } = cache.getStats();
    expect(Object.hasOwn(categories, category)).toBe(true);
    expect(categories[category]!.memoryCache.entries).toBe(2);
    expect(({} as Record<string, unknown>).memoryCache).toBeUndefined();
    await cache.clear(category);
    expect(cache.memory.keys(category)).toEqual([]);
  });

  it('shares no names with another: a + b:c and a:b + c are two entries', async () => {
    const { cache } = scenario();
    await cache.set('b:c', 1, { category: 'a' });
    await cache.set('c', 2, { category: 'a:b' });
    expect((await cache.get('b:c', { category: 'a' })).value).toBe(1);
    expect((await cache.get('c', { category: 'a:b' })).value).toBe(2);
    await cache.clear('a');
    expect((await cache.get('c', { category: 'a:b' })).value).toBe(2);
    expect(await cache.has('b:c', { category: 'a' })).toBe(false);
  });

  it('that is cleared leaves those alone whose names begin alike', async () => {
    const { cache } = scenario();
    for (const category of ['user', 'users', 'use', 'user:1'])
      await cache.set('k', 1, { category });
    await cache.clear('user');
    const left = ['user', 'users', 'use', 'user:1'].filter(
      (name) => cache.memory.keys(name).length > 0,
    );
    expect(left).toEqual(['users', 'use', 'user:1']);
  });

  it('is default where none is named', async () => {
    const { cache } = scenario();
    await cache.set('key', 1);
    expect((await cache.get('key', { category: 'default' })).value).toBe(1);
  });

  it.each<[unknown]>([[null], [5], [{}], [true]])('may not be %p', async (category) => {
    const { cache } = scenario();
    const bad = { category: category as string };
    const message = /^category: got .*, must be a string$/;
    expect((await cache.get('key', bad)).error?.message).toMatch(message);
    await expect(cache.wrap('key', notCalled, bad)).rejects.toThrow(message);
    await expect(cache.has('key', bad)).rejects.toThrow(message);
    await expect(cache.delete('key', bad)).rejects.toThrow(message);
    expect(() => cache.memory.get('key', bad)).toThrow(message);
    expect(() => cache.cached(notCalled, bad)).toThrow(message);
  });

  it('has its own limit, policy and TTL', async () => {
    const { cache, clock } = scenario({
      maxEntriesPerCategory: 3,
      evictionPolicy: 'lru',
      categories: {
        small: { maxEntries: 1 },
        fifo: { maxEntries: 2, evictionPolicy: 'fifo' },
        lfu: { maxEntries: 2, evictionPolicy: 'lfu' },
        brief: { ttl: 1 },
        light: { maxBytes: 1000, maxEntries: Infinity },
      },
    });
    for (const category of ['small', 'fifo', 'lfu', 'default']) {
      for (const key of ['a', 'b']) await cache.set(key, key, { category });
      await cache.get('a', { category });
      await cache.set('c', 'c', { category });
    }
    expect(cache.memory.keys('small')).toEqual(['c']);
    expect(cache.memory.keys('fifo')).toEqual(['b', 'c']);
    expect(cache.memory.keys('lfu')).toEqual(['a', 'c']);
    expect(cache.memory.keys()).toEqual(['a', 'b', 'c']);
    for (let at = 0; at < 50; at++)
      await cache.set(`${at}`, 'x'.repeat(100), { category: 'light' });
    expect(cache.getStats().categories.light!.memoryCache.bytes).toBeLessThanOrEqual(1000);
    await cache.set('a', 1, { category: 'brief' });
    clock.advance(1000);
    expect(await cache.has('a', { category: 'brief' })).toBe(false);
    expect(await cache.has('a')).toBe(true);
  });

  it('is made by the thousand with one warning', async () => {
    const { cache, logger } = scenario();
    for (let at = 0; at < 1100; at++) await cache.get('key', { category: `user:${at}` });
    expect(logger.warnings).toEqual([
      expect.stringMatching(/^1000 cache categories, the last of them "user:998": .*maxEntriesPer/),
    ]);
  });
});
