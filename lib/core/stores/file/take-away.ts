import * as fs from 'node:fs';
import { codeOf, isGone } from './file-errors.js';
import { isSameFile, type SeenFile } from './seen-file.js';
import { removeQuietly } from './remove-quietly.js';

/**
 * Takes a file out of its place if it is the one that was seen there. By its path alone another process's newer one
 * might go; what is taken can be looked at, and goes back if it is another.
 *
 * @param taken the name that it gets
 * @throws what the disk gives, as for want of room for a name; then it is where it was
 */
export function takeAway(path: string, seen: SeenFile, taken: string): boolean {
  try {
    fs.renameSync(path, taken);
  } catch (error) {
    if (isGone(error)) return false;
    throw error;
  }
  if (isSameFile(fs.lstatSync(taken), seen)) return true;
  putBack(taken, path);
  return false;
}

/** Unless there is something newer still. */
function putBack(taken: string, path: string): void {
  try {
    fs.linkSync(taken, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') return void fs.renameSync(taken, path);
  }
  removeQuietly(taken);
}
