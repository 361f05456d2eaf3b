import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheProcess } from './support/cache-process.js';
import {
  createPlace,
  entriesIn,
  fileOf,
  pathsIn,
  temporariesIn,
  type Place,
} from './support/place.js';
import { SmallDisk } from './support/small-disk.js';
import { give, isRoot, UNPRIVILEGED, type User } from './support/user.js';

const ON_FILE = { tiers: ['file' as const] };

let place: Place;
let directory: string;

beforeEach(() => {
  place = createPlace();
  ({ directory } = place);
});

afterEach(() => place.remove());

const open = (user: User = {}): Promise<CacheProcess> =>
  CacheProcess.open({ file: { directory }, categories: { default: ON_FILE } }, { user });

function elsewhere(): string {
  const path = join(place.outside, 'elsewhere');
  mkdirSync(path);
  return path;
}

/** Everything that writes says what is wrong; everything that reads has nothing; `wrap` goes on. */
async function expectUseless(cache: CacheProcess, why: RegExp): Promise<void> {
  for (const method of ['set', 'file.set', 'file.setSync']) {
    const { success, error } = await cache.call(method, 'key', 'value');
    expect([method, success, error?.code]).toEqual([method, false, 'CACHE_TIER']);
    expect(error!.message).toContain('file.directory');
    expect(error!.message).toMatch(why);
  }
  for (const method of ['get', 'file.get', 'file.getSync']) {
    expect(await cache.call(method, 'key')).toMatchObject({ success: false });
  }
  for (let round = 0; round < 20; round++) {
    expect(await cache.wrap('key', round)).toEqual({ loads: 1, values: [round] });
  }
  for (const lock of ['process', 'machine'] as const) {
    const crowd = await cache.wrap('crowd', lock, { lock }, 1000);
    expect(crowd).toEqual({ loads: 1, values: Array.from({ length: 1000 }, () => lock) });
  }
  expect(await cache.call('has', 'key')).toBe(false);
  expect(await cache.call('delete', 'key')).toBe(false);
  expect(await cache.call('file.deleteSync', 'key')).toBe(false);
  await cache.call('invalidateTags', ['tag']);
  await cache.call('clear');
  await cache.call('cleanup');
  expect(await cache.call('file.keys')).toEqual([]);
  expect((await cache.stats()).fileCache.errors).toBeGreaterThan(0);
  const log = await cache.log();
  expect(log).toEqual([
    expect.stringMatching(/^error: The file tier fails; going on without it: /),
  ]);
  expect(log[0]).toContain('file.directory');
}

/** It works without being told to; the log says so once. */
async function expectUseful(cache: CacheProcess): Promise<void> {
  for (const key of ['one', 'two']) {
    expect(await cache.call('set', key, key)).toMatchObject({ success: true });
    expect(await cache.call('get', key)).toMatchObject({ value: key });
    expect(await cache.wrap(key, 'other')).toEqual({ loads: 0, values: [key] });
  }
  expect(await cache.log()).toEqual(['warn: The file tier works again']);
}

