import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, linkSync, lstatSync, openSync } from 'node:fs';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JournalFile } from './journal-file.js';

const NAME = /^journal-(\d{8,15})(\.[0-9a-f]+\.tmp)?$/;
const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;

export function journalPath(root: string, number: number): string {
  return join(root, `journal-${String(number).padStart(8, '0')}`);
}

/**
 * The number of the current journal file, the highest there is; 0 if there is none. A successor is in
 * place before its predecessor is removed, so that there is no moment without one.
 */
export function highestJournal(root: string): number {
  let highest = 0;
  for (const name of namesIn(root)) {
    const match = NAME.exec(name);
    if (match?.[2] === undefined) highest = Math.max(highest, Number(match?.[1] ?? 0));
  }
  return highest;
}

/**
 * Puts a journal file in place, whole and at once, unless another process has: a link is made by one
 * only. Then whatever it succeeds is removed.
 */
export function placeJournal(
  root: string,
  content: string,
  predecessor: JournalFile | undefined,
): void {
  const number = (predecessor?.number ?? 0) + 1;
  const path = journalPath(root, number);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    const inode = writeNew(temporary, content);
    if (!link(temporary, path)) return;
    // A process held up for long may find the number free again, its time gone: the folder was emptied,
    // or there have been later ones since. What it has put there must not be taken for the journal.
    const late =
      predecessor === undefined ? highestJournal(root) !== number : !predecessor.isInPlace();
    if (late) removeIfSame(path, inode);
    else removeBelow(root, number);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function writeNew(path: string, content: string): number {
  const handle = openSync(path, CREATE | (constants.O_NOFOLLOW ?? 0), 0o600);
  try {
    writeFileSync(handle, content);
    return fstatSync(handle).ino;
  } finally {
    closeSync(handle);
  }
}

/** False if there is one already, or `temporary` was tidied away because there is a later one. */
function link(temporary: string, path: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  }
}

function removeIfSame(path: string, inode: number): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true });
}

/** What cannot be removed does no harm: a lower number is never read while there is a higher one. */
function removeBelow(root: string, number: number): void {
  for (const name of namesIn(root)) {
    const match = NAME.exec(name);
    if (match === null) continue;
    const below =
      Number(match[1]) < number || (match[2] !== undefined && Number(match[1]) === number);
    try {
      if (below) rmSync(join(root, name), { recursive: true, force: true });
    } catch {
      continue;
    }
  }
}
