import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CategoryOptions } from 'nestjs-tiered-cache/core';
import { CacheProcess } from './support/cache-process.js';
import { createPlace, fileOf, type Place } from './support/place.js';
import { give, UNPRIVILEGED } from './support/user.js';

const CODECS: Record<string, CategoryOptions> = {
  v8: {},
  json: { serializer: 'json' },
  compressed: { compression: { algorithm: 'brotli', threshold: 64 } },
  encrypted: { encryption: { keys: ['ab'.repeat(32)] } },
  both: {
    compression: { algorithm: 'gzip', threshold: 64 },
    encryption: { keys: ['cd'.repeat(32)] },
  },
};
const CATEGORIES = Object.keys(CODECS);
const READERS = ['get', 'has', 'file.get', 'file.getSync', 'wrap', 'set', 'file.setSync'] as const;

/** Between the header's fixed part and its end, and the envelope's: see file-record.ts and envelope.ts. */
const FIXED = 52;
const ENVELOPE = 32;

let place: Place;
let directory: string;
let cache: CacheProcess;

const valueOf = (key: string): unknown => ({ key, text: `${key} `.repeat(60) });

/** One for all the tests, each with keys of its own, but for those that say otherwise. */
beforeAll(async () => {
  place = createPlace();
  ({ directory } = place);
  mkdirSync(directory, { mode: 0o700 });
  give(directory);
  cache = await open();
  // What is found while the folder is looked through after the start is removed without a word.
  await cache.call('set', 'first', 'value');
  await cache.call('file.keys');
});

afterAll(() => place.remove());

function open(): Promise<CacheProcess> {
  const categories = CATEGORIES.map((name) => [name, { ...CODECS[name], tiers: ['file'] }]);
  return CacheProcess.open(
    { file: { directory }, categories: Object.fromEntries(categories) as never },
    { user: UNPRIVILEGED },
  );
}

async function errors(category: string): Promise<number> {
  return (await cache.stats()).categories[category]?.fileCache.errors ?? 0;
}

/** The file is not served, is counted once, and the next value of the key is. */
async function expectMissed(key: string, category: string, reader: string): Promise<void> {
  const before = await errors(category);
  const at = { category };
  if (reader === 'wrap') {
    expect(await cache.wrap(key, 'loaded', at)).toEqual({ loads: 1, values: ['loaded'] });
  } else if (reader === 'has') {
    expect(await cache.call('has', key, at)).toBe(false);
  } else if (/set/.test(reader)) {
    expect(await cache.call(reader, key, 'loaded', at)).toMatchObject({ success: true });
  } else {
    const { success, reason, error } = await cache.call<Record<string, unknown>>(reader, key, at);
    expect([success, reason, error]).toEqual([false, 'absent', undefined]);
  }
  if (!/set/.test(reader)) expect(await errors(category)).toBe(before + 1);
  if (reader !== 'wrap' && !/set/.test(reader)) {
    // What was found out is gone: it is not counted again.
    expect(await cache.call('file.getSync', key, at)).toMatchObject({ success: false });
    expect(await errors(category)).toBe(before + 1);
    expect(await cache.call('set', key, 'loaded', at)).toMatchObject({ success: true });
  }
  // In this order: the value of a load is on its way to the disk when `wrap` answers.
  expect(await cache.call('get', key, at)).toMatchObject({ value: 'loaded', source: 'file' });
  expect(await cache.call('file.getSync', key, at)).toMatchObject({ value: 'loaded' });
}

type Damage = (path: string, other: string) => void;

const change = (path: string, edit: (bytes: Buffer) => Buffer): void =>
  writeFileSync(path, edit(readFileSync(path)));

function replace(path: string, make: () => void): void {
  rmSync(path, { recursive: true, force: true });
  make();
  give(path);
}