describe('A folder that must not be used', () => {
  it.each<[string, RegExp, (path: string) => void]>([
    ['a file', /is not a folder/, (path) => writeFileSync(path, 'mine')],
    ['a link to a folder', /is a symbolic link/, (path) => symlinkSync(elsewhere(), path)],
    ['a link to nowhere', /is a symbolic link/, (path) => symlinkSync('nowhere', path)],
    [
      'writable by everyone',
      /is writable by everyone/,
      (path) => {
        mkdirSync(path);
        chmodSync(path, 0o777);
      },
    ],
  ])('%s is named in the result, and used as soon as it may be', async (_what, why, make) => {
    make(directory);
    const before = pathsIn(place.outside);
    const cache = await open();
    await expectUseless(cache, why);
    expect(pathsIn(place.outside)).toEqual(before);
    rmSync(directory, { recursive: true });
    await expectUseful(cache);
    await cache.close();
  });

  it.each<[string, RegExp, (path: string) => void]>([
    ['a file', /is not a folder/, (path) => writeFileSync(path, '')],
    ['a link', /is a symbolic link/, (path) => symlinkSync(elsewhere(), path)],
  ])('may get %s in its place while it is used', async (_what, why, make) => {
    const cache = await open();
    await cache.call('set', 'key', 'value');
    renameSync(directory, join(place.outside, 'away'));
    make(directory);
    const outside = pathsIn(place.outside);
    await expectUseless(cache, why);
    expect(pathsIn(place.outside)).toEqual(outside);
    rmSync(directory);
    await expectUseful(cache);
    await cache.close();
  });

  it('of another user is named with the user', async () => {
    if (isRoot) {
      mkdirSync(directory);
      give(directory);
    } else directory = '/';
    const cache = await open();
    await expectUseless(cache, /belongs to user \d+/);
    await cache.close();
    expect(readdirSync(directory)).not.toContain('v1');
  });

  it('below a file, or where nothing may be made, is named with what the system said', async () => {
    const file = join(place.outside, 'file');
    writeFileSync(file, '');
    directory = join(file, 'cache');
    const below = await open();
    await expectUseless(below, /ENOTDIR/);
    await below.close();
    const closed = join(place.outside, 'closed');
    mkdirSync(closed, { mode: 0o500 });
    give(closed);
    directory = join(closed, 'cache');
    const within = await open(UNPRIVILEGED);
    await expectUseless(within, /EACCES/);
    chmodSync(closed, 0o700);
    await expectUseful(within);
    await within.close();
  });
});

describe('While a folder must not be used', () => {
  it('nothing in it is touched, and what is removed or overwritten does not come back', async () => {
    const cache = await open();
    const gone = ['deleted', 'deleted too', 'tagged', 'set', 'set too'];
    for (const key of [...gone, 'kept']) {
      await cache.call('set', key, 'old', { tags: key === 'tagged' ? ['tag'] : [] });
    }
    await cache.close();
    chmodSync(directory, 0o777);
    const before = pathsIn(directory);
    const next = await open();
    await next.call('delete', 'deleted');
    await next.call('file.deleteSync', 'deleted too');
    await next.call('invalidateTags', ['tag']);
    await next.call('set', 'set', 'new');
    await next.call('file.setSync', 'set too', 'new');
    expect(pathsIn(directory)).toEqual(before);
    chmodSync(directory, 0o700);
    for (const key of gone) {
      expect([key, await next.call('get', key)]).toMatchObject([key, { success: false }]);
    }
    expect(await next.call('get', 'kept')).toMatchObject({ value: 'old' });
    await next.close();
    const last = await open();
    for (const key of gone) {
      expect([key, await last.call('get', key)]).toMatchObject([key, { success: false }]);
    }
    await last.close();
  });
});

