import { existsSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { cacheFolders, TIERED } from './support/cache-folder.js';
import { until } from '../support/turns.js';

const newFolder = cacheFolders();

describe('After a restart the file tier', () => {
  it('knows what there is before anybody has asked for it', async () => {
    const folder = newFolder();
    const first = folder.open(TIERED);
    for (const key of ['a', 'b', 'c']) await first.set(key, key);
    const { entries, bytes } = first.getStats().fileCache;
    const cache = await folder.restart(first, TIERED);
    // It looks by itself, whenever the event loop has time for it.
    await until(() => cache.getStats().fileCache.entries === entries);
    expect(cache.getStats().fileCache).toMatchObject({ entries: 3, bytes, hits: 0, misses: 0 });
  });

  it('makes no folder by looking', async () => {
    const folder = newFolder();
    const cache = folder.open();
    // It looks in the next turn of the event loop, and the cleanup waits for that.
    await nextTurn();
    await cache.cleanup();
    expect(existsSync(folder.directory)).toBe(false);
  });

  it('says in the report of the first cleanup what had expired meanwhile', async () => {
    const folder = newFolder();
    const first = folder.open(TIERED);
    for (const key of ['a', 'b', 'c']) await first.set(key, key, { ttl: '1m' });
    await first.set('stays', 1, { ttl: '1h' });
    await first.close();
    folder.clock.advance('2m');
    const cache = folder.open(TIERED);
    const { expired, bytesFreed, tiers } = await cache.cleanup();
    expect([expired, tiers.file?.expired, bytesFreed > 0]).toEqual([3, 3, true]);
    expect(folder.size).toBe(1);
    expect(cache.getStats().fileCache).toMatchObject({ entries: 1, expirations: 3 });
  });
});
