import { describe, expect, it } from '@jest/globals';
import { CacheOptionsError, CacheSerializationError } from '../../lib/core/primitives/errors.js';
import type { CacheService } from '../../lib/core/cache.service.js';
import { cacheFolders, fileEvents, TIERED } from './support/cache-folder.js';

const newFolder = cacheFolders();
const measured = { durationMs: expect.any(Number) };

describe('cache.file', () => {
  it('gets what it has set, and leaves memory alone', async () => {
    const folder = newFolder();
    const { file, memory } = folder.open();
    const expiresAt = folder.clock.now() + 5000;
    const hit = { success: true, value: 1, source: 'file', stale: false, expiresAt };
    expect(await file.set('key', 1, { ttl: 5 })).toEqual({ ...hit, ...measured });
    expect(await file.get('key')).toEqual({ ...hit, ...measured });
    expect(await file.has('key')).toBe(true);
    expect(memory.keys()).toEqual([]);
    folder.clock.advance(5000);
    expect(await file.has('key')).toBe(false);
    expect(await file.get('key')).toEqual({
      success: false,
      source: 'none',
      reason: 'expired',
      ...measured,
    });
    expect(folder.has('key')).toBe(false);
  });

  it('does the same without waiting', async () => {
    const folder = newFolder();
    const { file, memory } = folder.open();
    const expiresAt = folder.clock.now() + 5000;
    const hit = { success: true, value: [1], source: 'file', stale: false, expiresAt };
    expect(file.getSync('key')).toEqual({
      success: false,
      source: 'none',
      reason: 'absent',
      ...measured,
    });
    expect(file.setSync('key', [1], { ttl: 5 })).toEqual({ ...hit, ...measured });
    expect(folder.has('key')).toBe(true);
    expect(file.getSync('key')).toEqual({ ...hit, ...measured });
    expect(memory.keys()).toEqual([]);
    expect(file.deleteSync('key')).toBe(true);
    expect(folder.has('key')).toBe(false);
    expect(file.deleteSync('key')).toBe(false);
    file.setSync('key', [1], { ttl: 5 });
    folder.clock.advance(5000);
    expect(file.getSync('key')).toMatchObject({ success: false, reason: 'expired' });
    expect(file.deleteSync('key')).toBe(false);
  });

  it('keeps without waiting what can be had after waiting, and the other way round', async () => {
    const { file } = newFolder().open();
    file.setSync('sync', 1, { category: 'c', tags: ['tag'] });
    await file.set('async', 2, { category: 'c', tags: ['tag'] });
    expect((await file.get('sync', { category: 'c' })).value).toBe(1);
    expect(file.getSync('async', { category: 'c' }).value).toBe(2);
    expect(file.getSync('async').success).toBe(false);
    expect((await file.keys('c')).sort()).toEqual(['async', 'sync']);
    expect(await file.delete('sync', { category: 'c' })).toBe(true);
    expect(file.deleteSync('async', { category: 'c' })).toBe(true);
    expect(await file.keys({ category: 'c' })).toEqual([]);
  });

  it('has what is there for its tags to end', async () => {
    const cache = newFolder().open();
    cache.file.setSync('a', 1, { tags: ['tag'] });
    await cache.file.set('b', 2, { tags: ['tag'], category: 'c' });
    await cache.invalidateTags(['tag']);
    expect(cache.file.getSync('a')).toMatchObject({ success: false });
    expect(await cache.file.has('a')).toBe(false);
    expect(await cache.file.get('b', { category: 'c' })).toMatchObject({ success: false });
  });

  it('takes a TTL of 0 for a removal', async () => {
    const folder = newFolder();
    const { file } = folder.open();
    const gone = { success: true, source: 'none' };
    await file.set('a', 1);
    file.setSync('b', 1);
    expect(await file.set('a', 2, { ttl: 0 })).toMatchObject(gone);
    expect(file.setSync('b', 2, { ttl: new Date(0) })).toMatchObject(gone);
    expect(folder.size).toBe(0);
    expect(await file.keys()).toEqual([]);
  });

  it('refuses a value that would not come back, and forgets the older one', async () => {
    const folder = newFolder();
    const { file } = folder.open();
    file.setSync('a', 1);
    file.setSync('b', 1);
    const results = [await file.set('a', () => 1), file.setSync('b', { socket: Symbol('s') })];
    for (const result of results) {
      expect(result).toMatchObject({ success: false, reason: 'error', ...measured });
      expect(result.error).toBeInstanceOf(CacheSerializationError);
    }
    expect(folder.size).toBe(0);
  });

  it('empties one category, or all', async () => {
    const { file } = newFolder().open();
    await file.set('key', 1);
    await file.set('key', 1, { category: 'a' });
    await file.set('key', 1, { category: 'a:b' });
    await file.clear('a');
    expect(await file.has('key', { category: 'a' })).toBe(false);
    expect(await file.has('key', { category: 'a:b' })).toBe(true);
    expect(await file.has('key')).toBe(true);
    await file.clear();
    expect(await file.has('key', { category: 'a:b' })).toBe(false);
    expect(await file.has('key')).toBe(false);
  });

  it('lists the fresh keys of a category, of earlier processes too', async () => {
    const folder = newFolder();
    const first = folder.open();
    const keys = ['a', 'b', 'k'.repeat(5000)];
    for (const key of keys) await first.file.set(key, key, { category: 'c' });
    await first.file.set('over', 1, { category: 'c', ttl: 1 });
    await first.file.set('other', 1);
    const { file } = await folder.restart(first);
    folder.clock.advance(1000);
    expect((await file.keys('c')).sort()).toEqual(keys);
    expect(await file.keys()).toEqual(['other']);
    expect(await file.keys('none')).toEqual([]);
  });

  it('is not confused by synchronous calls in the midst of others', async () => {
    const folder = newFolder();
    const { file } = folder.open();
    const writes = [1, 2, 3].map((value) => file.set('key', value));
    expect(file.setSync('key', 'sync')).toMatchObject({ success: true });
    expect(file.getSync('key').value).toBe('sync');
    await Promise.all(writes);
    expect((await file.get('key')).value).toBe('sync');
    const again = file.set('key', 4);
    expect(file.deleteSync('key')).toBe(true);
    expect(file.getSync('key')).toMatchObject({ success: false });
    await again;
    expect(await file.get('key')).toMatchObject({ success: false });
    expect(file.setSync('key', 5).success).toBe(true);
    const last = file.set('key', 6);
    await last;
    expect(file.getSync('key').value).toBe(6);
  });

  it('refuses bad options: in the result where there is one, else by throwing', async () => {
    const folder = newFolder();
    const { file } = folder.open();
    const bad = 5 as never;
    const named = (option: string): object => ({
      success: false,
      reason: 'error',
      error: { name: 'CacheOptionsError', option },
    });
    expect(await file.get(bad)).toMatchObject(named('key'));
    expect(await file.set(bad, 1)).toMatchObject(named('key'));
    expect(await file.set('key', 1, { ttl: NaN })).toMatchObject(named('ttl'));
    expect(await file.set('key', 1, { tags: bad })).toMatchObject(named('tags'));
    expect(await file.get('key', { category: bad })).toMatchObject(named('category'));
    for (const call of [
      () => file.has(bad),
      () => file.delete('key', { category: bad }),
      () => file.keys(bad),
      () => file.clear(bad),
    ]) {
      await expect(call()).rejects.toThrow(CacheOptionsError);
    }
    expect(() => file.getSync(bad)).toThrow(CacheOptionsError);
    expect(() => file.setSync('key', 1, { ttl: -1 })).toThrow(/^ttl: got -1/);
    expect(() => file.deleteSync(bad)).toThrow(CacheOptionsError);
    expect(folder.size).toBe(0);
  });
});

