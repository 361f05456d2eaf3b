import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { DAY, HOUR, lines, places, type Place } from './support.js';

const newPlace = places();

/** Late enough for every age to be the same whole number of hours, however long the test takes. */
const LATER = { aheadMs: 3 * DAY + 12 * HOUR + 60_000 };

async function filled(): Promise<Place> {
  const place = newPlace();
  await place.filled(async (cache) => {
    await cache.file.set('AAPL', 1, { category: 'quotes', ttl: '30d', tags: ['tech', 'us'] });
    await cache.file.set('SIE', 2, { category: 'quotes', ttl: Infinity, tags: ['tech'] });
    await cache.file.set('OLD', 3, { category: 'quotes', ttl: '2d', tags: ['us'] });
    await cache.file.set('user 1', 4, {
      category: 'users',
      ttl: '30d',
      tags: ['a', 'b', 'c', 'd'],
    });
  });
  return place;
}

/** Dead, and its file still there: as if its removal had failed. */
async function invalidated(place: Place): Promise<void> {
  const path = place.pathOf('users', 'gone');
  let bytes = Buffer.alloc(0);
  await place.filled(async (cache) => {
    await cache.file.set('gone', 5, { category: 'users', ttl: '30d' });
    bytes = readFileSync(path);
    await cache.file.delete('gone', { category: 'users' });
  });
  // A cache that closes may look through its folder, and would remove it.
  writeFileSync(path, bytes);
}

describe('stats', () => {
  it('says what the folder holds, by category', async () => {
    const place = await filled();
    await invalidated(place);
    const [aapl, sie] = [place.sizeOf('quotes', 'AAPL'), place.sizeOf('quotes', 'SIE')];
    const user = place.sizeOf('users', 'user 1');
    const { code, stdout, stderr } = await place.run(['stats'], LATER);
    expect([code, stderr]).toEqual([0, '']);
    const journal = (await place.json(['stats'])).json.journalBytes as number;
    const age = '3 d 12 h';
    expect(lines(stdout)).toEqual([
      `folder           ${place.directory}`,
      'format version   1',
      'used by          0 processes',
      `entries          3 (${aapl + sie + user} B)`,
      'expired          1',
      'invalidated      1',
      'damaged files    0',
      'temporary files  0',
      `journal          ${journal} B`,
      '',
      'category  entries  bytes  expired  invalidated    oldest    newest  tags',
      `quotes          2  ${aapl + sie} B        1            0  ${age}  ${age}  tech (2), us (1)`,
      `users           1  ${user} B        0            1  ${age}  ${age}  a (1), b (1), c (1) and 1 more`,
    ]);
  });

  it('gives a program the same as numbers', async () => {
    const place = await filled();
    await invalidated(place);
    const { code, json } = await place.json(['stats'], LATER);
    expect(code).toBe(0);
    const quotes = place.sizeOf('quotes', 'AAPL') + place.sizeOf('quotes', 'SIE');
    const users = place.sizeOf('users', 'user 1');
    expect(json).toEqual({
      directory: place.directory,
      formatVersion: 1,
      processes: 0,
      entries: 3,
      bytes: quotes + users,
      expired: 1,
      invalidated: 1,
      damagedFiles: 0,
      temporaryFiles: 0,
      journalBytes: expect.any(Number),
      categories: [
        {
          category: 'quotes',
          entries: 2,
          bytes: quotes,
          expired: 1,
          invalidated: 0,
          oldest: expect.any(Number),
          newest: expect.any(Number),
          tags: [
            { tag: 'tech', entries: 2 },
            { tag: 'us', entries: 1 },
          ],
        },
        {
          category: 'users',
          entries: 1,
          bytes: users,
          expired: 0,
          invalidated: 1,
          oldest: expect.any(Number),
          newest: expect.any(Number),
          tags: ['a', 'b', 'c', 'd'].map((tag) => ({ tag, entries: 1 })),
        },
      ],
    });
  });

  it('counts the processes that use the folder, and what is damaged or half written', async () => {
    const place = await filled();
    const cache = place.cache();
    // The cache has then looked through the folder, and does not repair it under the test.
    await cache.file.keys('quotes');
    writeFileSync(place.pathOf('quotes', 'SIE'), 'nonsense');
    writeFileSync(join(place.pathOf('quotes', 'AAPL'), '..', `.tmp-${process.pid}---1`), 'half');
    const { json } = await place.json(['stats']);
    expect(json).toMatchObject({
      processes: 1,
      entries: 3,
      damagedFiles: 1,
      temporaryFiles: 1,
    });
    const { stdout } = await place.run(['stats']);
    expect(stdout).toContain('used by          1 process\n');
  });
});

describe('stats of a folder that containers share', () => {
  it('tells their processes apart, though each has the same number', async () => {
    const place = await filled();
    const peers = join(place.layout.root, 'peers');
    mkdirSync(peers, { recursive: true });
    for (const token of ['1-100-4026532001.aa', '1-100-4026532002.bb', '1-100-4026532002.cc']) {
      writeFileSync(join(peers, token), '');
    }
    expect((await place.json(['stats'])).json).toMatchObject({ processes: 2 });
  });

  it('counts a process once, however many of its threads have a cache', async () => {
    const place = await filled();
    const peers = join(place.layout.root, 'peers');
    mkdirSync(peers, { recursive: true });
    for (const token of ['1-100-7.aa', '12-105-7.bb.1', '13-107-7.cc.1', '13-107-8.dd.1']) {
      writeFileSync(join(peers, token), '');
    }
    expect((await place.json(['stats'])).json).toMatchObject({ processes: 2 });
  });
});

