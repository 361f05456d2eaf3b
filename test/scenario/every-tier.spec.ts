import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import { deferred } from '../support/deferred.js';
import { settle } from '../support/turns.js';
import { BOTH, cacheFolders, TIERED } from './support/cache-folder.js';

const newFolder = cacheFolders();

const REMOVALS: [string, (cache: CacheService) => Promise<unknown>][] = [
  ['delete', (cache) => cache.delete('key')],
  ['deleteMany', (cache) => cache.deleteMany(['other', 'key'])],
  ['invalidateTags', (cache) => cache.invalidateTags(['tag'])],
  ['clear', (cache) => cache.clear('default')],
  ['clear of all', (cache) => cache.clear()],
];

/** Kept on disk by a call that says so, in a category whose own tier is memory. */
function keep(cache: CacheService, value: string): Promise<string> {
  return cache.wrap('key', () => value, { tiers: BOTH, tags: ['tag'] });
}

describe('What a call has kept in tiers that are not its category’s', () => {
  it.each(REMOVALS)('goes with %s, which names no tier', async (_verb, remove) => {
    const cache = newFolder().open();
    await keep(cache, 'old');
    await remove(cache);
    expect(await keep(cache, 'new')).toBe('new');
  });

  it.each(REMOVALS)('goes with %s by a process that has not seen it', async (_verb, remove) => {
    const folder = newFolder();
    const first = folder.open();
    await keep(first, 'old');
    const second = await folder.restart(first);
    await remove(second);
    expect(await keep(await folder.restart(second), 'new')).toBe('new');
  });

  it.each([60, 0])(
    'goes with a set of memory alone while its file is written (ttl %p)',
    async (ttl) => {
      const folder = newFolder();
      const cache = folder.open(TIERED);
      await cache.set('other', 1);
      // From now on the category is known to have no file.
      await cache.clear();
      await cache.wrap('key', () => 'old', { ttl: '1h' });
      await cache.set('key', 'new', { tiers: ['memory'], ttl });
      folder.clock.advance('61s');
      expect((await cache.get('key')).success).toBe(false);
      expect(await cache.wrap('key', () => 'loaded anew')).toBe('loaded anew');
    },
  );

  it('is counted by delete', async () => {
    const folder = newFolder();
    const first = folder.open();
    await keep(first, 'old');
    const second = await folder.restart(first);
    expect(await second.delete('key')).toBe(true);
    expect(await second.delete('key')).toBe(false);
    expect(await second.deleteMany(['key'])).toBe(0);
  });

  it('goes with a set, whether or not this process has kept it there', async () => {
    const folder = newFolder();
    const first = folder.open();
    await keep(first, 'old');
    await first.set('key', 'new');
    const second = await folder.restart(first);
    expect(await second.get('key', { tiers: BOTH })).toMatchObject({ reason: 'absent' });
    await keep(second, 'old');
    const third = await folder.restart(second);
    await third.set('key', 'new');
    expect(await third.get('key', { tiers: ['file'] })).toMatchObject({ success: false });
    expect((await third.get('key')).value).toBe('new');
  });

  it('goes with a set when the folder has been looked through', async () => {
    const folder = newFolder();
    const first = folder.open();
    await keep(first, 'old');
    const second = await folder.restart(first);
    expect(await second.file.keys()).toEqual(['key']);
    await second.set('key', 'new');
    expect(folder.has('key')).toBe(false);
  });

  it('goes with a set by another process than the one that kept it', async () => {
    const folder = newFolder();
    const [one, two] = [folder.open(), folder.open()];
    await one.file.keys();
    await two.get('key', { tiers: BOTH });
    await keep(one, 'old');
    await two.set('key', 'new');
    expect(folder.has('key')).toBe(false);
  });

  it('goes from memory with a set in the file tier alone', async () => {
    const cache = newFolder().open();
    await cache.set('key', 'old');
    await cache.set('key', 'new', { tiers: ['file'] });
    expect(await cache.get('key')).toMatchObject({ success: false });
    expect((await cache.get('key', { tiers: BOTH })).value).toBe('new');
  });

  it('stays where a removal names the tiers it is about', async () => {
    const folder = newFolder();
    const cache = folder.open();
    await keep(cache, 'old');
    expect(await cache.delete('key', { tiers: ['memory'] })).toBe(true);
    expect((await cache.get('key', { tiers: BOTH })).source).toBe('file');
  });
});

describe('A set by one process', () => {
  it.each([
    ['large', {}],
    ['compressed', { compression: { algorithm: 'brotli', threshold: 1 } }],
  ] as const)(
    'is not overwritten by a load of another that began before and writes after it: %s',
    async (_what, options) => {
      const folder = newFolder();
      const [one, other] = [folder.open(options), folder.open(options)];
      const old = 'old'.repeat(1_000_000);
      const load = { tiers: ['file'] as const };
      await one.file.get('key');
      expect(await other.wrap('key', () => old, load)).toBe(old);
      await one.file.set('key', 'new');
      await other.close();
      expect((await one.file.get('key')).value).toBe('new');
    },
  );

  it('that is refused for its size ends the loads of another all the same', async () => {
    const folder = newFolder();
    const options = { file: { maxBytesPerCategory: 5000 } };
    const [one, other] = [folder.open(options), folder.open(options)];
    const source = deferred<string>();
    const loading = other.wrap('key', () => source.promise, { tiers: ['file'] });
    await settle();
    expect((await one.file.set('key', 'x'.repeat(9000))).error).toBeDefined();
    source.resolve('old');
    expect(await loading).toBe('old');
    await other.close();
    expect(await one.file.get('key')).toMatchObject({ success: false });
  });
});

describe('A set in memory', () => {
  it('makes no folder, and waits for none', async () => {
    const folder = newFolder();
    const cache = folder.open();
    await cache.set('key', 1);
    await cache.delete('key');
    expect(folder.size).toBe(0);
    const set = cache.set('key', 2);
    expect(cache.memory.get('key').value).toBe(2);
    await set;
  });
});

describe('While a cache is switched off', () => {
  it.each(REMOVALS)('%s reaches the files, so that none of them comes back', async (_, remove) => {
    const folder = newFolder();
    const before = folder.open(TIERED);
    await keep(before, 'old');
    const off = await folder.restart(before, { ...TIERED, enabled: false });
    await remove(off);
    const on = await folder.restart(off, TIERED);
    expect(await keep(on, 'new')).toBe('new');
  });

  it.each<[string, (cache: CacheService) => unknown]>([
    ['file.set', (cache) => cache.file.set('key', 'new')],
    ['file.setSync', (cache) => cache.file.setSync('key', 'new')],
    ['file.delete', (cache) => cache.file.delete('key')],
    ['file.deleteSync', (cache) => cache.file.deleteSync('key')],
    ['file.clear', (cache) => cache.file.clear('default')],
  ])('nothing older comes back after %s', async (_verb, write) => {
    const folder = newFolder();
    const before = folder.open(TIERED);
    await keep(before, 'old');
    const off = await folder.restart(before, { ...TIERED, enabled: false });
    await write(off);
    expect(await (await folder.restart(off, TIERED)).get('key')).toMatchObject({ success: false });
  });

  it('a set keeps nothing, and nothing older comes back', async () => {
    const folder = newFolder();
    const before = folder.open(TIERED);
    await keep(before, 'old');
    const off = await folder.restart(before, { ...TIERED, enabled: false });
    expect(await off.set('key', 'new')).toMatchObject({ reason: 'disabled' });
    const on = await folder.restart(off, TIERED);
    expect(await on.get('key')).toMatchObject({ success: false });
  });
});