describe('A miss of the file tier', () => {
  it('says why the entry has gone, as long as this process has seen it go', async () => {
    const folder = newFolder();
    const cache = folder.open({ file: { maxEntriesPerCategory: 1 } });
    const { file } = cache;
    const reasons = async (key: string): Promise<unknown[]> =>
      [
        (await file.get(key)) as { reason?: unknown },
        file.getSync(key) as { reason?: unknown },
        await cache.get(key, { tiers: ['file'] }),
      ].map((result) => (result as { reason?: unknown }).reason);
    const all = (reason: string): string[] => [reason, reason, reason];

    expect(await reasons('key')).toEqual(all('absent'));
    await file.set('key', 1, { tags: ['tag'] });
    await cache.invalidateTags(['tag']);
    await cache.cleanup();
    expect(await reasons('key')).toEqual(all('invalidated'));
    await file.set('key', 1);
    await file.set('other', 1);
    expect(await reasons('key')).toEqual(all('evicted'));
    await file.delete('key');
    expect(await reasons('key')).toEqual(all('absent'));
    await file.set('key', 1, { ttl: 1 });
    folder.clock.advance('2s');
    await cache.cleanup();
    expect(await reasons('key')).toEqual(all('expired'));
    await cache.clear('default');
    expect(await reasons('key')).toEqual(all('absent'));
  });
});

