import { randomBytes } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect, it, jest } from '@jest/globals';
import type { ByteOptions, CacheOptions } from '../../lib/core/model/options.js';
import { CacheSerializationError } from '../../lib/core/primitives/errors.js';
import { EntryBytes } from '../../lib/core/stack/entry-bytes.js';
import { damaged } from '../../lib/core/stores/file/file-damage.js';
import { BOTH, cacheFolders, type CacheFolder } from './support/cache-folder.js';

const newFolder = cacheFolders();
const [OLD, NEW, OTHER] = [randomBytes(32), randomBytes(32), randomBytes(32)];

/** The cache's options, its file tier's, or a category's: they mean the same. */
const PLACES: [string, (options: ByteOptions) => CacheOptions][] = [
  ['of the cache', (options) => ({ ...options })],
  ['of the file tier', (options) => ({ file: options })],
  ['of the category', (options) => ({ categories: { default: options } })],
];

const bytesOf = (folder: CacheFolder, key: string): Buffer => readFileSync(folder.pathOf(key));
const keys = (...all: Uint8Array[]): ByteOptions => ({ encryption: { keys: all } });

describe.each(PLACES)('Options %s', (_, at) => {
  it('keep values as JSON, which others can read, and only what JSON keeps', async () => {
    const folder = newFolder();
    const first = folder.open(at({ serializer: 'json' }));
    expect(await first.file.set('key', { price: 1.5, tags: ['a', null] })).toMatchObject({
      success: true,
    });
    expect(bytesOf(folder, 'key').toString('latin1')).toContain('{"price":1.5,"tags":["a",null]}');
    for (const value of [new Date(0), -0, NaN, { a: undefined }, new Map()]) {
      const { error } = await first.file.set('refused', value);
      expect(error).toBeInstanceOf(CacheSerializationError);
    }
    // What was written as JSON is read whatever is written now.
    const cache = await folder.restart(first);
    expect((await cache.file.get('key')).value).toEqual({ price: 1.5, tags: ['a', null] });
    expect(await cache.file.has('refused')).toBe(false);
  });

  it.each(['brotli', 'gzip'] as const)('compress from a size on with %s', async (algorithm) => {
    const folder = newFolder();
    const first = folder.open(at({ compression: { algorithm, threshold: '1kb' } }));
    const [large, small] = ['large '.repeat(10_000), 'small '.repeat(100)];
    await first.file.set('large', large);
    first.file.setSync('large sync', large);
    await first.file.set('small', small);
    for (const key of ['large', 'large sync']) {
      expect(statSync(folder.pathOf(key)).size).toBeLessThan(large.length / 10);
    }
    expect(bytesOf(folder, 'small').includes(small)).toBe(true);
    const cache = await folder.restart(first);
    for (const key of ['large', 'large sync']) {
      expect((await cache.file.get(key)).value).toBe(large);
      expect(cache.file.getSync(key).value).toBe(large);
    }
    expect((await cache.file.get('small')).value).toBe(small);
  });

  it('encrypt, so that the value is not in the file', async () => {
    const folder = newFolder();
    const first = folder.open(at(keys(OLD)));
    await first.file.set('key', 'four million euros');
    first.file.setSync('sync', 'four million euros');
    for (const key of ['key', 'sync']) {
      expect(bytesOf(folder, key).includes('four million')).toBe(false);
    }
    const cache = await folder.restart(first, at(keys(OLD)));
    expect((await cache.file.get('key')).value).toBe('four million euros');
    expect(cache.file.getSync('sync').value).toBe('four million euros');
  });

  it('change keys: what the old one encrypted is read, what is set now is for the new one', async () => {
    const folder = newFolder();
    const first = folder.open(at(keys(OLD)));
    await first.file.set('a', 'of the old key');
    await first.file.set('b', 'of the old key');
    const both = await folder.restart(first, at(keys(NEW, OLD)));
    expect((await both.file.get('a')).value).toBe('of the old key');
    expect(both.file.getSync('b').value).toBe('of the old key');
    await both.file.set('a', 'of the new key');
    const last = await folder.restart(both, at(keys(NEW)));
    expect((await last.file.get('a')).value).toBe('of the new key');
    expect(await last.file.get('b')).toMatchObject({ success: false, reason: 'absent' });
  });

  it.each<[string, ByteOptions, ByteOptions]>([
    ['of another key', keys(OLD), keys(OTHER)],
    ['that is encrypted, where no key is given', keys(OLD), {}],
    ['that is not encrypted, where a key is given', {}, keys(OLD)],
  ])('make an entry %s a miss that is counted, and replaced', async (_what, before, after) => {
    const folder = newFolder();
    const first = folder.open(at(before));
    for (const key of ['a', 'b', 'c']) await first.file.set(key, 'secret');
    const cache = await folder.restart(first, at(after));
    const missed = { success: false, source: 'none', reason: 'absent' };
    const a = await cache.file.get('a');
    expect(a).toMatchObject(missed);
    expect(a.error).toBeUndefined();
    expect(cache.file.getSync('b')).toMatchObject(missed);
    expect(await cache.wrap('c', () => 'anew', { tiers: BOTH })).toBe('anew');
    expect(cache.getStats().fileCache).toMatchObject({ hits: 0, misses: 3, errors: 3 });
    expect([folder.has('a'), folder.has('b')]).toEqual([false, false]);
    const again = await folder.restart(cache, at(after));
    expect((await again.file.get('c')).value).toBe('anew');
  });
});

