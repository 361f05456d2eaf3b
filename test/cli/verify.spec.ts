import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
} from 'node:fs';
import { readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { identityToken, ownIdentity } from '../../lib/core/stores/file/process-identity.js';
import { runCommand } from '../../lib/integrations/cli/command.js';
import { HOUR, lines, places, type Place } from './support.js';

const newPlace = places();

/** No system gives out so high a number. */
const DEAD = identityToken({ ...ownIdentity(), pid: 999_999_999, start: '1' });
const OWN = identityToken(ownIdentity());
const LOCKED = 'f'.repeat(64);

async function filled(): Promise<Place> {
  const place = newPlace();
  await place.filled(async (cache) => {
    for (const key of ['good', 'short', 'flipped', 'header', 'version', 'moved', 'pipe', 'link']) {
      await cache.file.set(key, `the value of ${key}`);
    }
  });
  return place;
}

function edit(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}

/** Spoils the folder in every way. @returns what verify says of it, by file */
function spoil(place: Place): Record<string, [kind: string, why: string]> {
  const { root } = place.layout;
  const entry = (key: string): string => place.pathOf('default', key);
  const file = (key: string): string => place.fileOf('default', key);
  truncateSync(entry('short'), 20);
  edit(entry('flipped'), (bytes) => (bytes[bytes.length - 1]! ^= 1));
  edit(entry('header'), (bytes) => (bytes[60]! ^= 1));
  edit(entry('version'), (bytes) => (bytes[3] = 9));
  copyFileSync(entry('good'), entry('moved'));
  rmSync(entry('pipe'));
  execFileSync('mkfifo', [entry('pipe')]);
  rmSync(entry('link'));
  symlinkSync(entry('good'), entry('link'));
  const good = dirname(entry('good')).slice(-2);
  const strayed = `${good === '00' ? '01' : '00'}${'e'.repeat(62)}`;
  copyFileSync(entry('good'), join(root, good, strayed));
  writeFileSync(join(root, good, `.tmp-${DEAD}-1`), 'half');
  writeFileSync(join(root, good, 'notes.txt'), 'mine');
  writeFileSync(join(root, 'thumbs.db'), '');
  mkdirSync(join(root, 'peers'), { recursive: true });
  writeFileSync(join(root, 'peers', DEAD), '');
  mkdirSync(join(root, 'locks'));
  writeFileSync(join(root, 'locks', `${LOCKED}.1`), `${DEAD} 1`);
  return {
    [file('short')]: ['damaged', 'the file is too short'],
    [file('flipped')]: ['damaged', "the value's checksum does not match"],
    [file('header')]: ['damaged', "the header's checksum does not match"],
    [file('version')]: ['damaged', 'the file has the format version 9, not 1'],
    [file('moved')]: ['misplaced', 'the file holds the entry of another key'],
    [file('pipe')]: ['damaged', 'there is something else in place of the file'],
    [file('link')]: ['damaged', 'the file cannot be opened: ELOOP'],
    [`v1/${good}/${strayed}`]: ['misplaced', 'it is in the folder of other entries'],
    [`v1/${good}/.tmp-${DEAD}-1`]: ['temporary', 'the process, or thread, that wrote it is gone'],
    [`v1/${good}/notes.txt`]: ['foreign', 'it is nothing of this cache'],
    'v1/thumbs.db': ['foreign', 'it is nothing of this cache'],
    [`v1/peers/${DEAD}`]: ['peer', 'the process, or thread, that it names is gone'],
    [`v1/locks/${LOCKED}.1`]: ['lock', 'the process, or thread, that held it is gone'],
  };
}

interface Report {
  readonly files: number;
  readonly bytes: number;
  readonly faults: readonly {
    kind: string;
    file: string;
    bytes: number;
    why: string;
    removed: boolean;
  }[];
}

describe('verify', () => {
  it('reads every file, and finds nothing wrong', async () => {
    const place = await filled();
    const keys = ['good', 'short', 'flipped', 'header', 'version', 'moved', 'pipe', 'link'];
    const bytes = keys.reduce((sum, key) => sum + place.sizeOf('default', key), 0);
    const { json } = await place.json(['verify']);
    expect(json).toEqual({ directory: place.directory, files: 8, bytes, faults: [] });
    const { code, stdout, stderr } = await place.run(['verify']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^8 files read \(\d\.\d KB\), nothing wrong\n$/);
  });

  it('reports each thing that is wrong, and removes nothing unless told', async () => {
    const place = await filled();
    const expected = spoil(place);
    const before = place.photograph();
    const { code, json, stderr } = await place.json(['verify']);
    expect([code, stderr]).toEqual([1, 'nestjs-tiered-cache: 13 faults found\n']);
    const { faults, files } = json as unknown as Report;
    expect(files).toBe(8);
    const found = Object.fromEntries(faults.map(({ file, kind, why }) => [file, [kind, why]]));
    expect(found).toEqual(expected);
    expect(faults.map(({ file }) => file)).toEqual(Object.keys(expected).sort());
    expect(faults.some(({ removed }) => removed)).toBe(false);
    const text = await place.run(['verify']);
    expect(lines(text.stdout)[0]).toMatch(/^fault +file +size  why$/);
    expect(lines(text.stdout)).toContainEqual(
      expect.stringMatching(/^foreign +v1\/thumbs\.db +0 B  it is nothing of this cache$/),
    );
    expect(lines(text.stdout).at(-1)).toMatch(
      /^8 files read \(.* B\), 13 wrong; --fix removes them$/,
    );
    expect(place.photograph()).toEqual(before);
  });

  it('removes with --fix what is wrong, and nothing else', async () => {
    const place = await filled();
    const expected = spoil(place);
    const { code, json, stderr } = await place.json(['verify', '--fix']);
    expect([code, stderr]).toEqual([1, 'nestjs-tiered-cache: 13 faults found, 13 removed\n']);
    expect((json as unknown as Report).faults.every(({ removed }) => removed)).toBe(true);
    for (const file of Object.keys(expected))
      expect(existsSync(join(place.directory, file))).toBe(false);
    expect(readdirSync(join(place.layout.root, 'peers'))).toEqual([]);
    expect(readdirSync(join(place.layout.root, 'locks'))).toEqual([]);
    const again = await place.json(['verify']);
    expect([again.code, again.json.files, again.json.faults]).toEqual([0, 1, []]);
    const cache = place.cache();
    expect(await cache.file.get('good')).toMatchObject({ value: 'the value of good' });
  });

  it('takes nothing of a running process for left over', async () => {
    const place = await filled();
    const cache = place.cache();
    await cache.file.keys();
    const { root } = place.layout;
    const shard = dirname(place.pathOf('default', 'good'));
    writeFileSync(join(shard, `.tmp-${OWN}-1`), 'half');
    mkdirSync(join(root, 'locks'));
    // A dead holder's lease, and the one of who has taken over from it.
    writeFileSync(join(root, 'locks', `${LOCKED}.1`), `${DEAD} 1`);
    writeFileSync(join(root, 'locks', `${LOCKED}.2`), `${OWN} 1`);
    writeFileSync(join(root, 'journal-00000001.abcdef.tmp'), 'half');
    const { code, json } = await place.json(['verify']);
    expect([code, json.faults]).toEqual([0, []]);
    const later = await place.json(['verify'], { aheadMs: 2 * HOUR });
    expect(later.json.faults).toMatchObject([
      { kind: 'temporary', file: 'v1/journal-00000001.abcdef.tmp' },
    ]);
  });

  it('takes folders of the cache that were moved, and linked to, for what they are', async () => {
    const place = await filled();
    const { root } = place.layout;
    const elsewhere = join(place.home, 'elsewhere');
    mkdirSync(elsewhere);
    mkdirSync(join(root, 'locks'), { recursive: true });
    for (const name of readdirSync(root).filter((each) => !each.startsWith('journal-'))) {
      renameSync(join(root, name), join(elsewhere, name));
      symlinkSync(join(elsewhere, name), join(root, name));
    }
    truncateSync(place.pathOf('default', 'short'), 20);
    symlinkSync('/nowhere', join(root, 'links'));
    const foreign = { kind: 'foreign', file: 'v1/links', removed: true };
    const damaged = { kind: 'damaged', file: place.fileOf('default', 'short'), removed: true };
    const { json } = await place.json(['verify', '--fix']);
    expect(json).toMatchObject({ files: 8, faults: [damaged, foreign] });
    expect((await place.json(['verify'])).json).toMatchObject({ files: 7, faults: [] });
    expect(await place.cache().file.get('good')).toMatchObject({ value: 'the value of good' });
  });

  it('reports, and removes, what has a name that is no text', async () => {
    const place = await filled();
    const { root } = place.layout;
    mkdirSync(join(root, 'locks'), { recursive: true });
    const shard = dirname(place.pathOf('default', 'good'));
    for (const [folder, name] of [
      [root, 'f'],
      [shard, 'f'],
      [join(root, 'peers'), `${DEAD}.f`],
      [join(root, 'locks'), 'f'],
    ] as const) {
      for (const byte of [0xfe, 0xff]) {
        writeFileSync(Buffer.from([...Buffer.from(`${folder}/${name}`), byte]), 'mine');
      }
    }
    const { json } = await place.json(['verify', '--fix']);
    const { faults } = json as unknown as Report;
    expect(faults.map(({ kind, bytes, removed }) => [kind, bytes, removed])).toEqual(
      Array.from({ length: 8 }, () => ['foreign', 4, true]),
    );
    expect(faults.map(({ file }) => file)).toContain('v1/f\ufffd');
    expect((await place.json(['verify'])).json.faults).toEqual([]);
  });

  it('finds a journal that cannot be read, and begins a new one for all', async () => {
    const place = await filled();
    const cache = place.cache();
    await cache.file.keys();
    const journal = 'v1/journal-00000001';
    writeFileSync(join(place.directory, journal), 'nonsense');
    const { code, json } = await place.json(['verify', '--fix']);
    expect([code, json.faults]).toMatchObject([
      1,
      [
        {
          kind: 'journal',
          file: journal,
          why: 'it cannot be read, so that no entry is served',
          removed: true,
          renewed: true,
        },
      ],
    ]);
    expect((await place.run(['verify'])).code).toBe(0);
    await cache.file.set('new', 1);
    expect(await cache.file.get('new')).toMatchObject({ value: 1 });
    expect((await place.json(['show', 'default', 'new'])).json).toMatchObject({
      state: 'live',
      value: 1,
    });
  });

  it('says of a journal that is missing that a new one was begun', async () => {
    const place = await filled();
    const journal = join(place.layout.root, 'journal-00000001');
    rmSync(journal);
    const found = await place.run(['verify']);
    expect(lines(found.stdout).at(-1)).toMatch(/, 1 wrong; --fix begins a new journal$/);
    const { code, stdout, stderr } = await place.run(['verify', '--fix']);
    expect([code, lines(stdout).at(-1), stderr]).toEqual([
      1,
      expect.stringMatching(/^8 files read \(.*\), 1 wrong, a new journal begun$/),
      'nestjs-tiered-cache: 1 fault found, a new journal begun\n',
    ]);
    rmSync(journal);
    writeFileSync(join(place.layout.root, 'thumbs.db'), '');
    const both = await place.json(['verify', '--fix']);
    expect(both.stderr).toBe(
      'nestjs-tiered-cache: 2 faults found, 1 removed, a new journal begun\n',
    );
    expect(both.json.faults).toMatchObject([
      { kind: 'journal', removed: false, renewed: true },
      { kind: 'foreign', removed: true, renewed: false },
    ]);
  });

  it('shows on a terminal how far it is, and clears it away', async () => {
    const place = await filled();
    const seen = { stdout: '', stderr: '' };
    const terminal = {
      stdin: Readable.from([]),
      stdout: { write: (text: string) => (seen.stdout += text) },
      stderr: { isTTY: true, columns: 40, write: (text: string) => (seen.stderr += text) },
      env: {},
    };
    expect(await runCommand(['verify', '--dir', place.directory], terminal)).toBe(0);
    const drawn = seen.stderr.split('\r\u001b[K');
    expect(drawn).toHaveLength(10);
    expect([drawn[0], drawn[1], drawn[4], drawn[8], drawn[9]]).toEqual([
      '',
      '[#---------------] 12% of 8',
      '[########--------] 50% of 8',
      '[################] 100% of 8',
      '',
    ]);
    expect(seen.stdout).toMatch(/, nothing wrong\n$/);
  });
});