describe('The events of the file tier', () => {
  const key = 'key';
  const of = { tier: 'file', category: 'default', key };

  it('tell of hits, misses, sets and removals', async () => {
    const folder = newFolder();
    const cache = folder.open({ file: { maxEntriesPerCategory: 1 } });
    const events = fileEvents(cache);
    const during = async (...steps: (() => unknown)[]): Promise<unknown[]> => {
      await cache.file.set(key, 1, { ttl: 10, tags: ['tag'] });
      events.length = 0;
      for (const step of steps) await step();
      return [...events];
    };
    const { file } = cache;
    expect(await during(() => file.get(key))).toEqual([{ type: 'hit', ...of }]);
    expect(await during(() => file.getSync(key))).toEqual([{ type: 'hit', ...of }]);
    expect(await during(() => file.has(key))).toEqual([]);
    expect(await during(() => file.setSync(key, 2))).toEqual([
      { type: 'remove', ...of, cause: 'replaced' },
      { type: 'set', ...of },
    ]);
    expect(await during(() => file.delete(key))).toEqual([
      { type: 'remove', ...of, cause: 'deleted' },
    ]);
    expect(await during(() => file.deleteSync(key))).toEqual([
      { type: 'remove', ...of, cause: 'deleted' },
    ]);
    expect(
      await during(
        () => cache.invalidateTags(['tag']),
        () => cache.cleanup(),
        () => file.get(key),
      ),
    ).toEqual([
      { type: 'remove', ...of, cause: 'invalidated' },
      { type: 'miss', ...of, reason: 'invalidated' },
    ]);
    expect(
      await during(
        () => folder.clock.advance('1h'),
        () => file.get(key),
      ),
    ).toEqual([
      { type: 'remove', ...of, cause: 'expired' },
      { type: 'miss', ...of, reason: 'expired' },
    ]);
    // The write does not wait for what makes room for it.
    const evicting = await during(
      () => file.set('other', 1),
      () => cache.cleanup(),
    );
    expect(evicting).toHaveLength(2);
    expect(evicting).toContainEqual({ type: 'remove', ...of, cause: 'evicted' });
    expect(evicting).toContainEqual({ type: 'set', ...of, key: 'other' });
  });

  it.each<[string, (cache: CacheService) => unknown]>([
    ['delete', ({ file }) => file.delete(key)],
    ['deleteSync', ({ file }) => file.deleteSync(key)],
    ['set', ({ file }) => file.set(key, 1, { ttl: 0 })],
    ['setSync', ({ file }) => file.setSync(key, 1, { ttl: 0 })],
  ])('tell of what has expired when %s removes it, and count it as that', async (_verb, remove) => {
    const folder = newFolder();
    const first = folder.open();
    const check = async (cache: CacheService): Promise<void> => {
      const events = fileEvents(cache);
      expect((await remove(cache)) === true).toBe(false);
      expect(events.filter(({ type }) => type !== 'set')).toEqual([
        { type: 'remove', ...of, cause: 'expired' },
      ]);
      const { expirations, deletes, entries } = cache.getStats().fileCache;
      expect([expirations, deletes, entries]).toEqual([1, 0, 0]);
      expect(folder.has(key)).toBe(false);
      // It was deleted after that: why it was not served is no news.
      expect(await cache.file.get(key)).toMatchObject({ success: false, reason: 'absent' });
    };
    await first.file.set(key, 1, { ttl: 1 });
    folder.clock.advance(1000);
    await check(first);
    await first.file.set(key, 1, { ttl: 1 });
    // Nobody has looked yet at what another process has left.
    const next = await folder.restart(first);
    folder.clock.advance(1000);
    await check(next);
  });

  it('tell of loads that go through it', async () => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    const events = fileEvents(cache);
    await cache.wrap(key, () => 1);
    const again = await folder.restart(cache, TIERED);
    const later = fileEvents(again);
    await again.wrap(key, () => 2);
    expect(events).toEqual([
      { type: 'miss', ...of, reason: 'absent' },
      { type: 'set', ...of },
    ]);
    expect(later).toEqual([{ type: 'hit', ...of }]);
  });
});
