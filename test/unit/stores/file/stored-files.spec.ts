import { mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheError } from '../../../../lib/core/primitives/errors.js';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import { isDamage, misplaced } from '../../../../lib/core/stores/file/file-damage.js';
import { writeWholeSync } from '../../../../lib/core/stores/file/file-writing.js';
import { recordParts } from '../../../../lib/core/stores/file/file-record.js';
import { FileIndex } from '../../../../lib/core/stores/file/index/file-index.js';
import { OperationLanes } from '../../../../lib/core/stores/file/operation-lanes.js';
import { SharedFolder } from '../../../../lib/core/stores/file/shared-folder.js';
import { StoredFiles } from '../../../../lib/core/stores/file/stored-files.js';
import { newFolder, removeFolder } from './support.js';

let place: string;
let layout: FileLayout;
let folder: SharedFolder;
let index: FileIndex;
let files: StoredFiles;
let removed: string[];

beforeEach(() => {
  place = newFolder();
  layout = new FileLayout(`${place}/cache`);
  folder = new SharedFolder(
    layout,
    () => 1000,
    () => {},
  );
  index = new FileIndex(() => ({ maxEntries: Infinity, maxBytes: Infinity }));
  removed = [];
  files = new StoredFiles({
    folder,
    lanes: new OperationLanes(2),
    index,
    removed: (category, key, cause) => removed.push(`${cause} ${category}/${key}`),
  });
});

afterEach(() => {
  folder.close();
  removeFolder(place);
});

const nameOf = (key: string): string => layout.nameOf({ category: 'users', key });
const there = (name: string): boolean =>
  statSync(layout.pathOf(name), { throwIfNoEntry: false }) !== undefined;

function put(key: string, expiresAt = Infinity): string {
  const { mark, ...times } = folder.now();
  if (mark instanceof Error) throw mark;
  const header = { ...mark, ...times, expiresAt, category: 'users', key, tags: ['t'] };
  writeWholeSync(layout, nameOf(key), recordParts(header, Buffer.from('body')));
  return nameOf(key);
}