const DAMAGES: Record<string, Damage> = {
  'cut off in its header': (path) => truncateSync(path, 30),
  'cut off after its header': (path) => truncateSync(path, readFileSync(path).readUInt32LE(4)),
  'one byte short': (path) => truncateSync(path, readFileSync(path).length - 1),
  'one byte long': (path) => change(path, (bytes) => Buffer.concat([bytes, Buffer.from('x')])),
  doubled: (path) => change(path, (bytes) => Buffer.concat([bytes, bytes])),
  zeroed: (path) => change(path, (bytes) => Buffer.alloc(bytes.length)),
  'of zeros in its second half': (path) =>
    change(path, (bytes) => bytes.fill(0, Math.ceil(bytes.length / 2))),
  empty: (path) => truncateSync(path, 0),
  "another key's": (path, other) => copyFileSync(other, path),
  'an empty folder': (path) => replace(path, () => mkdirSync(path)),
  'a folder with something in it': (path) =>
    replace(path, () => {
      const inner = join(path, 'inner');
      mkdirSync(inner, { recursive: true });
      give(inner);
      writeFileSync(join(inner, 'file'), 'x');
    }),
  'a pipe': (path) => replace(path, () => execFileSync('mkfifo', [path])),
  'a link to nowhere': (path) => replace(path, () => symlinkSync('/nowhere', path)),
  'a link to itself': (path) => replace(path, () => symlinkSync(path, path)),
  "a link to another key's": (path, other) => replace(path, () => symlinkSync(other, path)),
  'a link to a file of the system': (path) => replace(path, () => symlinkSync('/etc/passwd', path)),
  'a link to a copy of it': (path) => {
    const away = join(place.outside, 'away');
    renameSync(path, away);
    replace(path, () => symlinkSync(away, path));
  },
  unreadable: (path) => chmodSync(path, 0o000),
};

describe('A file that is', () => {
  it.each(Object.entries(DAMAGES))('%s', async (what, damage) => {
    const passwd = readFileSync('/etc/passwd', 'utf8');
    for (const category of CATEGORIES) {
      const keys = READERS.map((reader) => `${what} ${reader}`);
      for (const key of [...keys, 'other']) {
        expect(await cache.call('set', key, valueOf(key), { category })).toMatchObject({
          success: true,
        });
      }
      const other = fileOf(directory, 'other', category);
      for (const key of keys) damage(fileOf(directory, key, category), other);
      for (const [at, reader] of READERS.entries()) await expectMissed(keys[at]!, category, reader);
      expect(await cache.call('get', 'other', { category })).toMatchObject({
        value: valueOf('other'),
      });
    }
    expect(readFileSync('/etc/passwd', 'utf8')).toBe(passwd);
    expect(await cache.log()).toEqual([]);
  });
});

describe('A file of which one bit is not what it was', () => {
  it.each(CATEGORIES)('is a miss whichever it is: %s', async (category) => {
    const at = { category };
    const model = fileOf(directory, 'model', category);
    await cache.call('set', 'model', valueOf('model'), at);
    const whole = readFileSync(model);
    const header = whole.readUInt32LE(4);
    expect(header).toBeGreaterThan(FIXED);
    const offsets = [
      ...Array.from({ length: header + ENVELOPE }, (_, offset) => offset),
      ...Array.from(
        { length: 40 },
        (_, part) =>
          header + ENVELOPE + Math.floor((part * (whole.length - header - ENVELOPE)) / 40),
      ),
      whole.length - 1,
    ];
    for (const reader of ['getMany', 'file.getSync', 'wrap']) {
      const keys = offsets.map((offset) => `key ${String(offset).padStart(5, '0')}`);
      await cache.call(
        'setMany',
        keys.map((key) => ({ key, value: valueOf(key) })),
        at,
      );
      for (const [place, key] of keys.entries()) {
        change(fileOf(directory, key, category), (bytes) => {
          // Keys are as long as the model's or not: what matters is that every byte has its turn.
          const offset = Math.min(offsets[place]!, bytes.length - 1);
          bytes[offset]! ^= 1 << (offset % 8);
          return bytes;
        });
      }
      const before = await errors(category);
      const got = await readAll(reader, keys, category);
      expect(got).toEqual(keys.map((key) => [key, undefined]));
      expect(await errors(category)).toBe(before + keys.length);
      await cache.call(
        'setMany',
        keys.map((key) => ({ key, value: 'new' })),
        at,
      );
      expect(await readAll(reader, keys, category)).toEqual(keys.map((key) => [key, 'new']));
    }
    expect(await cache.log()).toEqual([]);
  });
});

