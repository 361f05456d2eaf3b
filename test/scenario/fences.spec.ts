import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import { deferred } from '../support/deferred.js';
import { settle } from '../support/turns.js';
import { LOADERS, notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';
import { CATEGORY, REMOVALS, SETS, STRANGERS } from './support/writes.js';

const inMemory = (cache: CacheService): unknown =>
  cache.memory.get('key', { category: CATEGORY }).value;

describe.each(LOADERS)('Promise 2, by $name', ({ load }) => {
  describe.each(REMOVALS)('$name', ({ options: own, run }) => {
    const options = { category: CATEGORY, ...own };

    it('across a running load: its callers get its value, and it is not stored', async () => {
      const { cache } = scenario();
      const old = deferred<string>();
      const first = load(cache, 'key', () => old.promise, options);
      const joined = load(cache, 'key', notCalled, options);
      await run(cache);
      old.resolve('old');
      expect(await Promise.all([first, joined])).toEqual(['old', 'old']);
      await settle();
      expect(cache.memory.has('key', { category: CATEGORY })).toBe(false);
      expect(await load(cache, 'key', () => 'new', options)).toBe('new');
      expect(await load(cache, 'key', notCalled, options)).toBe('new');
    });

    it('a read that begins after it loads anew while the old load is still running', async () => {
      const { cache } = scenario();
      const old = deferred<string>();
      const first = load(cache, 'key', () => old.promise, options);
      await run(cache);
      expect(await load(cache, 'key', () => Promise.resolve('new'), options)).toBe('new');
      expect(inMemory(cache)).toBe('new');
      old.resolve('old');
      expect(await first).toBe('old');
    });

    it('the old load finishing last does not overwrite the new value', async () => {
      const { cache } = scenario();
      const old = deferred<string>();
      const first = load(cache, 'key', () => old.promise, options);
      await run(cache);
      await load(cache, 'key', () => Promise.resolve('new'), options);
      old.resolve('old');
      await first;
      await settle();
      expect(inMemory(cache)).toBe('new');
      expect(await load(cache, 'key', notCalled, options)).toBe('new');
    });

    it('the old load finishing first is not stored while the new one runs, which callers join', async () => {
      const { cache } = scenario();
      const [old, fresh] = [deferred<string>(), deferred<string>()];
      const first = load(cache, 'key', () => old.promise, options);
      await run(cache);
      const second = load(cache, 'key', () => fresh.promise, options);
      old.resolve('old');
      expect(await first).toBe('old');
      expect(cache.memory.has('key', { category: CATEGORY })).toBe(false);
      const third = load(cache, 'key', notCalled, options);
      fresh.resolve('new');
      expect(await Promise.all([second, third])).toEqual(['new', 'new']);
      expect(inMemory(cache)).toBe('new');
    });

    it('twice across two running loads: neither is stored, the third is', async () => {
      const { cache } = scenario();
      const [one, two, three] = [deferred<number>(), deferred<number>(), deferred<number>()];
      const first = load(cache, 'key', () => one.promise, options);
      await run(cache);
      const second = load(cache, 'key', () => two.promise, options);
      await run(cache);
      const third = load(cache, 'key', () => three.promise, options);
      three.resolve(3);
      expect(await third).toBe(3);
      two.resolve(2);
      one.resolve(1);
      expect(await Promise.all([first, second])).toEqual([1, 2]);
      expect(inMemory(cache)).toBe(3);
    });

    it('removes what was there: no read sees it again', async () => {
      const { cache } = scenario();
      await load(cache, 'key', () => 'old', options);
      await run(cache);
      expect(inMemory(cache)).toBeUndefined();
      expect(await cache.has('key', { category: CATEGORY })).toBe(false);
      expect(await load(cache, 'key', () => 'new', options)).toBe('new');
    });

    it('across a load that fails: its callers get its error, and the next caller loads', async () => {
      const { cache } = scenario();
      const old = deferred<string>();
      const first = load(cache, 'key', () => old.promise, options);
      await run(cache);
      const second = load(cache, 'key', () => 'new', options);
      old.reject(new Error('too late'));
      await expect(first).rejects.toThrow('too late');
      expect(await second).toBe('new');
      expect(inMemory(cache)).toBe('new');
    });
  });

  describe.each(SETS)('$name', ({ run }) => {
    const options = { category: CATEGORY };

    it('across a running load: its callers get its value, and the value set stays', async () => {
      const { cache } = scenario();
      const old = deferred<string>();
      const first = load(cache, 'key', () => old.promise, options);
      const joined = load(cache, 'key', notCalled, options);
      await run(cache);
      expect(await load(cache, 'key', notCalled, options)).toBe('set');
      old.resolve('old');
      expect(await Promise.all([first, joined])).toEqual(['old', 'old']);
      await settle();
      expect(inMemory(cache)).toBe('set');
    });

    it('a read that begins after it, when its value is gone again, does not join the old load', async () => {
      const { cache, clock } = scenario();
      const old = deferred<string>();
      const first = load(cache, 'key', () => old.promise, options);
      await run(cache);
      clock.advance('2h');
      const second = load(cache, 'key', () => 'new', options);
      old.resolve('old');
      expect(await Promise.all([first, second])).toEqual(['old', 'new']);
      expect(inMemory(cache)).toBe('new');
    });
  });

  it('forceRefresh: a load running across it is not stored, and later callers join the newer one', async () => {
    const { cache } = scenario();
    const [old, fresh] = [deferred<string>(), deferred<string>()];
    const first = load(cache, 'key', () => old.promise);
    const second = load(cache, 'key', () => fresh.promise, { forceRefresh: true });
    const third = load(cache, 'key', notCalled);
    old.resolve('old');
    expect(await first).toBe('old');
    expect(cache.memory.has('key')).toBe(false);
    fresh.resolve('new');
    expect(await Promise.all([second, third])).toEqual(['new', 'new']);
    expect(cache.memory.get('key').value).toBe('new');
  });

  it('forceRefresh: loads though there is a fresh value, and replaces it', async () => {
    const { cache } = scenario();
    await load(cache, 'key', () => 'old');
    expect(await load(cache, 'key', () => 'new', { forceRefresh: true })).toBe('new');
    expect(await load(cache, 'key', notCalled)).toBe('new');
  });

  it.each(STRANGERS)(
    '$name leaves a running load alone: it is shared and stored',
    async (write) => {
      const { cache } = scenario();
      const options = { category: CATEGORY, ...write.options };
      const source = deferred<string>();
      const first = load(cache, 'key', () => source.promise, options);
      await write.run(cache);
      const second = load(cache, 'key', notCalled, options);
      source.resolve('value');
      expect(await Promise.all([first, second])).toEqual(['value', 'value']);
      expect(inMemory(cache)).toBe('value');
    },
  );

  it('a write made by the factory itself is not undone by its answer', async () => {
    const { cache } = scenario();
    const answer = await load(cache, 'key', async () => {
      await cache.set('key', 'set');
      return 'loaded';
    });
    expect(answer).toBe('loaded');
    expect(cache.memory.get('key').value).toBe('set');
  });
});
