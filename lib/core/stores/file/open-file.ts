import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isOutOfHandles } from './file-faults.js';

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;
const GIVE_UP_AFTER_MS = 10_000;

/** Opens a file; where the process, or the machine, has no handle left it waits for one. */
export async function openFile(path: string, flags: number, mode = 0): Promise<number> {
  let wait = FIRST_WAIT_MS;
  for (let waited = 0; ; waited += wait) {
    try {
      return await open(path, flags, mode);
    } catch (error) {
      if (!isOutOfHandles(error) || waited > GIVE_UP_AFTER_MS) throw error;
      await delay(wait);
      wait = Math.min(2 * wait, LONGEST_WAIT_MS);
    }
  }
}

function open(path: string, flags: number, mode: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, mode, (error, fd) => {
      if (error === null) resolve(fd);
      else reject(error);
    });
  });
}
