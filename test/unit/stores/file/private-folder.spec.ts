import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CacheError } from '../../../../lib/core/primitives/errors.js';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import { checkFolder, openFolder } from '../../../../lib/core/stores/file/private-folder.js';
import { newFolder, removeFolder, thrownBy } from './support.js';

let folder: string;
let layout: FileLayout;

beforeEach(() => {
  folder = newFolder();
  layout = new FileLayout(join(folder, 'not', 'there', 'yet'));
});

afterEach(() => removeFolder(folder));

function refusalOf(act: () => unknown): string {
  const error = thrownBy(act) as CacheError;
  expect(error).toBeInstanceOf(CacheError);
  expect(error.code).toBe('CACHE_TIER');
  return error.message;
}

describe('The folder of a cache', () => {
  it('is made with what leads to it, for its owner alone, and may be there already', () => {
    openFolder(layout);
    openFolder(layout);
    for (const path of [layout.directory, layout.root]) {
      expect(statSync(path).mode & 0o777).toBe(0o700);
      expect(checkFolder(path)).toBe(true);
    }
  });

  it('may be absent for the one who only looks', () => {
    expect(checkFolder(layout.directory)).toBe(false);
  });

  it.each<[string, RegExp, (path: string) => void]>([
    ['a link', /is a symbolic link: name the folder/, (path) => symlinkSync('/tmp', path)],
    ['a link to nowhere', /is a symbolic link/, (path) => symlinkSync('/nowhere', path)],
    ['a file', /is not a folder: remove it/, (path) => writeFileSync(path, '')],
    [
      'writable by everyone',
      /is writable by everyone: chmod o-w/,
      (path) => {
        mkdirSync(path);
        chmodSync(path, 0o777);
      },
    ],
  ])('is refused when it, or its root, is %s', (_, why, make) => {
    for (const which of ['directory', 'root'] as const) {
      const { directory, root } = new FileLayout(join(folder, which));
      if (which === 'root') mkdirSync(directory);
      const path = which === 'root' ? root : directory;
      make(path);
      for (const act of [
        () => checkFolder(path),
        () => openFolder({ directory, root } as FileLayout),
      ]) {
        const message = refusalOf(act);
        expect(message).toMatch(why);
        expect(message).toContain(path);
      }
    }
  });

  it('is refused when it belongs to another user', () => {
    const user = process.getuid?.();
    // Only root can give a folder away; to anyone else the root of the system is another's.
    const path = user === 0 ? join(folder, 'given') : '/';
    if (user === 0) {
      mkdirSync(path);
      chownSync(path, 12_345, 12_345);
    }
    expect(refusalOf(() => checkFolder(path))).toMatch(/belongs to user \d+: chown it/);
  });
});
