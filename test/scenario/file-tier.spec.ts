import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import { CacheError, CacheSerializationError } from '../../lib/core/primitives/errors.js';
import { BOTH, cacheFolders, TIERED } from './support/cache-folder.js';
import { deferred } from '../support/deferred.js';
import { LOADERS, notCalled } from './support/loaders.js';

const newFolder = cacheFolders();
const tiers = BOTH;

describe('Memory in front of files', () => {
  it('is filled by a hit below, with the time that is left', async () => {
    const folder = newFolder();
    const { clock } = folder;
    const expiresAt = clock.now() + 10_000;
    const first = folder.open(TIERED);
    await first.set('key', 'value', { ttl: 10 });
    const cache = await folder.restart(first, TIERED);
    clock.advance(4000);
    const answer = { success: true, value: 'value', stale: false, expiresAt };
    expect(await cache.get('key')).toEqual({
      ...answer,
      source: 'file',
      durationMs: expect.any(Number),
    });
    expect(await cache.get('key')).toEqual({ ...answer, source: 'memory' });
    expect(cache.memory.get('key')).toMatchObject({ success: true, expiresAt });
    clock.advance(6000);
    expect(cache.memory.get('key')).toMatchObject({ success: false, reason: 'expired' });
    expect(await cache.get('key')).toMatchObject({ success: false, reason: 'expired' });
  });

  it.each(LOADERS)('answers $name after a restart without the factory', async ({ load }) => {
    const folder = newFolder();
    const first = folder.open(TIERED);
    expect(await load(first, 'key', () => 'loaded')).toBe('loaded');
    const cache = await folder.restart(first, TIERED);
    expect(await load(cache, 'key', notCalled)).toBe('loaded');
    expect(cache.memory.has('key')).toBe(true);
    expect(cache.getStats().loads.count).toBe(0);
  });

  it('tells by getOrSet where the value came from, and how long it took', async () => {
    const folder = newFolder();
    const first = folder.open(TIERED);
    const loaded = await first.getOrSet('key', () => 1, { ttl: Infinity });
    expect(loaded).toMatchObject({ success: true, source: 'function', expiresAt: undefined });
    const cache = await folder.restart(first, TIERED);
    const found = await cache.getOrSet('key', notCalled);
    expect(found).toMatchObject({ success: true, value: 1, source: 'file', expiresAt: undefined });
    expect(found.durationMs).toEqual(expect.any(Number));
  });

  it('is one file read for a thousand callers', async () => {
    const folder = newFolder();
    const first = folder.open(TIERED);
    await first.set('key', 'value');
    const cache = await folder.restart(first, TIERED);
    const callers = Array.from({ length: 1000 }, () => cache.wrap('key', notCalled));
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['value']));
    expect(cache.getStats().fileCache).toMatchObject({ hits: 1, misses: 0 });
  });
});

describe('Which tiers are used', () => {
  it('is memory alone unless a call or a category says otherwise: nothing is on disk', async () => {
    const folder = newFolder();
    const cache = folder.open();
    await cache.set('key', 1);
    await cache.wrap('other', () => 2);
    await cache.get('none');
    expect(await cache.file.has('key')).toBe(false);
    await cache.close();
    expect(existsSync(folder.directory)).toBe(false);
  });

  it('is what the category says, or the call', async () => {
    const folder = newFolder();
    const cache = folder.open({
      categories: { disk: { tiers: ['file'] }, both: { tiers } },
    });
    await cache.set('key', 1, { category: 'disk' });
    await cache.set('key', 2, { category: 'both' });
    await cache.set('key', 3, { category: 'plain', tiers });
    await cache.set('memory', 4, { category: 'both', tiers: ['memory'] });
    const where = (key: string, category: string): [boolean, boolean] => [
      cache.memory.has(key, { category }),
      folder.has(key, category),
    ];
    expect(where('key', 'disk')).toEqual([false, true]);
    expect(where('key', 'both')).toEqual([true, true]);
    expect(where('key', 'plain')).toEqual([true, true]);
    expect(where('memory', 'both')).toEqual([true, false]);
    expect(await cache.get('key', { category: 'disk' })).toMatchObject({ source: 'file' });
    expect(cache.memory.has('key', { category: 'disk' })).toBe(false);
    expect(await cache.has('key', { category: 'both', tiers: ['file'] })).toBe(true);
  });

  it('is both with useFileCache', async () => {
    const folder = newFolder();
    const options = { useFileCache: true, name: 'answer' };
    let runs = 0;
    const answer = async (): Promise<number> => ++runs;
    const first = folder.open();
    expect(await first.cached(answer, options)()).toBe(1);
    const cache = await folder.restart(first);
    expect(await cache.cached(answer, options)()).toBe(1);
    expect(cache.memory.keys()).toEqual(['answer()']);
  });

  it('cannot be files where there are none', async () => {
    const folder = newFolder();
    const cache = folder.open({ file: false });
    expect((await cache.set('key', 1, { tiers })).error?.message).toMatch(/^tiers: got "file"/);
    await expect(cache.wrap('key', notCalled, { tiers })).rejects.toThrow(/^tiers: got "file"/);
    expect(() => cache.file).toThrow(CacheError);
    expect(() => cache.file).toThrow('`file: false`');
    expect(await cache.wrap('key', () => 1)).toBe(1);
    expect(cache.getStats().fileCache).toMatchObject({ entries: 0, hits: 0, misses: 0 });
    expect(existsSync(folder.directory)).toBe(false);
  });
});

