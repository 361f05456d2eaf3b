import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, linkSync, lstatSync, openSync } from 'node:fs';
import { readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError } from '../../../primitives/errors.js';
import { codeOf } from '../file-errors.js';
import { CREATE, SAFELY } from '../open-flags.js';
import { JournalFile, type Learn } from './journal-file.js';
import { encodeLine } from './journal-line.js';

const NAME = /^journal-(\d{8,15})(\.[0-9a-f]+\.tmp)?$/;
/** A new file each second would come to it after 68 years: what has a higher number was not made by this cache. */
const HIGHEST = 2 ** 31 - 1;

/** What linking gives where there are no hard links; Windows says EISDIR of a FAT disk. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR']);

interface JournalName {
  readonly number: number;
  /** Of one that is to be put in place. */
  readonly isTemporary: boolean;
}

/** What the name of a file in the folder says; undefined if it is no journal's. */
export function parseJournalName(name: string): JournalName | undefined {
  const match = NAME.exec(name);
  if (match === null || Number(match[1]) > HIGHEST) return undefined;
  return { number: Number(match[1]), isTemporary: match[2] !== undefined };
}

export function journalPath(root: string, number: number): string {
  return join(root, `journal-${String(number).padStart(8, '0')}`);
}

/**
 * The number of the current journal file, the highest there is; 0 if there is none. A listing is no
 * snapshot: it can miss both a file that is removed meanwhile and its successor. So two must agree.
 */
export function highestJournal(root: string): number {
  let highest = Math.max(0, ...journalsIn(root));
  for (let before = -1; before !== highest;) {
    before = highest;
    highest = Math.max(0, ...journalsIn(root));
  }
  return highest;
}

/**
 * Puts a journal file in place, whole and at once, unless another process has: a link is made by one
 * only. A process held up for long may find the number free again because its time is gone: the folder
 * was emptied and has another journal, or a later one. What it has put there must not count.
 *
 * @throws what the file system throws, and CacheError where there are no hard links, or no higher number
 */
export function placeJournal(
  root: string,
  { file, content }: { readonly file: string; readonly content: string },
  predecessor: JournalFile | undefined,
): void {
  const before = journalsIn(root);
  const number = (predecessor?.number ?? 0) + 1;
  if (number > HIGHEST) {
    const said = `${predecessor!.path}: there is no number after it: remove the file`;
    throw new CacheError('CACHE_TIER', said);
  }
  const path = journalPath(root, number);
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  const isLate = (): boolean => {
    if (predecessor?.state === 'sealed') {
      // It is told which is its successor before it is removed. Read first, it could be silent still and
      // then gone: the successor in use would be taken for late, and removed.
      const isInPlace = predecessor.isInPlace();
      const successor = predecessor.successor();
      return successor === undefined ? !isInPlace : successor !== file;
    }
    const isOther = (each: number): boolean => each >= number || !before.includes(each);
    return journalsIn(root).some((each) => each !== number && isOther(each));
  };
  try {
    const inode = writeNew(temporary, content);
    if (isLate() || !link(temporary, path, root)) return;
    if (isLate()) removeUnused(path, inode, Buffer.byteLength(content));
  } finally {
    rmSync(temporary, { force: true });
  }
}

/**
 * Whether nothing can have been told in another file that went on under the same id. A file says so itself once it has come
 * into use; until then its predecessor is in place, and names no other. Of one that a late process has put in the place of
 * one that is gone, neither says so.
 *
 * @param left the file that this process has come from, open still: it need not be read again
 */
export function hasBegun(
  root: string,
  file: JournalFile,
  learn: Learn,
  left: JournalFile | undefined,
): boolean {
  if (file.begun || isNextAfter(root, file, left)) return true;
  // Its predecessor may have gone since it was opened, once it was said.
  return file.readOn(learn) && file.begun;
}

function isNextAfter(root: string, file: JournalFile, left: JournalFile | undefined): boolean {
  const number = file.number - 1;
  if (left?.number === number && left.isInPlace()) return isBefore(left, file);
  const before = JournalFile.open(journalPath(root, number), number, () => {});
  try {
    return before !== undefined && isBefore(before, file);
  } finally {
    before?.close();
  }
}

/** Whether a file that was in its place a moment ago has this successor, or none that has come into use. */
function isBefore(before: JournalFile, { id, nonce }: JournalFile): boolean {
  if (before.state !== 'sealed' || before.id !== id) return false;
  const named = before.successor();
  return named === undefined || named === nonce;
}

/**
 * Removes what the journal file has succeeded. Whoever uses one does it first, and says so in the file
 * removed: were this one lost, its predecessor must not be succeeded again, without what this one had.
 */
export function removePredecessors(root: string, file: JournalFile): void {
  for (const name of namesIn(root)) {
    const parsed = parseJournalName(name);
    if (parsed === undefined || parsed.number > file.number) continue;
    const path = join(root, name);
    if (path === file.path) continue;
    try {
      if (!parsed.isTemporary) retire(path, file);
      rmSync(path, { recursive: true, force: true });
    } catch {
      // Where nothing may be removed: a lower number is not read while there is a higher one.
      continue;
    }
  }
}

function retire(path: string, { nonce }: JournalFile): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  try {
    const handle = openSync(path, constants.O_WRONLY | constants.O_APPEND | SAFELY);
    try {
      writeSync(handle, encodeLine({ type: 'end', successor: nonce }));
    } finally {
      closeSync(handle);
    }
  } catch {
    // On a full disk, say. It is removed then without a word, and whoever is late takes it for lost.
    return;
  }
}

function journalsIn(root: string): number[] {
  return namesIn(root).flatMap((name) => {
    const parsed = parseJournalName(name);
    return parsed === undefined || parsed.isTemporary ? [] : [parsed.number];
  });
}

function namesIn(root: string): string[] {
  try {
    return readdirSync(root);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function writeNew(path: string, content: string): number {
  const handle = openSync(path, CREATE, 0o600);
  try {
    writeFileSync(handle, content);
    return fstatSync(handle).ino;
  } finally {
    closeSync(handle);
  }
}

/**
 * False if there is one already, or `temporary` was tidied away because there is a later one. Nothing else
 * puts a whole file in place only where there is none: a renamed one replaces, an opened one is empty first.
 */
function link(temporary: string, path: string, root: string): boolean {
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' || code === 'ENOENT') return false;
    if (!NO_LINKS.has(code)) throw error;
    const what = `is on a file system without hard links (${code}), which the journal needs`;
    const remedy = 'name a folder on another one, or set file to false';
    throw new CacheError('CACHE_TIER', `file.directory: ${root} ${what}: ${remedy}`, {
      cause: error,
    });
  }
}

/**
 * Removes the file of this inode if it is as it was made. Who has written into it had seen that it is the highest; if there is
 * a later one now, that goes on from it, and may need it.
 */
function removeUnused(path: string, inode: number, size: number): void {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (stats?.ino === inode && stats.size <= size) rmSync(path, { force: true });
}
