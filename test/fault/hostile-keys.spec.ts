import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CacheProcess } from './support/cache-process.js';
import { createPlace, entriesIn, pathsIn, type Place } from './support/place.js';

/** Pairs that a file system, an encoding or a joined name would take for one. */
const NAMES = [
  '',
  ' ',
  '.',
  '..',
  '/',
  '../../etc/passwd',
  '/etc/passwd',
  '..\\..\\windows',
  'C:\\x',
  'nul',
  'con',
  'a',
  'A',
  'ß',
  'SS',
  'p/q',
  'p:q',
  'p\\q',
  'p%2Fq',
  'a\0',
  'a\0b',
  '\0',
  'a\n',
  'a\r\n',
  '\ud800',
  '\udbff',
  '\udc00',
  '\ufffd',
  '\u00e9',
  'e\u0301',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  'toString',
  '*',
  '?',
  '$(touch x)',
  '-rf',
  'journal-00000001',
  '.tmp-1-1-1',
  'v1',
  '["default","a"]',
  'default","a',
  'k'.repeat(255),
  'k'.repeat(256),
  'k'.repeat(100_000),
  `${'k'.repeat(100_000)}!`,
  '\u{1f600}'.repeat(25_000),
];

let place: Place;

beforeAll(() => {
  place = createPlace();
});

afterAll(() => place.remove());

const open = (): Promise<CacheProcess> =>
  CacheProcess.open({
    file: { directory: place.directory, maxEntriesPerCategory: 10_000 },
    maxEntriesPerCategory: 10_000,
  });
const FILE = { tiers: ['file'] };

/** Every name as a key, and as a category. */
const ADDRESSES = [
  ...NAMES.map((key) => ({ key, category: 'default' })),
  ...NAMES.map((category) => ({ key: 'key', category })),
  ...NAMES.map((name) => ({ key: name, category: name })),
];

const valueOf = ({ key, category }: { key: string; category: string }): string =>
  JSON.stringify([category.slice(-300), category.length, key.slice(-300), key.length]);

describe('Hostile keys and categories', () => {
  it('keep their values apart, over a restart, in one folder', async () => {
    expect(new Set(ADDRESSES.map(valueOf)).size).toBe(ADDRESSES.length);
    const cache = await open();
    for (const [at, address] of ADDRESSES.entries()) {
      const { key, category } = address;
      const methods = ['set', 'file.set', 'file.setSync'];
      const method = methods[at % methods.length]!;
      const options =
        method === 'set' ? { category, ...FILE, tags: [key] } : { category, tags: [key] };
      const stored = await cache.call(method, key, valueOf(address), options);
      expect([key.slice(0, 50), stored]).toMatchObject([key.slice(0, 50), { success: true }]);
    }
    await cache.close();
    const next = await open();
    for (const address of ADDRESSES) {
      const { key, category } = address;
      for (const method of ['get', 'file.get', 'file.getSync']) {
        const options = method === 'get' ? { category, ...FILE } : { category };
        expect(await next.call(method, key, options)).toMatchObject({ value: valueOf(address) });
      }
      const loaded = await next.wrap(key, 'other', { category, tiers: ['file'] });
      expect(loaded).toEqual({ loads: 0, values: [valueOf(address)] });
    }
    const keys = await next.call<string[]>('file.keys', 'default');
    expect(keys.sort()).toEqual([...NAMES].sort());
    const stats = await next.stats();
    expect(Object.keys(stats.categories).sort()).toEqual(
      [...new Set([...NAMES, 'default'])].sort(),
    );
    expect(stats.fileCache).toMatchObject({ entries: ADDRESSES.length, errors: 0 });
    expect(await next.log()).toEqual([]);
    await next.close();
    expect(entriesIn(place.directory)).toHaveLength(ADDRESSES.length);
  });

  it('have files within the folder, of names that differ by more than case', () => {
    expect(pathsIn(place.outside).filter((path) => !/^cache(\/|$)/.test(path))).toEqual([]);
    const paths = pathsIn(place.directory);
    expect(new Set(paths.map((path) => path.toLowerCase())).size).toBe(paths.length);
    for (const path of paths) {
      expect(path).toMatch(/^v1(\/(peers|journal-\d{8}|[0-9a-f]{2}(\/[0-9a-f]{64})?))?$/);
      const stats = lstatSync(join(place.directory, path));
      expect([path, stats.mode & 0o777]).toEqual([path, stats.isDirectory() ? 0o700 : 0o600]);
    }
  });

  it('are removed one by one, and by their tags and categories', async () => {
    const cache = await open();
    const left = new Set(ADDRESSES);
    const remove = (which: (address: { key: string; category: string }) => boolean): void => {
      for (const address of left) if (which(address)) left.delete(address);
    };
    await cache.call('invalidateTags', ['p/q', '\ud800', '__proto__', 'A']);
    remove(({ key }) => ['p/q', '\ud800', '__proto__', 'A'].includes(key));
    for (const category of ['p:q', '\udc00', 'constructor', '']) {
      await cache.call('clear', category);
      remove((address) => address.category === category);
    }
    for (const key of ['a', '\0', '', 'k'.repeat(100_000), '../../etc/passwd']) {
      expect(await cache.call('delete', key, FILE)).toBe(true);
      remove((address) => address.key === key && address.category === 'default');
    }
    for (const address of ADDRESSES) {
      const { key, category } = address;
      expect(await cache.call('has', key, { category, ...FILE })).toBe(left.has(address));
    }
    await cache.close();
    const next = await open();
    for (const address of ADDRESSES) {
      const { key, category } = address;
      expect(await next.call('has', key, { category, ...FILE })).toBe(left.has(address));
    }
    await next.close();
  });
});