describe('A value that no file can hold', () => {
  const unkept = { rate: 1, next: (): number => 2 };

  it('is an error of set, and in no tier afterwards; nor is what it was to replace', async () => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    await cache.set('key', 'old');
    const result = await cache.set('key', unkept);
    expect(result).toMatchObject({ success: false, reason: 'error' });
    expect(result.error).toBeInstanceOf(CacheSerializationError);
    expect(result.error?.message).toContain('next');
    expect(await cache.get('key')).toMatchObject({ success: false });
    expect(cache.memory.has('key')).toBe(false);
    expect(folder.has('key')).toBe(false);
  });

  it('takes nothing away from a newer set', async () => {
    const cache = newFolder().open(TIERED);
    const [refused, newer] = await Promise.all([
      cache.set('key', unkept),
      cache.set('key', 'newer'),
    ]);
    expect([refused.success, newer.success]).toEqual([false, true]);
    expect(cache.memory.get('key').value).toBe('newer');
    expect((await cache.file.get('key')).value).toBe('newer');
  });

  it.each(LOADERS)('reaches the caller of $name, and those who ask memory', async ({ load }) => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    expect(await load(cache, 'key', () => unkept)).toBe(unkept);
    expect(await load(cache, 'key', notCalled)).toBe(unkept);
    await load(cache, 'other', () => unkept);
    const again = await folder.restart(cache, TIERED);
    expect(await again.get('key')).toMatchObject({ success: false, reason: 'absent' });
    expect(folder.logger.errors).toEqual([
      expect.stringContaining('default: not kept in the file'),
    ]);
    expect(cache.getStats().fileCache.errors).toBe(2);
  });

  it('is kept where it goes to memory alone', async () => {
    const cache = newFolder().open(TIERED);
    expect(await cache.set('key', unkept, { tiers: ['memory'] })).toMatchObject({ success: true });
    expect((await cache.get('key')).value).toBe(unkept);
  });
});

describe('A write to a file', () => {
  it.each(LOADERS)('does not hold up the caller of $name; close waits for it', async ({ load }) => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    expect(await load(cache, 'key', () => 'value')).toBe('value');
    // Nothing has waited since the factory answered: no file operation can have ended.
    expect(folder.has('key')).toBe(false);
    await cache.close();
    expect(folder.has('key')).toBe(true);
    expect((await folder.open(TIERED).get('key')).value).toBe('value');
  });

  it('holds what the value was when the factory gave it', async () => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    const given = await cache.wrap('key', () => ({ list: [1] }));
    given.list.push(2);
    const again = await folder.restart(cache, TIERED);
    expect((await again.get('key')).value).toEqual({ list: [1] });
  });
});