describe('What cannot be decoded', () => {
  it.each([
    ['get', 'decode', 'this', 3],
    ['get', 'decode', 'another', 3],
    ['getSync', 'decodeSync', 'another', 2],
  ] as const)(
    'does not take with it (%s, %s) what %s process sets meanwhile',
    async (way, decode, whose, last) => {
      const folder = newFolder();
      const cache = folder.open();
      await cache.file.set('key', 'damaged');
      const other = folder.open();
      let tries = 0;
      let set: unknown;
      const spied = jest.spyOn(EntryBytes.prototype, decode).mockImplementation(() => {
        if (++tries === last) {
          if (whose === 'this') set = cache.file.set('key', 'new');
          else other.file.setSync('key', 'new');
        }
        throw damaged('cannot be decoded');
      });
      expect((await cache.file[way]('key')).success).toBe(false);
      expect(tries).toBe(last);
      await set;
      spied.mockRestore();
      expect((await other.file.get('key')).value).toBe('new');
    },
  );
});

describe('An encrypted entry', () => {
  it('that was tampered with, or put in the place of another, is a miss', async () => {
    const folder = newFolder();
    const options = { ...keys(OLD), categories: { plain: { encryption: false } as const } };
    const first = folder.open(options);
    for (const key of ['a', 'b', 'c']) await first.file.set(key, key);
    await first.close();
    const [a, b] = [bytesOf(folder, 'a'), bytesOf(folder, 'b')];
    a[a.length - 1]! ^= 1;
    writeFileSync(folder.pathOf('a'), a);
    writeFileSync(folder.pathOf('c'), b);
    const cache = folder.open(options);
    expect(await cache.file.get('a')).toMatchObject({ success: false, reason: 'absent' });
    expect(await cache.file.get('c')).toMatchObject({ success: false, reason: 'absent' });
    expect((await cache.file.get('b')).value).toBe('b');
    expect(cache.getStats().fileCache.errors).toBe(2);
  });

  it('is beside one in the clear, of a category that says so', async () => {
    const folder = newFolder();
    const cache = folder.open({ ...keys(OLD), categories: { plain: { encryption: false } } });
    await cache.file.set('key', 'visible?');
    await cache.file.set('key', 'visible!', { category: 'plain' });
    expect(bytesOf(folder, 'key').includes('visible')).toBe(false);
    expect(readFileSync(folder.pathOf('key', 'plain')).includes('visible!')).toBe(true);
  });
});
