import { lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { CacheError } from '../../primitives/errors.js';
import { codeOf } from './file-errors.js';
import type { FileLayout } from './file-layout.js';

const WRITABLE_BY_ALL = 0o002;

/**
 * Whether the folder is there. What is in it is given out as the application's own values, so nobody
 * else may have a hand in it.
 *
 * @throws CacheError for a link, for what is no folder, and for one that is others' or open to all
 */
export function checkFolder(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return false;
  if (found.isSymbolicLink()) {
    throw refused(path, 'is a symbolic link', 'name the folder that it leads to');
  }
  if (!found.isDirectory()) throw refused(path, 'is not a folder', 'remove it, or name another');
  const user = process.getuid?.();
  if (user !== undefined && found.uid !== user) {
    throw refused(path, `belongs to user ${found.uid}`, `chown it to ${user}, or name another`);
  }
  // Windows has no such bits, and shows them all.
  if (user !== undefined && (found.mode & WRITABLE_BY_ALL) !== 0) {
    throw refused(path, 'is writable by everyone', 'chmod o-w, or name another');
  }
  return true;
}

/** Makes a folder for its owner alone, and what leads to it. */
export function makeFolder(path: string): void {
  try {
    // Not recursive, which says of a read-only disk that there is no such folder.
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    makeFolder(dirname(path));
    mkdirSync(path, { mode: 0o700 });
  }
}

/** Makes the cache's folders if need be. @throws CacheError for those that must not be used */
export function openFolder({ directory, root }: FileLayout): void {
  for (const path of [directory, root]) {
    if (checkFolder(path)) continue;
    makeFolder(path);
    checkFolder(path);
  }
}

function refused(path: string, what: string, remedy: string): CacheError {
  return new CacheError('CACHE_TIER', `file.directory: ${path} ${what}: ${remedy}`);
}
