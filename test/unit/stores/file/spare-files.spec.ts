import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { mkdirSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SpareFiles } from '../../../../lib/core/stores/file/spare-files.js';
import { newFolder, removeFolder } from './support.js';

let folder: string;
let spares: SpareFiles;
let now = 0;

beforeEach(() => {
  folder = newFolder();
  spares = new SpareFiles();
  now = 1000;
  jest.spyOn(performance, 'now').mockImplementation(() => now);
});

afterEach(() => {
  jest.restoreAllMocks();
  removeFolder(folder);
});

function file(name: string, content = name): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** A file that was replaced, under its second name. */
function replaced(name: string): string {
  const path = file(name);
  const second = join(folder, `second-${name}`);
  expect(spares.link(path, second)).toBe(true);
  unlinkSync(path);
  spares.add(second, name.length);
  return second;
}

describe('Spare files', () => {
  it('are given out once, the one that has rested longest first, when they have rested', () => {
    const first = replaced('first');
    now += 5;
    const second = replaced('second');
    expect(spares.take()).toBeUndefined();
    now += 16;
    const spare = spares.take()!;
    expect(spare.path).toBe(first);
    expect(spare.stats.ino).toBe(statSync(first).ino);
    writeSync(spare.fd, 'anew!');
    closeSync(spare.fd);
    expect(readFileSync(first, 'utf8')).toBe('anew!');
    expect(spares.take()).toBeUndefined();
    now += 5;
    expect(spares.take()?.path).toBe(second);
    expect(spares.take()).toBeUndefined();
  });

  it('that still have another name are left alone, and their second name goes', () => {
    const second = replaced('mine');
    linkSync(second, join(folder, 'live'));
    now += 100;
    expect(spares.take()).toBeUndefined();
    expect(existsSync(second)).toBe(false);
    expect(readFileSync(join(folder, 'live'), 'utf8')).toBe('mine');
  });

  it.each([
    ['nothing', () => {}],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link', (path: string) => symlinkSync(file('elsewhere'), path)],
  ])('in whose place is %s are not given out', (_what, put) => {
    const second = replaced('gone');
    unlinkSync(second);
    put(second);
    now += 100;
    expect(spares.take()).toBeUndefined();
    if (existsSync(join(folder, 'elsewhere'))) {
      expect(readFileSync(join(folder, 'elsewhere'), 'utf8')).toBe('elsewhere');
    }
  });

  it('are few, and small', async () => {
    expect(spares.wants(64 * 1024)).toBe(true);
    expect(spares.wants(64 * 1024 + 1)).toBe(false);
    for (let each = 0; each < 128; each++) spares.add(`no such file ${each}`, 64 * 1024);
    expect(spares.wants(1)).toBe(false);
    await spares.clear();
    for (let each = 0; each < 1024; each++) spares.add(`no such file ${each}`, 0);
    expect(spares.wants(1)).toBe(false);
    await spares.clear();
    expect(spares.wants(1)).toBe(true);
  });

  it('go when their space is asked back', async () => {
    const paths = ['a', 'b'].map((name) => replaced(name));
    await spares.clear();
    expect(paths.map((path) => existsSync(path))).toEqual([false, false]);
    now += 100;
    expect(spares.take()).toBeUndefined();
  });

  it('may be files that nothing replaces', () => {
    const path = file('victim');
    const second = join(folder, 'second');
    const seen = lstatSync(path);
    expect(spares.takeOver(join(folder, 'absent'), seen, second)).toBe(false);
    expect(spares.takeOver(path, { ...seen, ino: seen.ino + 1 }, second)).toBe(false);
    expect([existsSync(path), existsSync(second)]).toEqual([true, false]);
    expect(spares.takeOver(path, seen, second)).toBe(true);
    expect(existsSync(path)).toBe(false);
    now += 100;
    expect(spares.take()?.path).toBe(second);
  });

  it('are given up where a file can have no second name', () => {
    mkdirSync(join(folder, 'folder'));
    expect(spares.link(join(folder, 'absent'), join(folder, 'second'))).toBe(false);
    expect(spares.wants(1)).toBe(true);
    expect(spares.link(join(folder, 'folder'), join(folder, 'second'))).toBe(false);
    expect(spares.wants(1)).toBe(false);
  });
});
