import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isOutOfHandles } from './file-errors.js';

const FIRST_WAIT_MS = 5;
const LONGEST_WAIT_MS = 100;
const GIVE_UP_AFTER_MS = 10_000;

/** Ends when the last one that waits for a handle has one; undefined: nobody waits. */
let line: Promise<unknown> | undefined;

/**
 * Opens a file; where the process, or the machine, has no handle left it waits for one. Those that
 * wait stand in a line and only the first of them tries: hundreds that try are in the way of
 * whatever else the process opens.
 */
export async function openFile(path: string, flags: number, mode = 0): Promise<number> {
  const since = performance.now();
  try {
    return await open(path, flags, mode);
  } catch (error) {
    if (!isOutOfHandles(error)) throw error;
  }
  const before = line;
  const turn = (async () => {
    await before?.catch(() => {});
    return openPatiently(path, flags, mode, since);
  })();
  line = turn;
  try {
    return await turn;
  } finally {
    if (line === turn) line = undefined;
  }
}

async function openPatiently(
  path: string,
  flags: number,
  mode: number,
  since: number,
): Promise<number> {
  for (let wait = FIRST_WAIT_MS; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await open(path, flags, mode);
    } catch (error) {
      if (!isOutOfHandles(error) || performance.now() - since > GIVE_UP_AFTER_MS) throw error;
      await delay(wait);
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