describe('A read-only folder', () => {
  /** What is there is served; nothing new is kept, and nothing that was removed comes back. */
  async function expectReadOnly(cache: CacheProcess, why: RegExp): Promise<void> {
    expect(await cache.call('get', 'kept')).toMatchObject({ value: 'old', source: 'file' });
    expect(await cache.call('file.getSync', 'kept')).toMatchObject({ value: 'old' });
    expect(await cache.wrap('kept', 'new')).toEqual({ loads: 0, values: ['old'] });
    expect(await cache.log()).toEqual([]);
    for (const method of ['set', 'file.set', 'file.setSync']) {
      const { error } = await cache.call(method, 'key', 'value');
      expect(error?.message).toMatch(/file\.directory/);
      expect(error?.message).toMatch(why);
    }
    for (let round = 0; round < 20; round++) {
      expect(await cache.wrap('key', round)).toEqual({ loads: 1, values: [round] });
      expect(await cache.call('get', 'kept')).toMatchObject({ value: 'old' });
    }
    await cache.call('delete', 'deleted');
    await cache.call('file.deleteSync', 'deleted too');
    await cache.call('invalidateTags', ['tag']);
    await cache.call('clear', 'cleared');
    await cache.call('cleanup');
    for (const key of ['deleted', 'deleted too', 'tagged']) {
      expect([key, await cache.call('get', key)]).toMatchObject([key, { success: false }]);
      expect(await cache.call('file.getSync', key)).toMatchObject({ success: false });
      expect(await cache.wrap(key, 'new')).toEqual({ loads: 1, values: ['new'] });
    }
    expect(await cache.call('file.get', 'key', { category: 'cleared' })).toMatchObject({
      success: false,
    });
    expect(await cache.log()).toEqual([
      expect.stringMatching(/^error: The file tier fails; going on without it: /),
    ]);
  }

  async function prepare(user: User): Promise<void> {
    const cache = await open(user);
    for (const key of ['kept', 'deleted', 'deleted too']) await cache.call('set', key, 'old');
    await cache.call('set', 'tagged', 'old', { tags: ['tag'] });
    await cache.call('file.set', 'key', 'old', { category: 'cleared' });
    await cache.close();
  }

  it('by its modes gives what it has, to a user whom they bind', async () => {
    mkdirSync(directory);
    give(directory);
    await prepare(UNPRIVILEGED);
    const folders = pathsIn(directory)
      .map((path) => join(directory, path))
      .filter((path) => statSync(path).isDirectory());
    const setModes = (folder: number, file: number): void => {
      for (const path of [directory, ...folders]) chmodSync(path, folder);
      for (const path of pathsIn(directory).map((each) => join(directory, each))) {
        if (statSync(path).isFile()) chmodSync(path, file);
      }
    };
    setModes(0o500, 0o400);
    const cache = await open(UNPRIVILEGED);
    await expectReadOnly(cache, /EACCES/);
    setModes(0o700, 0o600);
    await expectUseful(cache);
    await cache.close();
    expect(temporariesIn(directory)).toEqual([]);
  });

  it('by its mount gives what it has, and what was removed meanwhile stays so', async () => {
    const disk = await SmallDisk.mount(join(place.outside, 'disk'), 'size=4m');
    try {
      directory = join(disk.path, 'cache');
      await prepare({});
      await disk.setReadOnly(true);
      const cache = await open();
      await expectReadOnly(cache, /EROFS/);
      const late = cache.load('late', 'late', { hold: true });
      await cache.loading('late');
      await disk.setReadOnly(false);
      await expectUseful(cache);
      await cache.release('late');
      expect(await late).toMatchObject({ value: 'late' });
      // After what is to be written there.
      expect(await cache.call('file.get', 'late')).toMatchObject({ success: false });
      expect(await cache.log()).toEqual([]);
      expect(await cache.call('get', 'kept')).toMatchObject({ value: 'old' });
      await cache.close();
      const next = await open();
      for (const key of ['deleted', 'deleted too', 'tagged']) {
        expect([key, await next.call('get', key)]).toMatchObject([key, { success: false }]);
      }
      await next.close();
    } finally {
      await disk.unmount();
    }
  });
});

describe('A folder that takes files, and gives none away', () => {
  it('has nothing back of what was deleted, however much is deleted after it', async () => {
    mkdirSync(directory);
    give(directory);
    const cache = await open(UNPRIVILEGED);
    const gone = ['deleted', 'deleted too'];
    for (const key of gone) await cache.call('set', key, 'old');
    const folders = gone.map((key) => dirname(fileOf(directory, key)));
    for (const folder of folders) chmodSync(folder, 0o500);
    await cache.call('delete', 'deleted');
    await cache.call('file.deleteSync', 'deleted too');
    const others = Array.from({ length: 20_001 }, (_, at) => `other ${at}`);
    await cache.call('deleteMany', others);
    const other = await open(UNPRIVILEGED);
    for (const each of [cache, other]) {
      for (const key of gone) {
        expect([key, await each.call('has', key)]).toEqual([key, false]);
      }
    }
    expect(entriesIn(directory)).toHaveLength(2);
    for (const folder of folders) chmodSync(folder, 0o700);
    await other.close();
    await cache.call('cleanup');
    expect(entriesIn(directory)).toEqual([]);
    await cache.close();
  });
});

