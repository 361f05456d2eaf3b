import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { takeAway } from '../../../../lib/core/stores/file/take-away.js';
import { newFolder, removeFolder, thrownBy } from './support.js';

let folder: string;
let path: string;
let taken: string;
let seen: Stats;

beforeEach(() => {
  folder = newFolder();
  path = join(folder, 'path');
  taken = join(folder, 'taken');
  writeFileSync(path, 'old');
  seen = lstatSync(path);
});

afterEach(() => removeFolder(folder));

describe('A file that is taken away', () => {
  it('has another name then', () => {
    expect(takeAway(path, seen, taken)).toBe(true);
    expect([readdirSync(folder), readFileSync(taken, 'utf8')]).toEqual([['taken'], 'old']);
  });

  it('is back where it was if it is not the one that was seen', () => {
    writeFileSync(taken, 'new');
    renameSync(taken, path);
    expect(takeAway(path, seen, taken)).toBe(false);
    expect([readdirSync(folder), readFileSync(path, 'utf8')]).toEqual([['path'], 'new']);
    expect(lstatSync(path).nlink).toBe(1);
  });

  it('is back where it was though it can have no second name', () => {
    writeFileSync(path, 'moved');
    renameSync(path, join(folder, 'aside'));
    mkdirSync(path);
    expect(takeAway(path, seen, taken)).toBe(false);
    expect(readdirSync(folder)).toEqual(['aside', 'path']);
  });

  it('is none where there is none', () => {
    renameSync(path, join(folder, 'aside'));
    expect(takeAway(path, seen, taken)).toBe(false);
    expect(readdirSync(folder)).toEqual(['aside']);
  });

  it('stays where it cannot get the name', () => {
    mkdirSync(taken);
    expect(thrownBy(() => takeAway(path, seen, taken))).toMatchObject({ code: 'EISDIR' });
    expect(readFileSync(path, 'utf8')).toBe('old');
  });
});
