import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheProcess } from './support/cache-process.js';
import { createPlace, temporariesIn, type Place } from './support/place.js';
import { SmallDisk } from './support/small-disk.js';

const TAGGED = { category: 'tagged', tags: ['tag'] };
const VALUE = 'x'.repeat(3000);
const MANY = 40;
const BLOCK = 4096;

let place: Place;
let disk: SmallDisk;

beforeEach(() => {
  place = createPlace();
});

afterEach(async () => {
  await disk.unmount();
  await place.remove();
});

const open = (): Promise<CacheProcess> =>
  CacheProcess.open({
    file: { directory: join(disk.path, 'cache') },
    categories: Object.fromEntries(
      ['default', 'tagged', 'cleared'].map((name) => [name, { tiers: ['file'] }]),
    ),
  });

const keys = Array.from({ length: MANY }, (_, at) => `key ${at}`);
const entries = keys.map((key) => ({ key, value: VALUE }));

async function fillCache(cache: CacheProcess): Promise<void> {
  for (const options of [{}, TAGGED, { category: 'cleared' }]) {
    const results = await cache.call<{ success: boolean }[]>('setMany', entries, options);
    expect(results.every(({ success }) => success)).toBe(true);
  }
}

const hitsOf = async (cache: CacheProcess, of: readonly string[], category = 'default') => {
  const results = await cache.call<{ success: boolean; value: unknown }[]>('getMany', of, {
    category,
  });
  return results.filter(({ success, value }) => success && value === VALUE).length;
};

/** Fills the last block of the journal, so that a record more needs a new one. */
async function padJournal(cache: CacheProcess): Promise<void> {
  const root = join(disk.path, 'cache', 'v1');
  const name = readdirSync(root).find((each) => each.startsWith('journal-'));
  const size = (): number => statSync(join(root, name!)).size;
  const before = size();
  await cache.call('invalidateTags', ['x']);
  const record = size() - before;
  await cache.call('invalidateTags', ['x'.repeat(BLOCK - ((size() + record - 1) % BLOCK))]);
  expect(size() % BLOCK).toBe(0);
}

