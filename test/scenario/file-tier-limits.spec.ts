import { writeFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { CacheOptions } from '../../lib/core/model/options.js';
import { BOTH, cacheFolders, fileEvents } from './support/cache-folder.js';

const newFolder = cacheFolders();
const LIMITED: CacheOptions = { file: { maxEntriesPerCategory: 3 } };

async function setAll(cache: CacheService, keys: string, category = 'default'): Promise<void> {
  for (const key of keys) await cache.file.set(key, key, { category });
}

const keysOf = async (cache: CacheService, category = 'default'): Promise<string> =>
  (await cache.file.keys(category)).sort().join('');

describe('Limits on disk', () => {
  it('of entries keep the most recently used of each category', async () => {
    const folder = newFolder();
    const cache = folder.open(LIMITED);
    await setAll(cache, 'abc');
    await setAll(cache, 'xyz', 'other');
    await cache.file.get('a');
    cache.file.getSync('b');
    await cache.file.has('c');
    await setAll(cache, 'd');
    expect(await keysOf(cache)).toBe('abd');
    expect(await keysOf(cache, 'other')).toBe('xyz');
    await cache.close();
    expect(folder.size).toBe(6);
    expect(cache.getStats().categories.default!.fileCache).toMatchObject({
      evictions: 1,
      entries: 3,
    });
  });

  it('of bytes keep what fits', async () => {
    const folder = newFolder();
    const cache = folder.open({ file: { maxBytesPerCategory: '10kb' } });
    for (const key of 'abcd') await cache.file.set(key, Buffer.alloc(3000));
    expect(await keysOf(cache)).toBe('bcd');
    await cache.file.set('e', Buffer.alloc(6000));
    expect(await keysOf(cache)).toBe('de');
    const { bytes } = cache.getStats().fileCache;
    expect(bytes).toBeGreaterThan(9000);
    expect(bytes).toBeLessThanOrEqual(10_240);
  });

  it('that only memory has leave a value on disk, and set says that it is there', async () => {
    const folder = newFolder();
    const cache = folder.open({
      file: { maxBytesPerCategory: '1mb' },
      maxBytesPerCategory: 1000,
      categories: { default: { tiers: BOTH } },
    });
    await cache.set('key', 'small');
    expect(await cache.set('key', 'large'.repeat(1000))).toMatchObject({
      success: true,
      source: 'file',
    });
    expect(cache.memory.has('key')).toBe(false);
    expect(await cache.get('key')).toMatchObject({ value: 'large'.repeat(1000), source: 'file' });
  });

  it('of memory and of disk are apart', async () => {
    const folder = newFolder();
    const cache = folder.open({
      file: { maxEntriesPerCategory: 5 },
      categories: { default: { tiers: BOTH, maxEntries: 2 } },
    });
    for (const key of 'abcdef') await cache.set(key, key);
    expect(cache.memory.keys()).toEqual(['e', 'f']);
    expect(await keysOf(cache)).toBe('bcdef');
    expect(await cache.get('b')).toMatchObject({ value: 'b', source: 'file' });
  });

  it('of entries remember over a restart which were used last', async () => {
    const folder = newFolder();
    const first = folder.open(LIMITED);
    await setAll(first, 'abc');
    await first.file.get('a');
    const cache = await folder.restart(first, LIMITED);
    // The index is there when this answers.
    expect(await keysOf(cache)).toBe('abc');
    await setAll(cache, 'd');
    expect(await keysOf(cache)).toBe('acd');
  });

  it('that have become narrower hold after the next start', async () => {
    const folder = newFolder();
    const first = folder.open();
    await setAll(first, 'abcdefgh');
    const cache = await folder.restart(first, LIMITED);
    await cache.cleanup();
    expect(await keysOf(cache)).toBe('fgh');
    await cache.close();
    expect(folder.size).toBe(3);
  });
});

describe('A cleanup', () => {
  it('reports what it has removed from each tier, from the disk by itself', async () => {
    const folder = newFolder();
    const cache = folder.open({ categories: { both: { tiers: BOTH } } });
    const category = 'both';
    await cache.set('a', Buffer.alloc(5000), { category, ttl: 5 });
    await cache.set('b', Buffer.alloc(5000), { category, ttl: 50 });
    await cache.file.set('c', Buffer.alloc(5000), { ttl: 5 });
    expect(folder.size).toBe(3);
    folder.clock.advance(5000);
    const report = await cache.cleanup();
    expect(report).toMatchObject({
      expired: 3,
      evicted: 0,
      tiers: { memory: { expired: 1 }, file: { expired: 2, evicted: 0 } },
    });
    expect(report.tiers.file!.bytesFreed).toBeGreaterThan(10_000);
    expect(report.tiers.file!.bytesFreed).toBeLessThan(11_000);
    expect(folder.size).toBe(1);
    expect(cache.getStats().fileCache).toMatchObject({ entries: 1, expirations: 2 });
    expect(await cache.cleanup()).toMatchObject({ expired: 0, bytesFreed: 0 });
  });

  it('removes what expired in an earlier process, and tells of it', async () => {
    const folder = newFolder();
    const first = folder.open();
    await first.file.set('over', 1, { ttl: 5 });
    await first.file.set('fresh', 1, { ttl: 50 });
    const cache = await folder.restart(first);
    const events = fileEvents(cache);
    await cache.file.keys();
    folder.clock.advance(5000);
    expect(await cache.cleanup()).toMatchObject({ tiers: { file: { expired: 1 } } });
    expect(events).toEqual([
      { type: 'remove', tier: 'file', category: 'default', key: 'over', cause: 'expired' },
    ]);
    expect([folder.has('over'), folder.has('fresh')]).toEqual([false, true]);
  });

  it('leaves alone what was set anew since it expired', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(), folder.open()];
    await one.file.set('key', 'old', { ttl: 5 });
    folder.clock.advance(5000);
    // In another process, of which this one's index knows nothing.
    await two.file.set('key', 'new', { ttl: 50 });
    expect(await one.cleanup()).toMatchObject({ expired: 0 });
    expect((await one.file.get('key')).value).toBe('new');
  });

  it('does nothing where there is no folder, and makes none', async () => {
    const folder = newFolder();
    const cache = folder.open();
    expect(await cache.cleanup()).toMatchObject({
      expired: 0,
      tiers: { file: { expired: 0, evicted: 0, bytesFreed: 0 } },
    });
    expect(folder.size).toBe(0);
  });

  it('removes damaged files that nobody asks for', async () => {
    const folder = newFolder();
    const first = folder.open();
    await setAll(first, 'ab');
    await first.close();
    writeFileSync(folder.pathOf('a'), 'damaged');
    await folder.open().cleanup();
    expect([folder.has('a'), folder.has('b')]).toEqual([false, true]);
  });
});

describe('Two caches of one process on one folder', () => {
  it('know of what the other has written', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(), folder.open()];
    await setAll(one, 'ab');
    expect(await keysOf(one)).toBe('ab');
    await setAll(two, 'cd');
    expect(await keysOf(one)).toBe('abcd');
    await two.file.delete('a');
    expect(await keysOf(one)).toBe('bcd');
    expect(one.getStats().fileCache.entries).toBe(3);
  });
});
