import * as fs from 'node:fs';
import { unlink } from 'node:fs/promises';
import { codeOf, isGone } from './file-errors.js';
import { SAFELY } from './open-flags.js';
import { removeQuietly } from './remove-quietly.js';
import type { SeenFile } from './seen-file.js';
import { takeAway } from './take-away.js';

/** A spare file, open for writing. */
export interface Spare {
  readonly path: string;
  readonly fd: number;
  readonly stats: fs.Stats;
}

/** One that is kept, and may be gone by now. */
export interface KeptFile {
  readonly path: string;
  readonly size: number;
  /** Milliseconds of `performance.now()`. */
  readonly since: number;
}

/** Larger files are worth their making. */
const LARGEST = 64 * 1024;
const MOST = 1024;
const MOST_BYTES = 8 * 1024 * 1024;

/** Whoever was reading a file when it was replaced has done so by then; who has not finds the checksum wrong, and reads again. */
const REST_MS = 20;

/**
 * Files that were replaced, to be written anew under other names. On ext4 a file made and another
 * removed for each write cost five times the write itself: the file system looks for an inode that
 * was not freed lately, and a new file renamed over an old one has its blocks allocated at once.
 *
 * A file is kept by a second name, given to it before it is replaced. Two processes may do that to
 * the same one: a file that still has another name is left alone.
 */
export class SpareFiles {
  readonly #kept: KeptFile[] = [];
  #bytes = 0;
  /** Windows, and file systems without links, have none. */
  #possible = process.platform !== 'win32';

  /** Whether a file of that size is to be kept when it is replaced. */
  wants(size: number): boolean {
    return (
      this.#possible &&
      size <= LARGEST &&
      this.#kept.length < MOST &&
      this.#bytes + size <= MOST_BYTES
    );
  }

  /** Gives the file a second name; false if that cannot be done. */
  link(path: string, spare: string): boolean {
    try {
      fs.linkSync(path, spare);
      return true;
    } catch (error) {
      const code = codeOf(error);
      if (!isGone(error) && code !== 'ENOSPC' && code !== 'EDQUOT') this.#possible = false;
      return false;
    }
  }

  /** Keeps a file that nothing replaces; false if that cannot be done, or it is not the one that was seen. */
  takeOver(path: string, seen: SeenFile, spare: string): boolean {
    try {
      if (!takeAway(path, seen, spare)) return false;
    } catch {
      return false;
    }
    this.add(spare, seen.size);
    return true;
  }

  /** The file under this name has no other now. */
  add(path: string, size: number): void {
    this.#kept.push({ path, size, since: performance.now() });
    this.#bytes += size;
  }

  /** The one that has rested longest, if it has rested long enough, and can be written. */
  take(): Spare | undefined {
    const oldest = this.pick();
    return oldest === undefined ? undefined : openSpare(oldest.path);
  }

  /** As `take`, for whoever opens it himself. */
  pick(): KeptFile | undefined {
    const oldest = this.#kept[0];
    if (oldest === undefined || performance.now() - oldest.since < REST_MS) return undefined;
    this.#kept.shift();
    this.#bytes -= oldest.size;
    return oldest;
  }

  /** Gives their space back. Never rejects. */
  async clear(): Promise<void> {
    const kept = this.#kept.splice(0);
    this.#bytes = 0;
    // What is not removed is gone, or is found by the next cleanup.
    for (const { path } of kept) await unlink(path).catch(() => {});
  }
}

/** Undefined, and gone, if it cannot be written, or has another name yet. */
export function openSpare(path: string): Spare | undefined {
  let fd: number;
  try {
    fd = fs.openSync(path, fs.constants.O_WRONLY | SAFELY);
  } catch {
    removeQuietly(path);
    return undefined;
  }
  const stats = fs.fstatSync(fd);
  if (stats.isFile() && stats.nlink === 1) return { path, fd, stats };
  fs.closeSync(fd);
  removeQuietly(path);
  return undefined;
}
