import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import { scenario } from './support/scenario-cache.js';

const absent = { success: false, source: 'none', reason: 'absent' };

describe('The result of a read', () => {
  it('is the value with its source and its expiry, without a duration from memory alone', async () => {
    const { cache, clock } = scenario();
    await cache.set('key', 1, { ttl: 5 });
    const hit = {
      success: true,
      value: 1,
      source: 'memory',
      stale: false,
      expiresAt: clock.now() + 5000,
    };
    expect(await cache.get('key')).toEqual(hit);
    expect(cache.memory.get('key')).toEqual(hit);
    expect(await cache.getOrSet('key', () => 2)).toEqual(hit);
    expect('durationMs' in (await cache.get('key'))).toBe(false);
  });

  it('has no expiry where the value never expires', async () => {
    const { cache } = scenario();
    await cache.set('key', 1, { ttl: Infinity });
    expect((await cache.get('key')) as object).toMatchObject({ expiresAt: undefined });
  });

  it('is a plain miss, with a reason and no error, where there is nothing', async () => {
    const { cache } = scenario();
    expect(await cache.get('key')).toEqual(absent);
    expect(cache.memory.get('key')).toEqual(absent);
  });

  it.each([undefined, null, 0, '', false])('tells the value %p from a miss', async (value) => {
    const { cache } = scenario();
    await cache.set('key', value);
    expect(await cache.get('key')).toMatchObject({ success: true, value });
    expect(await cache.has('key')).toBe(true);
  });

  it('of getOrSet that ran the factory is measured, and says so', async () => {
    const { cache, clock } = scenario();
    expect(await cache.getOrSet('key', () => 1, { ttl: 5 })).toEqual({
      success: true,
      value: 1,
      source: 'function',
      stale: false,
      durationMs: expect.any(Number),
      expiresAt: clock.now() + 5000,
    });
  });

  it('of getOrSet whose factory failed is its own error, measured', async () => {
    const { cache } = scenario();
    const error = new Error('mine');
    const result = await cache.getOrSet('key', () => Promise.reject(error));
    expect(result).toEqual({
      success: false,
      error,
      source: 'function',
      reason: 'error',
      durationMs: expect.any(Number),
    });
    expect(result.error).toBe(error);
  });

  it('is measured on memory alone with timings: all', async () => {
    const { cache } = scenario({ timings: 'all' });
    await cache.set('key', 1);
    for (const result of [
      await cache.get('key'),
      cache.memory.get('key'),
      await cache.getOrSet('key', () => 2),
      await cache.get('none'),
      cache.memory.get('none'),
      await cache.set('key', 1),
      cache.memory.set('key', 1),
      cache.memory.set('key', 1, { ttl: 5 }),
    ]) {
      expect(result.durationMs).toEqual(expect.any(Number));
      expect(result.durationMs).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('The result of a write', () => {
  it('is the value, where it is and until when', async () => {
    const { cache, clock } = scenario();
    const written = { success: true, value: 1, source: 'memory', stale: false };
    const expiresAt = clock.now() + 5000;
    expect(await cache.set('key', 1, { ttl: 5 })).toEqual({ ...written, expiresAt });
    expect(cache.memory.set('key', 1, { ttl: 5 })).toEqual({ ...written, expiresAt });
    expect(await cache.set('key', 1, { ttl: Infinity })).toEqual(written);
  });

  it.each([[0], ['0s'], [new Date(0)], [new Date(Date.UTC(2024, 0, 1))]])(
    'of ttl %p is nowhere, and what was there is removed',
    async (ttl) => {
      const { cache } = scenario();
      const nowhere = { success: true, value: 2, source: 'none', stale: false };
      await cache.set('key', 1);
      expect(await cache.set('key', 2, { ttl })).toEqual(nowhere);
      expect(await cache.get('key')).toEqual(absent);
      cache.memory.set('key', 1);
      expect(cache.memory.set('key', 2, { ttl })).toEqual(nowhere);
      expect(cache.memory.get('key')).toEqual(absent);
    },
  );

  it('with a bad TTL, tag, key or category is an error in the result, and thrown by memory', async () => {
    const { cache } = scenario();
    await cache.set('key', 'old');
    const writes: [unknown, object, RegExp][] = [
      ['key', { ttl: NaN }, /^ttl: got NaN/],
      ['key', { ttl: -1 }, /^ttl: got -1/],
      ['key', { ttl: 'soon' }, /^ttl: got "soon"/],
      ['key', { ttl: null }, /^ttl: got null/],
      ['key', { ttl: {} }, /^ttl: got \{\}/],
      ['key', { tags: 'x' }, /^tags: got "x"/],
      ['key', { tags: [null] }, /^tags: got \[null\]/],
      ['key', { category: 5 }, /^category: got 5/],
      [5, {}, /^key: got 5/],
      [undefined, {}, /^key: got undefined/],
    ];
    for (const [key, options, message] of writes) {
      const result = await cache.set(key as string, 'new', options);
      expect(result).toMatchObject({ success: false, source: 'none', reason: 'error' });
      expect(result.error).toMatchObject({
        name: 'CacheOptionsError',
        message: expect.stringMatching(message),
      });
      expect(() => cache.memory.set(key as string, 'new', options)).toThrow(message);
    }
    expect(cache.memory.get('key').value).toBe('old');
  });

  it('of a value larger than the category is an error with its code, and the old value is gone', async () => {
    const { cache } = scenario({ maxBytesPerCategory: '1kb' });
    await cache.set('key', 'old');
    const result = await cache.set('key', 'x'.repeat(5000));
    expect(result).toMatchObject({ success: false, reason: 'error', source: 'none' });
    expect(result.error).toMatchObject({ code: 'CACHE_OVERSIZED' });
    expect(result.error!.message).toBe(
      'default: the value of "key" is larger than maxBytes (1024)',
    );
    expect(await cache.get('key')).toMatchObject({ success: false, reason: 'evicted' });
    expect(cache.memory.set('key', 'x'.repeat(5000)).error).toMatchObject({
      code: 'CACHE_OVERSIZED',
    });
    expect(await cache.wrap('key', () => 'x'.repeat(5000))).toHaveLength(5000);
    expect(await cache.getOrSet('key', () => 'x'.repeat(5000))).toMatchObject({ success: true });
  });
});

describe('The reason of a miss', () => {
  const reason = (cache: CacheService, key = 'key'): unknown => {
    const result = cache.memory.get(key);
    return result.success ? 'hit' : result.reason;
  };

  it('is absent for what was never there, was deleted or cleared', async () => {
    const { cache } = scenario();
    expect(reason(cache)).toBe('absent');
    await cache.set('key', 1);
    await cache.delete('key');
    expect(reason(cache)).toBe('absent');
    await cache.set('key', 1);
    await cache.clear();
    expect(reason(cache)).toBe('absent');
  });

  it('is expired for what was found expired, asked again, or cleaned up', async () => {
    const { cache, clock } = scenario();
    await cache.set('key', 1, { ttl: 1 });
    await cache.set('cleaned', 1, { ttl: 1 });
    clock.advance(1000);
    expect([reason(cache), reason(cache)]).toEqual(['expired', 'expired']);
    await cache.cleanup();
    expect(reason(cache, 'cleaned')).toBe('expired');
  });

  it('is evicted for what made room', async () => {
    const { cache } = scenario({ maxEntriesPerCategory: 1 });
    await cache.set('key', 1);
    await cache.set('other', 2);
    expect([reason(cache), reason(cache, 'other')]).toEqual(['evicted', 'hit']);
  });

  it('is invalidated for what carried the tag', async () => {
    const { cache } = scenario();
    await cache.set('key', 1, { tags: ['tag'] });
    await cache.invalidateTags(['tag']);
    expect(reason(cache)).toBe('invalidated');
  });

  it('is forgotten with a delete, a clear, and told anew after a new departure', async () => {
    const { cache, clock } = scenario();
    await cache.set('key', 1, { ttl: 1, tags: ['tag'] });
    clock.advance(1000);
    expect(reason(cache)).toBe('expired');
    await cache.delete('key');
    expect(reason(cache)).toBe('absent');
    await cache.set('key', 1, { tags: ['tag'] });
    await cache.invalidateTags(['tag']);
    expect(reason(cache)).toBe('invalidated');
    await cache.clear('default');
    expect(reason(cache)).toBe('absent');
  });

  it('is error where something failed', async () => {
    const { cache } = scenario();
    expect(await cache.get(5 as unknown as string)).toMatchObject({ reason: 'error' });
    expect(await cache.get('key', { category: 5 as unknown as string })).toMatchObject({
      reason: 'error',
      error: { message: expect.stringMatching(/^category: got 5/) },
    });
  });

  it('is disabled where the cache is', async () => {
    const { cache } = scenario({ enabled: false });
    expect(await cache.get('key')).toEqual({ success: false, source: 'none', reason: 'disabled' });
  });

  it('has a duration with timings for all where memory serves it stale', async () => {
    const { cache, clock } = scenario({ timings: 'all' });
    const options = { ttl: 1, staleWhileRevalidate: 60 };
    await cache.wrap('key', () => 1, options);
    clock.advance(2000);
    const read = await cache.getOrSet('key', () => 2, options);
    expect(read).toMatchObject({ value: 1, stale: true, durationMs: expect.any(Number) });
  });
});
