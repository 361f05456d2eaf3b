import * as fs from 'node:fs';
import type { CacheError } from '../../primitives/errors.js';
import { damaged } from './file-damage.js';
import { codeOf, isGone, isOutOfHandles } from './file-errors.js';
import { LONGEST_FILE, parseHeader, type RecordHeader } from './file-record.js';
import { SMALL, type InlineIo } from './inline-io.js';
import { openFile } from './open-file.js';
import { SAFELY } from './open-flags.js';

/** A file's content, and what the index needs to know of it. */
export interface ReadFile {
  readonly bytes: Buffer;
  readonly mtimeMs: number;
  readonly ino: number;
}

export interface ReadOptions {
  /** The time of last use to put on a file that has this one, both epoch milliseconds; undefined: leave it. */
  readonly touch?: (mtimeMs: number) => number | undefined;
  readonly inline?: InlineIo;
}

const READ = fs.constants.O_RDONLY | SAFELY;

/** What opening gives for something that is not a file of ours. */
const NOT_A_FILE = new Set([
  'ELOOP',
  'EISDIR',
  'EACCES',
  'EPERM',
  'ENXIO',
  'ENODEV',
  'EMLINK',
  'EFTYPE',
]);
const HEADER_READ = 1024;

/** All of a file, or undefined if there is none. @throws CacheError with the code CACHE_DAMAGED for what is no readable file */
export async function readWhole(
  path: string,
  options: ReadOptions = {},
): Promise<ReadFile | undefined> {
  const fd = await opened(path, options.inline);
  if (fd === undefined) return undefined;
  try {
    const stats = checked(fs.fstatSync(fd));
    const bytes = await readBytes(fd, stats.size, options.inline);
    touched(fd, stats, options);
    return { bytes, mtimeMs: stats.mtimeMs, ino: stats.ino };
  } finally {
    fs.closeSync(fd);
  }
}

export function readWholeSync(path: string, options: ReadOptions = {}): ReadFile | undefined {
  const fd = openedSync(path);
  if (fd === undefined) return undefined;
  try {
    const stats = checked(fs.fstatSync(fd));
    const bytes = readSync(fd, stats.size);
    touched(fd, stats, options);
    return { bytes, mtimeMs: stats.mtimeMs, ino: stats.ino };
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * What a file holds, as far as there is room for it; undefined if there is none. Does not ask what else
 * may be in its place: the content tells.
 */
export function readIntoSync(path: string, room: Buffer): Buffer | undefined {
  const fd = openedSync(path);
  if (fd === undefined) return undefined;
  try {
    return room.subarray(0, fs.readSync(fd, room, 0, room.length, 0));
  } finally {
    fs.closeSync(fd);
  }
}

/** What stands at the start of a file, and what the index needs to know of it. */
export interface FoundHeader extends Omit<ReadFile, 'bytes'> {
  readonly header: RecordHeader;
  readonly size: number;
}

/** The header of a file alone. @throws as `readWhole` */
export async function readHeader(
  path: string,
  inline?: InlineIo,
): Promise<FoundHeader | undefined> {
  if (inline !== undefined && (await inline.ready())) {
    try {
      return inline.run(() => readHeaderSync(path));
    } catch (error) {
      // With patience, which this thread has none of.
      if (!isOutOfHandles(error)) throw error;
    }
  }
  const fd = await opened(path, undefined);
  if (fd === undefined) return undefined;
  try {
    const { size, mtimeMs, ino } = checked(fs.fstatSync(fd));
    let header = parseHeader(await readAsync(fd, Math.min(size, HEADER_READ)), size);
    if (typeof header === 'number') header = parseHeader(await readAsync(fd, header), size);
    if (typeof header === 'number') throw shrunk();
    return { header, size, mtimeMs, ino };
  } finally {
    fs.closeSync(fd);
  }
}

/** For what is read and taken apart in one step: a buffer for each header would be the garbage collector's. */
const headerRoom = Buffer.allocUnsafeSlow(HEADER_READ);

/** As `readHeader`, without waiting. */
export function readHeaderSync(path: string): FoundHeader | undefined {
  const fd = openedSync(path);
  if (fd === undefined) return undefined;
  try {
    const { size, mtimeMs, ino } = checked(fs.fstatSync(fd));
    const start = headerRoom.subarray(0, Math.min(size, HEADER_READ));
    let header = parseHeader(filled(fd, start), size);
    if (typeof header === 'number') header = parseHeader(readSync(fd, header), size);
    if (typeof header === 'number') throw shrunk();
    return { header, size, mtimeMs, ino };
  } finally {
    fs.closeSync(fd);
  }
}

/**
 * Whether there was one. A folder in its place is removed with what is in it. Always in the thread pool:
 * to remove one file held this thread for up to 50 ms on a busy disk, whatever the system has in memory.
 */
export function removeFile(path: string | Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    fs.unlink(path, (error) => {
      if (error === null) resolve(true);
      else if (isGone(error)) resolve(false);
      else if (error.code === 'EISDIR' || error.code === 'EPERM') {
        fs.rm(path, { recursive: true, force: true }, (failure) => {
          if (failure === null) resolve(true);
          else reject(failure);
        });
      } else reject(error);
    });
  });
}