describe('ls', () => {
  it('shows the entries of a category, the last used first', async () => {
    const place = await filled();
    const future = Date.now() / 1000 + 60;
    utimesSync(place.pathOf('quotes', 'AAPL'), future, future);
    utimesSync(place.pathOf('quotes', 'SIE'), future - 1, future - 1);
    const size = (key: string): string => `${place.sizeOf('quotes', key)} B`;
    const { code, stdout, stderr } = await place.run(['ls', 'quotes'], LATER);
    expect([code, stderr]).toEqual([0, '']);
    expect(lines(stdout)).toEqual([
      'key    size       age  expires       tags',
      `AAPL  ${size('AAPL')}  3 d 12 h  in 26 d 11 h  tech, us`,
      `SIE   ${size('SIE')}  3 d 12 h  never         tech`,
      `OLD   ${size('OLD')}  3 d 12 h  1 d 12 h ago  us`,
    ]);
  });

  it('shows all categories, and quotes what has a space in it', async () => {
    const place = await filled();
    const { stdout } = await place.run(['ls'], LATER);
    const [head, ...rows] = lines(stdout);
    expect(head).toBe('category  key        size       age  expires       tags');
    const size = place.sizeOf('users', 'user 1');
    expect(rows).toContain(`users     "user 1"  ${size} B  3 d 12 h  in 26 d 11 h  a, b, c, d`);
    expect(rows).toHaveLength(4);
  });

  it('leaves dead entries out, and says how many', async () => {
    const place = await filled();
    await invalidated(place);
    const { stdout } = await place.run(['ls', 'users']);
    expect(lines(stdout).slice(2)).toEqual(['1 invalidated entry not shown']);
    const { json } = await place.json(['ls', 'users']);
    expect(json).toMatchObject({ category: 'users', total: 1, invalidated: 1 });
  });

  it('stops at the limit, and says how many more there are', async () => {
    const place = newPlace();
    await place.filled(async (cache) => {
      for (let at = 0; at < 53; at++) await cache.file.set(`k${at}`, at);
    });
    const byDefault = lines((await place.run(['ls'])).stdout);
    expect(byDefault).toHaveLength(52);
    expect(byDefault.at(-1)).toBe('3 more: --limit 50 is in effect, --all shows all');
    const two = lines((await place.run(['ls', '--limit', '2'])).stdout);
    expect(two).toHaveLength(4);
    expect(two.at(-1)).toBe('51 more: --limit 2 is in effect, --all shows all');
    expect(lines((await place.run(['ls', '--all'])).stdout)).toHaveLength(54);
    const { json } = await place.json(['ls', '--limit=2']);
    expect([json.total, (json.entries as unknown[]).length]).toEqual([53, 2]);
  });

  it('gives a program each entry whole', async () => {
    const place = await filled();
    const { json } = await place.json(['ls', 'users'], LATER);
    const [entry] = json.entries as Record<string, unknown>[];
    expect(json).toEqual({
      directory: place.directory,
      category: 'users',
      total: 1,
      invalidated: 0,
      entries: [
        {
          category: 'users',
          key: 'user 1',
          state: 'live',
          bytes: place.sizeOf('users', 'user 1'),
          createdAt: expect.any(Number),
          expiresAt: expect.any(Number),
          usedAt: expect.any(Number),
          tags: ['a', 'b', 'c', 'd'],
        },
      ],
    });
    expect((entry!.expiresAt as number) - (entry!.createdAt as number)).toBeGreaterThan(29 * DAY);
  });

  it('prints no key that a terminal would obey, and show takes what it prints', async () => {
    const place = newPlace();
    const printed = new Map([
      ['\u001b[2J\u0007', String.raw`"\u001b[2J\u0007"`],
      ['a\u202eb', String.raw`"a\u202eb"`],
      ['\u009b31m', String.raw`"\u009b31m"`],
      ['line\nfeed', String.raw`"line\nfeed"`],
      ['\ud800', String.raw`"\ud800"`],
      ['', '""'],
      ['"', String.raw`"\""`],
      ['ключ', 'ключ'],
      ['p/q:r', 'p/q:r'],
      ['k'.repeat(100_000), `"${'k'.repeat(200)}"... and 99800 more characters`],
    ]);
    await place.filled(async (cache) => {
      for (const key of printed.keys()) await cache.file.set(key, key.length);
    });
    const { stdout } = await place.run(['ls', 'default']);
    expect(stdout).not.toMatch(/[^\P{C}\n]/u);
    const rows = lines(stdout).slice(1);
    const shown = rows.map((row) => row.replace(/ +[\d.]+ K?B +\d+ .*$/, ''));
    expect(shown.sort()).toEqual([...printed.values()].sort());
    const { json } = await place.json(['ls', 'default']);
    const keys = (json.entries as { key: string }[]).map(({ key }) => key);
    expect(keys.sort()).toEqual([...printed.keys()].sort());
    for (const key of ['\u001b[2J\u0007', '\ud800', '', '"']) {
      const found = await place.json(['show', 'default', printed.get(key)!]);
      expect([found.code, found.json.key, found.json.value]).toEqual([0, key, key.length]);
    }
  });

  it('says that there are none', async () => {
    const place = await filled();
    expect(await place.run(['ls', 'nothing'])).toEqual({
      code: 0,
      stdout: 'no entries\n',
      stderr: '',
    });
  });
});