describe('close', () => {
  const WRITES: [string, (cache: CacheService) => unknown, unknown[]][] = [
    ['set', (cache) => cache.set('a', 'new'), ['new', 'b']],
    ['set with a TTL of 0', (cache) => cache.set('a', 'new', { ttl: 0 }), [undefined, 'b']],
    ['delete', (cache) => cache.delete('a'), [undefined, 'b']],
    ['deleteMany', (cache) => cache.deleteMany(['a', 'b']), [undefined, undefined]],
    ['invalidateTags', (cache) => cache.invalidateTags(['tag']), [undefined, 'b']],
    ['clear(category)', (cache) => cache.clear('default'), [undefined, undefined]],
    ['clear()', (cache) => cache.clear(), [undefined, undefined]],
    ['file.set', (cache) => cache.file.set('a', 'new'), ['new', 'b']],
    ['file.delete', (cache) => cache.file.delete('a'), [undefined, 'b']],
    ['file.clear', (cache) => cache.file.clear(), [undefined, undefined]],
  ];

  it.each(WRITES)('waits for a %s that nobody has waited for', async (_, write, left) => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    await cache.set('a', 'old', { tags: ['tag'] });
    await cache.set('b', 'b');
    void write(cache);
    const again = await folder.restart(cache, TIERED);
    expect((await again.getMany(['a', 'b'])).map(({ value }) => value)).toEqual(left);
  });

  it('can be called twice, and the folder used by another cache then', async () => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    await cache.set('key', 1);
    await Promise.all([cache.close(), cache.close()]);
    await cache.close();
    expect((await folder.open(TIERED).get('key')).value).toBe(1);
  });

  it('leaves loads that are under way their callers, and writes nothing afterwards', async () => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    await cache.set('first', 1);
    const source = deferred<string>();
    const begun = deferred<void>();
    const loading = cache.wrap('key', () => {
      begun.resolve();
      return source.promise;
    });
    await begun.promise;
    const early = cache.wrap('early', () => 'early');
    await cache.close();
    source.resolve('late');
    expect(await Promise.all([loading, early])).toEqual(['late', 'early']);
    // Time enough for a write, if one were under way.
    const other = folder.open();
    for (let at = 0; at < 20; at++) await other.file.set(`other ${at}`, at);
    expect(folder.has('key')).toBe(false);
  });

  it('makes every call run uncached', async () => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    await cache.set('key', 1);
    await cache.close();
    const disabled = { success: false, source: 'none', reason: 'disabled' };
    expect(await cache.wrap('key', () => 'anew')).toBe('anew');
    expect(await cache.get('key')).toEqual(disabled);
    expect(await cache.set('key', 2)).toEqual(disabled);
    expect(await cache.delete('key')).toBe(false);
    expect(await cache.has('key')).toBe(false);
    await cache.clear();
    await cache.invalidateTags(['tag']);
    expect(cache.file.getSync('key')).toEqual(disabled);
    expect(cache.file.setSync('key', 2)).toEqual(disabled);
    expect(cache.file.deleteSync('key')).toBe(false);
    expect(await cache.file.get('key')).toEqual(disabled);
    expect(await cache.file.set('key', 2)).toEqual(disabled);
    expect(await cache.file.delete('key')).toBe(false);
    expect(await cache.file.has('key')).toBe(false);
    expect(await cache.file.keys()).toEqual([]);
    await cache.file.clear();
    expect(await cache.cleanup()).toMatchObject({ expired: 0 });
    expect((await folder.open(TIERED).get('key')).value).toBe(1);
  });
});

describe('A cache with `enabled: false`', () => {
  it('neither reads nor writes files', async () => {
    const folder = newFolder();
    const before = folder.open(TIERED);
    await before.set('key', 1);
    const off = await folder.restart(before, { ...TIERED, enabled: false });
    expect(await off.wrap('key', () => 2)).toBe(2);
    expect(await off.get('key')).toMatchObject({ success: false, reason: 'disabled' });
    expect(await off.file.set('new', 1)).toMatchObject({ reason: 'disabled' });
    expect(off.file.getSync('key')).toMatchObject({ reason: 'disabled' });
    const on = await folder.restart(off, TIERED);
    expect((await on.get('key')).value).toBe(1);
    expect(await on.get('new')).toMatchObject({ success: false });
    const offAgain = await folder.restart(on, { ...TIERED, enabled: false });
    await offAgain.file.clear();
    expect(await (await folder.restart(offAgain, TIERED)).get('key')).toMatchObject({
      success: false,
    });
  });
});

describe('A folder that cannot be used', () => {
  it('fails no load: the factory answers, memory keeps, and it is said once', async () => {
    const folder = newFolder();
    writeFileSync(folder.directory, 'in the way');
    const cache = folder.open(TIERED);
    expect(await cache.wrap('a', () => 1)).toBe(1);
    expect(await cache.wrap('a', notCalled)).toBe(1);
    expect(await cache.set('b', 2)).toMatchObject({
      success: false,
      error: { code: 'CACHE_TIER' },
    });
    expect(cache.memory.keys()).toEqual(['a', 'b']);
    const missed = { success: false, reason: 'error', error: { code: 'CACHE_TIER' } };
    expect(await cache.getMany(['c', 'd'])).toMatchObject([missed, missed]);
    expect(await cache.has('c')).toBe(false);
    expect(await cache.delete('b')).toBe(true);
    await cache.invalidateTags(['tag']);
    expect(await cache.cleanup()).toMatchObject({ expired: 0 });
    expect(await cache.file.get('c')).toMatchObject(missed);
    expect(cache.file.getSync('c')).toMatchObject(missed);
    expect(cache.file.setSync('c', 1)).toMatchObject(missed);
    expect(cache.file.deleteSync('c')).toBe(false);
    expect(await cache.file.keys()).toEqual([]);
    expect(folder.logger.errors).toEqual([expect.stringContaining('is not a folder')]);
  });

  it('is not said to fail when it works again, by a load that began before', async () => {
    const folder = newFolder();
    const { directory, logger } = folder;
    writeFileSync(directory, 'in the way');
    const cache = folder.open(TIERED);
    await cache.set('key', 1);
    const answer = deferred<number>();
    const load = cache.wrap('late', () => answer.promise);
    rmSync(directory);
    await cache.set('key', 2);
    expect((await cache.file.get('key')).value).toBe(2);
    expect(logger.warnings).toEqual(['The file tier works again']);
    answer.resolve(3);
    expect(await load).toBe(3);
    await cache.close();
    expect(folder.has('late')).toBe(false);
    expect(logger.errors).toEqual([expect.stringContaining('is not a folder')]);
  });
});