/** Room is used up by somebody else, as soon as there is any. */
describe.each([
  ['bytes', 'size=2m'],
  ['files', 'size=64m,nr_inodes=900'],
])('A disk with no %s left', (what, options) => {
  const use = (): void => (what === 'bytes' ? disk.fill() : disk.useUpFiles());

  beforeEach(async () => {
    disk = await SmallDisk.mount(join(place.outside, 'disk'), options);
  });

  it('fails sets softly, serves what it has, and is used again when there is room', async () => {
    const cache = await open();
    await fillCache(cache);
    use();
    for (const method of ['set', 'file.set', 'file.setSync']) {
      // Where a file's room suffices, or its folder is there, one may yet go in.
      const results = await Promise.all(
        Array.from({ length: 40 }, (_, at) => cache.call(method, `new ${at}`, VALUE)),
      );
      const failed = results.filter(({ success }) => !success);
      expect([method, failed.length > 0]).toEqual([method, true]);
      for (const { error } of failed) {
        expect(error).toMatchObject({ code: 'CACHE_TIER' });
        expect(error?.message).toMatch(/file\.directory.*ENOSPC|of \d+ bytes could be written/);
      }
      use();
    }
    for (let at = 0; at < 40; at++) {
      expect(await cache.wrap(`wrapped ${at}`, at)).toEqual({ loads: 1, values: [at] });
    }
    expect(await cache.wrap('crowd', 'v', {}, 1000)).toEqual({
      loads: 1,
      values: Array.from({ length: 1000 }, () => 'v'),
    });
    expect(await hitsOf(cache, keys)).toBe(MANY);
    const [line, ...rest] = await cache.log();
    expect(line).toMatch(/^error: The file tier fails; going on without it: /);
    expect(rest).toEqual([]);
    disk.empty();
    expect(await cache.wrap('later', VALUE)).toEqual({ loads: 1, values: [VALUE] });
    expect(await cache.call('file.get', 'later')).toMatchObject({ value: VALUE });
    expect(await cache.call('set', 'crowd', VALUE)).toMatchObject({ success: true });
    expect(await cache.call('get', 'crowd')).toMatchObject({ value: VALUE });
    expect(await cache.log()).toEqual(['warn: The file tier works again']);
    await cache.close();
    expect(temporariesIn(join(disk.path, 'cache'))).toEqual([]);
  });

  it.each<[string, (cache: CacheProcess) => Promise<void>]>([
    ['closes', (cache) => cache.close()],
    ['is killed', (cache) => cache.kill()],
  ])('removes what it is told to, for good, though the process %s', async (_how, end) => {
    const first = await open();
    await fillCache(first);
    await first.close();
    use();
    // Straight after the start: nothing but the disk knows yet what is on it.
    const cache = await open();
    await cache.call('invalidateTags', ['tag']);
    use();
    await cache.call('clear', 'cleared');
    use();
    for (const key of keys.slice(0, 10)) expect(await cache.call('delete', key)).toBe(true);
    use();
    for (const key of keys.slice(10, 20)) {
      expect(await cache.call('file.deleteSync', key)).toBe(true);
    }
    const gone = async (from: CacheProcess): Promise<void> => {
      expect(await hitsOf(from, keys, 'tagged')).toBe(0);
      expect(await hitsOf(from, keys, 'cleared')).toBe(0);
      expect(await hitsOf(from, keys.slice(0, 20))).toBe(0);
      expect(await hitsOf(from, keys.slice(20))).toBe(MANY - 20);
    };
    await gone(cache);
    await end(cache);
    const next = await open();
    await gone(next);
    disk.empty();
    await fillCache(next);
    expect(await hitsOf(next, keys, 'tagged')).toBe(MANY);
    await next.call('cleanup');
    await next.close();
    expect(temporariesIn(join(disk.path, 'cache'))).toEqual([]);
  });

  it('from the start on is used when there is room', async () => {
    use();
    const cache = await open();
    expect(await cache.call('get', 'key')).toMatchObject({ success: false });
    expect(await cache.wrap('key', 'value', {}, 10)).toMatchObject({ loads: 1 });
    expect((await cache.call('set', 'key', 'value')).error?.message).toContain('file.directory');
    disk.empty();
    expect(await cache.call('set', 'key', 'value')).toMatchObject({ success: true });
    expect(await cache.call('get', 'key')).toMatchObject({ value: 'value' });
    await cache.close();
  });
});

describe('A full disk on which the journal cannot grow', () => {
  beforeEach(async () => {
    disk = await SmallDisk.mount(join(place.outside, 'disk'), 'size=2m');
  });

  it.each<[string, (cache: CacheProcess) => Promise<void>]>([
    ['closes', (cache) => cache.close()],
    ['is killed', (cache) => cache.kill()],
  ])('is freed of what was invalidated, though the process %s', async (_how, end) => {
    const first = await open();
    await fillCache(first);
    await padJournal(first);
    await first.close();
    disk.fill();
    const cache = await open();
    await cache.call('invalidateTags', ['tag']);
    disk.fill();
    await cache.call('clear', 'cleared');
    disk.fill();
    await end(cache);
    const next = await open();
    expect(await hitsOf(next, keys, 'tagged')).toBe(0);
    expect(await hitsOf(next, keys, 'cleared')).toBe(0);
    await next.close();
  });

  it('does not take a record of which a part could be written for none', async () => {
    const cache = await open();
    await fillCache(cache);
    disk.fill();
    const tags = Array.from({ length: 30 }, (_, at) => `${at}${VALUE}`);
    await cache.call('invalidateTags', ['tag', ...tags]);
    expect(await hitsOf(cache, keys, 'tagged')).toBe(0);
    await cache.kill();
    const next = await open();
    expect(await hitsOf(next, keys, 'tagged')).toBe(0);
    expect(await next.wrap('key 0', 'new', { category: 'tagged' })).toMatchObject({ loads: 1 });
    disk.empty();
    await fillCache(next);
    expect(await hitsOf(next, keys, 'tagged')).toBe(MANY);
    await next.close();
  });
});
