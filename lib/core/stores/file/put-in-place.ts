import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './file-errors.js';

/** What renaming gives when a folder is in the file's place. */
const OBSTRUCTED = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM', 'EACCES']);
const LONGEST_WAIT_MS = 100;
const LONGEST_BLOCK_MS = 8;

/** Renames a file over whatever has the name. A folder there is removed with what is in it. */
export async function putInPlace(temporary: string, path: string): Promise<void> {
  for (let wait = 5; ; wait *= 2) {
    try {
      return await rename(temporary, path);
    } catch (error) {
      if (madeWay(path, error)) continue;
      if (!isInUse(error) || wait > LONGEST_WAIT_MS) throw error;
      await delay(wait);
    }
  }
}

export function putInPlaceSync(temporary: string, path: string): void {
  for (let wait = 1; ; wait *= 2) {
    try {
      fs.renameSync(temporary, path);
      return;
    } catch (error) {
      if (madeWay(path, error)) continue;
      if (!isInUse(error) || wait > LONGEST_BLOCK_MS) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, wait);
    }
  }
}

function rename(from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.rename(from, to, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

/** Whether a folder stood in the file's place, and is gone. */
function madeWay(path: string, error: unknown): boolean {
  if (!OBSTRUCTED.has(codeOf(error))) return false;
  if (fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return false;
  fs.rmSync(path, { recursive: true, force: true });
  return true;
}

/** Windows does not rename over a file that somebody has open; he soon has not. */
function isInUse(error: unknown): boolean {
  return process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes(codeOf(error));
}
