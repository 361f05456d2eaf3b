import { describe, expect, it } from '@jest/globals';
import { CacheOptionsError } from 'nestjs-tiered-cache/core';
import { scenario } from './support/scenario-cache.js';

describe('Bulk operations', () => {
  it('getMany answers in the order of the keys, with repetitions and misses', async () => {
    const { cache } = scenario();
    await cache.setMany([
      { key: 'a', value: 1 },
      { key: 'b', value: undefined },
    ]);
    const results = await cache.getMany(['b', 'none', 'a', 'a']);
    expect(results.map(({ success }) => success)).toEqual([true, false, true, true]);
    expect(results.map(({ value }) => value)).toEqual([undefined, undefined, 1, 1]);
    expect(await cache.getMany([])).toEqual([]);
  });

  it('setMany keeps each entry with its own TTL and tags, or the call’s', async () => {
    const { cache, clock } = scenario();
    const results = await cache.setMany(
      [
        { key: 'a', value: 1, ttl: 5 },
        { key: 'b', value: 2, tags: ['own'] },
        { key: 'c', value: 3, ttl: 0 },
      ],
      { ttl: 50, tags: ['all'], category: 'own' },
    );
    const now = clock.now();
    expect(results.map((result) => result.success && result.expiresAt)).toEqual([
      now + 5000,
      now + 50_000,
      undefined,
    ]);
    await cache.invalidateTags(['all']);
    expect(cache.memory.keys('own')).toEqual(['b']);
    await cache.invalidateTags(['own']);
    expect(cache.memory.keys('own')).toEqual([]);
  });

  it('setMany answers in order, and one bad entry does not keep the others out', async () => {
    const { cache } = scenario();
    const results = await cache.setMany([
      { key: 'a', value: 1 },
      { key: 'b', value: 2, ttl: -1 },
      { key: 'c', value: 3 },
    ]);
    expect(results.map(({ success }) => success)).toEqual([true, false, true]);
    expect(results[1]!.error?.message).toMatch(/^ttl: got -1/);
    expect(cache.memory.keys()).toEqual(['a', 'c']);
  });

  it.each(['ab', new Set(['a']), undefined, null, 5])(
    'refuse %p where a list belongs, and touch nothing',
    async (list) => {
      const { cache } = scenario();
      await cache.setMany(['a', 'b'].map((key) => ({ key, value: key })));
      for (const [option, refused] of [
        ['keys', cache.getMany(list as never)],
        ['keys', cache.deleteMany(list as never)],
        ['entries', cache.setMany(list as never)],
      ] as const) {
        const error: unknown = await refused.catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(CacheOptionsError);
        expect(error).toMatchObject({ option, value: list });
      }
      expect(cache.memory.keys()).toEqual(['a', 'b']);
    },
  );

  it.each([undefined, null, 'a', 5])(
    'setMany has an error where %p stands for an entry, and keeps the others',
    async (entry) => {
      const { cache } = scenario();
      const results = await cache.setMany([{ key: 'a', value: 1 }, entry as never]);
      expect(results.map(({ success }) => success)).toEqual([true, false]);
      expect(results[1]!.error).toBeInstanceOf(CacheOptionsError);
      expect(results[1]!.error).toMatchObject({ option: 'entries[1]' });
    },
  );

  it('have an error for a hole in a list, as for undefined', async () => {
    const { cache } = scenario();
    const a = { key: 'a', value: 1 };
    const results = [
      ...(await cache.setMany([, a] as never)), // oxlint-disable-line no-sparse-arrays
      ...(await cache.getMany([, 'a'] as never)), // oxlint-disable-line no-sparse-arrays
    ];
    expect(results.map((result) => result?.success)).toEqual([false, true, false, true]);
    expect(results[0]!.error).toMatchObject({ option: 'entries[0]' });
    expect(results[2]!.error).toMatchObject({ option: 'key', value: undefined });
  });

  it('of one key: the last value stands', async () => {
    const { cache } = scenario();
    await cache.setMany([1, 2, 3].map((value) => ({ key: 'a', value })));
    expect((await cache.get('a')).value).toBe(3);
  });

  it('deleteMany tells how many fresh entries there were', async () => {
    const { cache, clock } = scenario();
    await cache.setMany(['a', 'b', 'c'].map((key) => ({ key, value: key })));
    await cache.set('old', 1, { ttl: 1 });
    clock.advance(1000);
    expect(await cache.deleteMany(['a', 'c', 'none', 'a', 'old'])).toBe(2);
    expect(await cache.deleteMany([])).toBe(0);
    expect(cache.memory.keys()).toEqual(['b']);
  });

  it('memory.keys are those of fresh entries, in the order they were first set', async () => {
    const { cache, clock } = scenario();
    for (const key of ['c', 'a', 'b']) cache.memory.set(key, 1);
    cache.memory.set('brief', 1, { ttl: 1 });
    cache.memory.set('c', 2);
    cache.memory.get('a');
    clock.advance(1000);
    expect(cache.memory.keys()).toEqual(['c', 'a', 'b']);
    expect(cache.memory.keys({ category: 'own' })).toEqual([]);
  });
});