export function removeFileSync(path: string): boolean {
  try {
    fs.unlinkSync(path);
    return true;
  } catch (error) {
    const code = codeOf(error);
    if (isGone(error)) return false;
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
    fs.rmSync(path, { recursive: true, force: true });
    return true;
  }
}

async function opened(path: string, inline: InlineIo | undefined): Promise<number | undefined> {
  try {
    if (await inline?.ready()) return inline!.run(() => openedSync(path));
    return await openFile(path, READ);
  } catch (error) {
    if (inline === undefined || !isOutOfHandles(error)) return unopened(error);
  }
  // With patience, which this thread has none of.
  return opened(path, undefined);
}

function openedSync(path: string): number | undefined {
  try {
    return fs.openSync(path, READ);
  } catch (error) {
    return unopened(error);
  }
}

function unopened(error: unknown): undefined {
  if (isGone(error)) return undefined;
  if (!NOT_A_FILE.has(codeOf(error))) throw error;
  throw damaged(`the file cannot be opened: ${codeOf(error)}`, { cause: error });
}

function checked(stats: fs.Stats): fs.Stats {
  if (!stats.isFile()) throw damaged('there is something else in place of the file');
  if (stats.size > LONGEST_FILE) throw damaged('the file is too large to be ours');
  return stats;
}

function touched(fd: number, { mtimeMs }: fs.Stats, { touch }: ReadOptions): void {
  const time = touch?.(mtimeMs);
  if (time === undefined) return;
  try {
    fs.futimesSync(fd, time / 1000, time / 1000);
  } catch {
    // The order of use is a little less true after the next start.
  }
}

async function readBytes(fd: number, size: number, inline: InlineIo | undefined): Promise<Buffer> {
  if (size <= SMALL && (await inline?.ready())) return inline!.run(() => readSync(fd, size));
  return readAsync(fd, size);
}

function readSync(fd: number, size: number): Buffer {
  return filled(fd, Buffer.allocUnsafe(size));
}

function filled(fd: number, bytes: Buffer): Buffer {
  for (let at = 0; at < bytes.length;) {
    const read = fs.readSync(fd, bytes, at, bytes.length - at, at);
    if (read === 0) throw shrunk();
    at += read;
  }
  return bytes;
}

function readAsync(fd: number, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(size);
  if (size === 0) return Promise.resolve(bytes);
  return new Promise((resolve, reject) => {
    const from = (at: number): void => {
      fs.read(fd, bytes, at, size - at, at, (error, read) => {
        if (error !== null) reject(error);
        else if (read === 0) reject(shrunk());
        else if (at + read === size) resolve(bytes);
        else from(at + read);
      });
    };
    from(0);
  });
}

function shrunk(): CacheError {
  return damaged('the file became shorter while it was read');
}