/** What is served for each key; of `wrap`, nothing where it was loaded. */
async function readAll(
  reader: string,
  keys: readonly string[],
  category: string,
): Promise<[string, unknown][]> {
  if (reader === 'getMany') {
    const results = await cache.call<{ value?: unknown }[]>(reader, keys, { category });
    return keys.map((key, at) => [key, results[at]!.value]);
  }
  return Promise.all(
    keys.map(async (key): Promise<[string, unknown]> => {
      if (reader !== 'wrap') {
        return [key, (await cache.call<{ value?: unknown }>(reader, key, { category })).value];
      }
      const { loads, values } = await cache.wrap(key, 'loaded', { category });
      return [key, loads === 1 && values[0] === 'loaded' ? undefined : values[0]];
    }),
  );
}

describe('Two files that have changed places', () => {
  it.each(CATEGORIES)('are two misses: %s', async (category) => {
    for (const reader of ['file.get', 'file.getSync', 'wrap']) {
      const keys = [`${reader} one`, `${reader} two`] as const;
      for (const key of keys) await cache.call('set', key, valueOf(key), { category });
      const [one, two] = keys.map((key) => fileOf(directory, key, category)) as [string, string];
      const aside = join(place.outside, 'aside');
      renameSync(one, aside);
      renameSync(two, one);
      renameSync(aside, two);
      for (const key of keys) await expectMissed(key, category, reader);
    }
    const [ours, theirs] = [category, CATEGORIES.find((name) => name !== category)!];
    for (const name of [ours, theirs]) await cache.call('set', 'key', name, { category: name });
    copyFileSync(fileOf(directory, 'key', theirs), fileOf(directory, 'key', ours));
    await expectMissed('key', ours, 'file.get');
  });
});

describe('Something that cannot be removed from the place of a file', () => {
  it('is an error in the result of set, and the caller of wrap has his value', async () => {
    await cache.call('set', 'key', 'value', { category: 'v8' });
    const path = fileOf(directory, 'key', 'v8');
    // Of a folder whose content its user may not remove.
    replace(path, () => mkdirSync(join(path, 'inner', 'inmost'), { recursive: true }));
    give(join(path, 'inner'));
    chmodSync(join(path, 'inner'), 0o500);
    for (let round = 0; round < 3; round++) {
      expect(await cache.call('get', 'key', { category: 'v8' })).toMatchObject({ success: false });
      expect(await cache.wrap('key', round, { category: 'v8' })).toEqual({
        loads: 1,
        values: [round],
      });
      const { error } = await cache.call('set', 'key', 'value', { category: 'v8' });
      expect(error?.message).toMatch(/file\.directory.*EACCES/);
    }
    expect(await cache.call('set', 'other', 'value', { category: 'v8' })).toMatchObject({
      success: true,
    });
    chmodSync(join(path, 'inner'), 0o700);
    expect(await cache.call('set', 'key', 'value', { category: 'v8' })).toMatchObject({
      success: true,
    });
    expect(await cache.call('get', 'key', { category: 'v8' })).toMatchObject({ value: 'value' });
  });
});

describe('Damage that a cleanup or a start finds', () => {
  it('is removed, and harms nothing else', async () => {
    // Bodies are checked by whoever reads them.
    const keys = Object.keys(DAMAGES).filter((what) => what !== 'of zeros in its second half');
    await cache.call('clear');
    for (const key of [...keys, 'other']) {
      await cache.call('set', key, valueOf(key), { category: 'v8' });
    }
    await cache.close();
    const other = fileOf(directory, 'other', 'v8');
    for (const key of keys) DAMAGES[key]!(fileOf(directory, key, 'v8'), other);
    cache = await open();
    await cache.call('cleanup');
    expect(await cache.call('file.keys', 'v8')).toEqual(['other']);
    expect((await cache.stats()).fileCache.entries).toBe(1);
    for (const key of keys) {
      expect([key, existsSync(fileOf(directory, key, 'v8'))]).toEqual([key, false]);
    }
    expect(await cache.call('get', 'other', { category: 'v8' })).toMatchObject({
      value: valueOf('other'),
    });
    expect(await cache.log()).toEqual([]);
    await cache.close();
  });
});
