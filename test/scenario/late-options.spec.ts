import { describe, expect, it } from '@jest/globals';
import type { CategoryOptions } from '../../lib/core/model/options.js';
import { LOADERS } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';
import { refuseUnhandled } from '../support/unhandled.js';

refuseUnhandled();

const failing = async (): Promise<never> => {
  throw new Error('lookup failed');
};

const LATE: [string, string, object][] = [
  ['cacheIf', 'that says no', { cacheIf: async () => false }],
  ['cacheIf', 'that rejects', { cacheIf: failing }],
  ['ttl', 'that answers', { ttl: async () => 60 }],
  ['ttl', 'that rejects', { ttl: failing }],
  ['tags', 'that answers', { tags: async () => ['tag'] }],
  ['tags', 'that rejects', { tags: failing }],
];

describe.each(LOADERS)('An option that gives a promise, by $name', ({ load }) => {
  it.each(LATE)(
    '%s %s: the value is delivered, not kept, and it is logged',
    async (name, _, own) => {
      const { cache, logger } = scenario();
      expect(await load(cache, 'key', () => 'value', own)).toBe('value');
      expect(cache.memory.has('key')).toBe(false);
      expect(logger.errors).toEqual([
        `default: a loaded value was handed over but not kept: ${name}: got a promise, must be a function that answers at once`,
      ]);
    },
  );
});

describe('An option that gives a promise', () => {
  it.each([
    ['answers', async () => 60],
    ['rejects', failing],
  ])('is refused by set where it is the ttl of a category and %s', async (_, ttl) => {
    const own = { ttl } as unknown as CategoryOptions;
    const { cache } = scenario({ categories: { own } });
    const { error } = await cache.set('key', 1, { category: 'own' });
    expect(error?.message).toMatch(/^categories\.own\.ttl: got a promise/);
    expect(() => cache.memory.set('key', 1, { category: 'own' })).toThrow(/got a promise/);
    expect(cache.memory.has('key', { category: 'own' })).toBe(false);
  });

  it.each([
    ['answers', async () => 'key'],
    ['rejects', failing],
  ])('is refused as the key of a cached function, and %s', async (_, key) => {
    const { cache } = scenario();
    const fn = cache.cached(() => 1, { name: 'fn', key: key as never });
    expect(fn).toThrow(/^fn key: got a promise/);
  });
});
