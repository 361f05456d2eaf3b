import { lstat } from 'node:fs/promises';
import { isGone } from './file-errors.js';
import type { RecordHeader } from './file-record.js';
import type { IndexedEntry } from './index/indexed-entry.js';
import type { SeenFile } from './seen-file.js';
import type { Verdict } from './shared-folder.js';
import { preciseNow } from './use-time.js';

/** By how much the clocks of two processes, or of one and its disk, may differ. */
const CLOCKS_DIFFER_MS = 1000;

/** What is at a path, and by what it is known again: of what was examined, nothing newer is removed. */
export interface ExaminedFile extends SeenFile {
  readonly path: string;
  /** The path as it is, where it is no UTF-8. */
  readonly rawPath?: Buffer;
  /** Bytes; 0 of what is no file. */
  readonly size: number;
}

/** An entry whose file is whole, as far as it was read. */
export interface InspectedEntry extends ExaminedFile {
  readonly kind: 'entry';
  readonly header: RecordHeader;
  readonly state: 'live' | Verdict;
  /** Last use, epoch milliseconds; a running process writes it down now and then. */
  readonly usedAt: number;
  /** The entry's bytes, if the file was read whole. */
  readonly body?: Uint8Array;
}

/** Something that serves nobody. */
export interface Fault extends ExaminedFile {
  readonly kind: 'damaged' | 'misplaced' | 'foreign' | 'temporary' | 'lock' | 'peer' | 'journal';
  readonly why: string;
}

/** Follows no link; undefined if there is nothing. */
export async function examineFile(path: string | Buffer): Promise<ExaminedFile | undefined> {
  try {
    const stats = await lstat(path);
    const size = stats.isFile() ? stats.size : 0;
    const found = { path: String(path), size, ino: stats.ino, mtimeMs: stats.mtimeMs };
    return typeof path === 'string' ? found : { ...found, rawPath: path };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Whether a file is not the one that the entry was made of, or has been used since. */
export function isOther({ ino, size, mtimeMs }: SeenFile, entry: IndexedEntry): boolean {
  if (ino !== entry.ino || size !== entry.size) return true;
  // A file that is replaced is written anew for other values: it may come back in its old place.
  return mtimeMs > entry.usedAt + CLOCKS_DIFFER_MS && mtimeMs <= preciseNow();
}