describe('What examining a file gives', () => {
  it('is what the index needs, which it does not put there', async () => {
    const name = put('a', 5000);
    const { size, ino } = statSync(layout.pathOf(name));
    const found = await files.examine(name);
    expect(found).toMatchObject({ name, category: 'users', key: 'a', size, ino, expiresAt: 5000 });
    expect(found?.tags).toEqual(['t']);
    expect(index.get(name)).toBeUndefined();
  });

  it('is nothing where there is none, which the index then does not have', async () => {
    const name = put('a');
    index.add((await files.examine(name))!);
    rmSync(layout.pathOf(name));
    expect([await files.examine(name), index.get(name), removed]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  });

  it('is nothing where it was invalidated, which is removed and told of', async () => {
    const name = put('dead');
    folder.invalidate({ type: 'keys', names: [name] });
    expect(await files.examine(name)).toBeUndefined();
    expect(there(name)).toBe(false);
    expect(removed).toEqual(['invalidated users/dead']);
  });

  it('is what has expired too: the cleanup removes it, and says so', async () => {
    const name = put('over', 1000);
    expect(await files.examine(name)).toMatchObject({ name, expiresAt: 1000 });
    expect(there(name)).toBe(true);
    expect(removed).toEqual([]);
  });

  it.each<[string, (path: string) => void]>([
    ['damaged', (path) => writeFileSync(path, 'damaged')],
    ['empty', (path) => writeFileSync(path, '')],
    [
      'a folder',
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
    ['the file of another key', (path) => renameSync(layout.pathOf(put('b')), path)],
  ])('is nothing where it is %s, which is removed and not told of', async (_what, damage) => {
    const name = put('a');
    damage(layout.pathOf(name));
    expect([await files.examine(name), there(name), removed]).toEqual([undefined, false, []]);
  });

  it('has no key where that is very long', async () => {
    const name = put('k'.repeat(513));
    const found = await files.examine(name);
    expect([found?.key, found?.category]).toEqual([undefined, 'users']);
    expect((await files.examine(put('k'.repeat(512))))?.key).toHaveLength(512);
  });
});

describe('The file of an entry that has left the index', () => {
  it('is removed where it is over, dead or damaged', async () => {
    const names = [put('over', 1000), put('dead'), put('damaged')];
    const entries = names.map((name) => ({ ...entryOf(name), expiresAt: 1000 }));
    folder.invalidate({ type: 'keys', names: [names[1]!] });
    writeFileSync(layout.pathOf(names[2]!), 'damaged');
    for (const entry of entries) expect(await files.unlinkOver(entry)).toBe(true);
    expect(names.map(there)).toEqual([false, false, false]);
    for (const entry of entries) expect(await files.unlinkOver(entry)).toBe(false);
  });

  it('stays where another process has put something newer, which is known then', async () => {
    const name = put('a', 9000);
    expect(await files.unlinkOver({ ...entryOf(name), expiresAt: 1000 })).toBe(false);
    expect([there(name), index.get(name)?.expiresAt]).toEqual([true, 9000]);
  });

  it('stays where this process has put something newer', async () => {
    const name = put('a', 1000);
    index.add({ ...entryOf(name), expiresAt: 9000 });
    expect([await files.unlinkOver(entryOf(name)), there(name)]).toEqual([false, true]);
    expect([await files.unlinkVictim(entryOf(name)), there(name)]).toEqual([false, true]);
  });

  it('is removed, fresh or not, where it made room for others, which is told once', async () => {
    const name = put('a');
    const entry = (await files.examine(name))!;
    expect([await files.unlinkVictim(entry), there(name)]).toEqual([true, false]);
    expect(await files.unlinkVictim(entry)).toBe(false);
    expect(removed).toEqual(['evicted users/a']);
  });

  it('stays where it was to make room, and another process has put something newer', async () => {
    const name = put('a', 1000);
    const entry = (await files.examine(name))!;
    put('a', 9000);
    expect([await files.unlinkVictim(entry), there(name), removed]).toEqual([false, true, []]);
    expect(index.get(name)?.expiresAt).toBe(9000);
  });

  it('stays where it was to make room, and another process has used it since', async () => {
    const name = put('a');
    const longAgo = Date.now() / 1000 - 100;
    utimesSync(layout.pathOf(name), longAgo, longAgo);
    const entry = { ...(await files.examine(name))!, usedAt: longAgo * 1000 };
    utimesSync(layout.pathOf(name), longAgo + 50, longAgo + 50);
    expect([await files.unlinkVictim(entry), there(name), removed]).toEqual([false, true, []]);
    const known = index.get(name)!;
    expect(known.usedAt).toBeGreaterThan(entry.usedAt + 40_000);
    // Known as it is now, it goes when it is its turn again.
    index.remove(name);
    expect([await files.unlinkVictim(known), there(name)]).toEqual([true, false]);
  });

  it('is removed where it was to make room and has a time to come: that is of no use', async () => {
    const name = put('a');
    const future = Date.now() / 1000 + 1000;
    utimesSync(layout.pathOf(name), future, future);
    const entry = (await files.examine(name))!;
    expect([await files.unlinkVictim(entry), there(name)]).toEqual([true, false]);
  });

  it('goes where it was to make room and was invalidated by another process, and is told of as that', async () => {
    const name = put('a');
    const entry = { ...(await files.examine(name))!, size: 1 };
    folder.invalidate({ type: 'keys', names: [name] });
    expect([await files.unlinkVictim(entry), there(name)]).toEqual([false, false]);
    expect([removed, index.has(name)]).toEqual([['invalidated users/a'], false]);
  });

  it('is gone where its folder is', async () => {
    const name = put('a');
    removeFolder(dirname(layout.pathOf(name)));
    expect(await files.unlinkOver(entryOf(name))).toBe(false);
    expect(await files.unlink(name)).toBe(false);
  });
});

function entryOf(name: string): Parameters<StoredFiles['unlinkOver']>[0] {
  const rest = { size: 1, expiresAt: Infinity, tags: [], usedAt: 1, position: 0, ino: 1 };
  return { name, category: 'users', key: 'a', ...rest };
}

describe('Damage', () => {
  it('is what the file holds, and not what keeps it from being read', () => {
    expect(isDamage(misplaced())).toBe(true);
    expect(isDamage(new CacheError('CACHE_TIER', 'the folder'))).toBe(false);
    expect(isDamage(Object.assign(new Error('io'), { code: 'EIO' }))).toBe(false);
    expect(isDamage(undefined)).toBe(false);
  });
});