describe('A folder that goes away and comes back', () => {
  it('brings nothing back of what was invalidated while another was in its place', async () => {
    const cache = await open();
    for (const key of ['deleted', 'tagged', 'cleared']) {
      await cache.call('set', key, 'old', {
        tags: key === 'tagged' ? ['tag'] : [],
        category: key === 'cleared' ? 'quotes' : 'default',
        ...ON_FILE,
      });
    }
    renameSync(directory, `${directory}-away`);
    expect(await cache.call('set', 'other', 'new')).toMatchObject({ success: true });
    await cache.call('delete', 'deleted');
    await cache.call('invalidateTags', ['tag']);
    await cache.call('clear', 'quotes');
    rmSync(directory, { recursive: true });
    renameSync(`${directory}-away`, directory);
    for (const key of ['deleted', 'tagged', 'cleared']) {
      const options = { category: key === 'cleared' ? 'quotes' : 'default', ...ON_FILE };
      const found = await cache.call('get', key, options);
      expect([key, found]).toMatchObject([key, { success: false }]);
    }
    for (const key of ['deleted', 'next']) {
      expect(await cache.call('set', key, 'new')).toMatchObject({ success: true });
      expect(await cache.call('get', key)).toMatchObject({ value: 'new', source: 'file' });
    }
    await cache.close();
  });
});

describe('A folder that is deleted while it is used', () => {
  it.each<[string, () => string[]]>([
    ['whole', () => [directory]],
    ['its v1', () => [join(directory, 'v1')]],
    ['one of the 256', () => [dirname(fileOf(directory, 'key'))]],
    [
      'its journal',
      () =>
        pathsIn(directory)
          .filter((path) => /journal-\d+$/.test(path))
          .map((path) => join(directory, path)),
    ],
  ])('%s: what was in it is a miss, and what comes is kept', async (_what, parts) => {
    const cache = await open();
    for (const reader of ['get', 'file.get', 'file.getSync', 'wrap']) {
      await cache.call('set', 'key', 'old');
      expect(await cache.call('get', 'key')).toMatchObject({ value: 'old' });
      const removed = parts();
      expect(removed).not.toEqual([]);
      for (const path of removed) rmSync(path, { recursive: true });
      if (reader !== 'wrap') {
        const { success, error } = await cache.call(reader, 'key');
        expect([reader, success, error]).toEqual([reader, false, undefined]);
      }
      expect(await cache.wrap('key', 'new')).toEqual({ loads: 1, values: ['new'] });
      expect(await cache.call('file.get', 'key')).toMatchObject({ value: 'new' });
      expect(await cache.call('file.getSync', 'key')).toMatchObject({ value: 'new' });
    }
    for (const path of parts()) rmSync(path, { recursive: true });
    expect(await cache.call('file.setSync', 'key', 'sync')).toMatchObject({ success: true });
    for (const path of parts()) rmSync(path, { recursive: true });
    expect(await cache.call('set', 'key', 'last')).toMatchObject({ success: true });
    expect(await cache.log()).toEqual([]);
    await cache.close();
    const next = await open();
    expect(await next.call('get', 'key')).toMatchObject({ value: 'last' });
    await next.close();
  });

  it('is no longer counted after the next cleanup', async () => {
    const cache = await open();
    await cache.call(
      'setMany',
      Array.from({ length: 50 }, (_, at) => ({ key: `k${at}`, value: at })),
    );
    rmSync(directory, { recursive: true });
    await cache.call('set', 'key', 'value');
    await cache.call('cleanup');
    expect((await cache.stats()).fileCache.entries).toBe(1);
    expect(entriesIn(directory)).toHaveLength(1);
    await cache.close();
  });

  it('again and again, in the middle of everything, costs nobody his value', async () => {
    const cache = await open();
    const state = { over: false };
    const working = Promise.all(
      Array.from({ length: 600 }, (_, at) => cache.wrap(`k${at % 50}`, 'v', {}, 3)),
    ).finally(() => {
      state.over = true;
    });
    while (!state.over) {
      try {
        rmSync(directory, { recursive: true, force: true });
      } catch {
        // Something was made in it meanwhile.
      }
      await nextTurn();
    }
    for (const { values } of await working) expect(values).toEqual(['v', 'v', 'v']);
    await cache.log();
    expect(await cache.call('set', 'key', 'value')).toMatchObject({ success: true });
    expect(await cache.call('get', 'key')).toMatchObject({ value: 'value' });
    await cache.call('cleanup');
    expect(temporariesIn(directory)).toEqual([]);
    await cache.close();
  });
});
