import { chmodSync, existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import type { RecordHeader } from '../../../../lib/core/stores/file/file-record.js';
import { SharedFolder, type FileMoment } from '../../../../lib/core/stores/file/shared-folder.js';
import { preciseNow } from '../../../../lib/core/stores/file/use-time.js';
import { newFolder, removeFolder, thrownBy } from './support.js';

const NAME = 'ab'.padEnd(64, '0');

let parent: string;
let layout: FileLayout;
let time: number;
let opened: number;
let folders: SharedFolder[];

beforeEach(() => {
  parent = newFolder();
  layout = new FileLayout(join(parent, 'cache'));
  time = 1000;
  opened = 0;
  folders = [];
});

afterEach(() => {
  for (const folder of folders) folder.close();
  removeFolder(parent);
});

function open(): SharedFolder {
  const folder = new SharedFolder(
    layout,
    () => time,
    () => opened++,
  );
  folders.push(folder);
  return folder;
}

function header({ mark, ...times }: FileMoment, change: Partial<RecordHeader> = {}): RecordHeader {
  if (mark instanceof Error) throw mark;
  const entry = { category: 'users', key: 'a', tags: ['tag'], expiresAt: Infinity };
  return { ...mark, ...times, ...entry, ...change };
}

describe('A shared folder', () => {
  it('is not there, and not made, until something is to be kept', () => {
    const folder = open();
    expect([folder.isThere(), existsSync(layout.directory), opened]).toEqual([false, false, 0]);
    folder.invalidate({ type: 'all' });
    expect(existsSync(layout.directory)).toBe(false);
    expect(folder.now().mark).not.toBeInstanceOf(Error);
    expect([folder.isThere(), existsSync(layout.root), opened]).toEqual([true, true, 1]);
  });

  it('is entered by whoever finds it made', () => {
    open().now();
    const other = open();
    expect([other.isThere(), other.isThere(), opened]).toEqual([true, true, 2]);
  });

  it('that is opened knows at once what others have invalidated, and makes nothing', () => {
    const folder = open();
    folder.open();
    expect([existsSync(layout.directory), opened]).toEqual([false, 0]);
    const other = open();
    const before = header(other.now());
    other.invalidate({ type: 'category', category: 'users' });
    const after = header(other.now());
    folder.open();
    expect([folder.isKnownDead('a', before), folder.isKnownDead('a', after)]).toEqual([
      true,
      false,
    ]);
  });

  it('says of a file why it does not count', () => {
    const folder = open();
    const kept = header(folder.now(), { expiresAt: 1500 });
    expect(folder.verdict(NAME, kept)).toBeUndefined();
    time = 1500;
    expect(folder.verdict(NAME, kept)).toBe('expired');
    open().invalidate({ type: 'tags', tags: ['tag'] });
    expect(folder.verdict(NAME, kept)).toBe('invalidated');
    expect(folder.verdict(NAME, header(folder.now()))).toBeUndefined();
  });

  it('admits what was loaded since the last invalidation that concerns it', () => {
    const [folder, other] = [open(), open()];
    const began = header(folder.now());
    expect(folder.admits(NAME, began)).toBe(true);
    other.invalidate({ type: 'keys', names: [NAME] });
    other.invalidate({ type: 'category', category: 'user' });
    expect(folder.admits(NAME, began)).toBe(false);
    expect(folder.admits(NAME.replace('a', 'c'), began)).toBe(true);
    expect(folder.admits(NAME, header(folder.now()))).toBe(true);
  });

  it('that was removed holds nothing, admits nothing, and is made again', () => {
    const folder = open();
    const kept = header(folder.now());
    removeFolder(layout.directory);
    expect([folder.verdict(NAME, kept), folder.admits(NAME, kept)]).toEqual(['invalidated', false]);
    expect(folder.isThere()).toBe(false);
    const anew = header(folder.now());
    expect(folder.verdict(NAME, anew)).toBeUndefined();
    expect(folder.verdict(NAME, kept)).toBe('invalidated');
    expect(opened).toBe(2);
  });

  it('that was removed is made again by whoever only asks for the time', () => {
    const folder = open();
    folder.now();
    renameSync(layout.root, join(parent, 'moved'));
    expect(folder.now().mark).not.toBeInstanceOf(Error);
    expect(existsSync(layout.root)).toBe(true);
  });

  it.each<[string, () => void]>([
    ['a file', () => writeFileSync(layout.directory, '')],
    [
      'a folder that everyone may write',
      () => {
        mkdirSync(layout.directory);
        chmodSync(layout.directory, 0o777);
      },
    ],
    ['a link', () => symlinkSync(parent, layout.directory)],
  ])('is refused where there is %s, and says why to a load, too', (_what, put) => {
    put();
    const folder = open();
    const refusal = thrownBy(() => folder.isThere());
    expect(refusal).toMatchObject({ code: 'CACHE_TIER' });
    expect(folder.now().mark).toEqual(refusal);
    expect(opened).toBe(0);
    removeFolder(layout.directory);
    expect(folder.now().mark).not.toBeInstanceOf(Error);
  });

  it('knows what it could not write down, and writes it when that can be done', () => {
    const [folder, other] = [open(), open()];
    const kept = header(other.now());
    expect(folder.isThere()).toBe(true);
    renameSync(layout.root, join(parent, 'moved'));
    writeFileSync(layout.root, 'in the way');
    expect(() => folder.invalidate({ type: 'tags', tags: ['tag'] })).toThrow();
    expect(folder.isUnsettled).toBe(true);
    removeFolder(layout.root);
    renameSync(join(parent, 'moved'), layout.root);
    // So far it holds for this one alone.
    expect([folder, other].map((each) => each.verdict(NAME, kept))).toEqual([
      'invalidated',
      undefined,
    ]);
    folder.settle();
    expect(folder.isUnsettled).toBe(false);
    expect(other.verdict(NAME, kept)).toBe('invalidated');
  });

  it('tells moments apart that are closer than a millisecond', () => {
    const folder = open();
    const ticks = Array.from({ length: 5 }, () => folder.now().tick!);
    expect(ticks).toEqual([...new Set(ticks)].toSorted((a, b) => a - b));
  });
});

describe('The time of use', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('is finer than the clock, and follows it when that is set', () => {
    let [clock, fine] = [5000, 100];
    jest.spyOn(Date, 'now').mockImplementation(() => clock);
    jest.spyOn(performance, 'now').mockImplementation(() => (fine += 0.25));
    const begun = preciseNow();
    expect(begun).toBe(5000);
    expect([preciseNow(), preciseNow()]).toEqual([5000.25, 5000.5]);
    clock = 3_605_000;
    expect([preciseNow(), preciseNow()]).toEqual([3_605_000, 3_605_000.25]);
    clock = 4000;
    expect(preciseNow()).toBe(4000);
  });
});
