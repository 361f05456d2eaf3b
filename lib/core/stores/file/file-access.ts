import * as fs from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CacheError } from '../../primitives/errors.js';
import type { FileLayout } from './file-layout.js';
import { parseHeader, type RecordHeader } from './file-record.js';
import { withHandles } from './file-handles.js';
import { makeFolder, openFolder } from './private-folder.js';

/** A file's content, and what the index needs to know of it. */
export interface ReadFile {
  readonly bytes: Buffer;
  readonly mtimeMs: number;
  readonly ino: number;
}

export interface ReadOptions {
  /** The time of last use to put on a file that has this one, both epoch milliseconds; undefined: leave it. */
  readonly touch?: (mtimeMs: number) => number | undefined;
}

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
/** Not to follow a link, nor to wait for the other end of a pipe. Windows knows neither. */
const SAFELY = (fs.constants.O_NOFOLLOW ?? 0) | (fs.constants.O_NONBLOCK ?? 0);
const READ = O_RDONLY | SAFELY;
const CREATE = O_WRONLY | O_CREAT | O_EXCL | (fs.constants.O_NOFOLLOW ?? 0);

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
/** What renaming gives when a folder is in the file's place. */
const OBSTRUCTED = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM', 'EACCES']);
const LONGEST_WAIT_MS = 100;
const LONGEST_BLOCK_MS = 8;
const HEADER_READ = 1024;
const LARGEST = 2 ** 31 - 1;

/** All of a file, or undefined if there is none. @throws CacheError with the code CACHE_DAMAGED for what is no readable file */
export async function readWhole(
  path: string,
  options: ReadOptions = {},
): Promise<ReadFile | undefined> {
  const fd = await opened(path);
  if (fd === undefined) return undefined;
  try {
    const stats = checked(fs.fstatSync(fd));
    const bytes = await readAsync(fd, stats.size);
    touched(fd, stats, options);
    return { bytes, mtimeMs: stats.mtimeMs, ino: stats.ino };
  } finally {
    fs.closeSync(fd);
  }
}

export function readWholeSync(path: string, options: ReadOptions = {}): ReadFile | undefined {
  let fd: number;
  try {
    fd = fs.openSync(path, READ);
  } catch (error) {
    return unopened(error);
  }
  try {
    const stats = checked(fs.fstatSync(fd));
    const bytes = Buffer.allocUnsafeSlow(stats.size);
    for (let at = 0; at < bytes.length;) {
      const read = fs.readSync(fd, bytes, at, bytes.length - at, at);
      if (read === 0) throw shrunk();
      at += read;
    }
    touched(fd, stats, options);
    return { bytes, mtimeMs: stats.mtimeMs, ino: stats.ino };
  } finally {
    fs.closeSync(fd);
  }
}

/** The header of a file alone. @throws as `readWhole` */
export async function readHeader(
  path: string,
): Promise<{ header: RecordHeader; size: number; mtimeMs: number; ino: number } | undefined> {
  const fd = await opened(path);
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

/** Puts a file in its place, whole. @returns its inode */
export async function writeWhole(
  layout: FileLayout,
  name: string,
  parts: readonly Uint8Array[],
): Promise<number> {
  try {
    return await writeOnce(layout, name, parts);
  } catch (error) {
    // The folder was not there, or went while the file was written.
    if (!isGone(error)) throw error;
    makePlace(layout, name);
    return writeOnce(layout, name, parts);
  }
}

export function writeWholeSync(
  layout: FileLayout,
  name: string,
  parts: readonly Uint8Array[],
): number {
  try {
    return writeOnceSync(layout, name, parts);
  } catch (error) {
    if (!isGone(error)) throw error;
    makePlace(layout, name);
    return writeOnceSync(layout, name, parts);
  }
}

async function writeOnce(
  layout: FileLayout,
  name: string,
  parts: readonly Uint8Array[],
): Promise<number> {
  const temporary = layout.temporaryOf(name);
  const fd = await withHandles(() => open(temporary, CREATE, 0o600));
  try {
    let ino: number;
    try {
      await writeAsync(fd, parts);
      ({ ino } = fs.fstatSync(fd));
    } finally {
      fs.closeSync(fd);
    }
    await putInPlace(temporary, layout.pathOf(name));
    return ino;
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

function writeOnceSync(layout: FileLayout, name: string, parts: readonly Uint8Array[]): number {
  const temporary = layout.temporaryOf(name);
  const fd = fs.openSync(temporary, CREATE, 0o600);
  try {
    let ino: number;
    try {
      const bytes = Buffer.concat(parts);
      for (let at = 0; at < bytes.length;) at += fs.writeSync(fd, bytes, at);
      ({ ino } = fs.fstatSync(fd));
    } finally {
      fs.closeSync(fd);
    }
    putInPlaceSync(temporary, layout.pathOf(name));
    return ino;
  } catch (error) {
    removeQuietly(temporary);
    throw error;
  }
}

/** Whether there was one. A folder in its place is removed with what is in it. */
export async function removeFile(path: string): Promise<boolean> {
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
    const { code } = error as NodeJS.ErrnoException;
    if (isGone(error)) return false;
    if (code !== 'EISDIR' && code !== 'EPERM') throw error;
    fs.rmSync(path, { recursive: true, force: true });
    return true;
  }
}

async function opened(path: string): Promise<number | undefined> {
  try {
    return await withHandles(() => open(path, READ, 0));
  } catch (error) {
    return unopened(error);
  }
}

function unopened(error: unknown): undefined {
  if (isGone(error)) return undefined;
  if (!NOT_A_FILE.has(codeOf(error))) throw error;
  throw new CacheError('CACHE_DAMAGED', `the file cannot be opened: ${codeOf(error)}`, {
    cause: error,
  });
}

function checked(stats: fs.Stats): fs.Stats {
  if (!stats.isFile())
    throw new CacheError('CACHE_DAMAGED', 'there is something else in place of the file');
  if (stats.size > LARGEST)
    throw new CacheError('CACHE_DAMAGED', 'the file is too large to be ours');
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

/** Both the cache's folders and the entry's own. */
function makePlace(layout: FileLayout, name: string): void {
  openFolder(layout);
  const folder = layout.folderOf(name);
  const there = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory() === false) fs.rmSync(folder);
  makeFolder(folder);
}

function open(path: string, flags: number, mode: number): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.open(path, flags, mode, (error, fd) => {
      if (error === null) resolve(fd);
      else reject(error);
    });
  });
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

function writeAsync(fd: number, parts: readonly Uint8Array[]): Promise<void> {
  const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
  return new Promise((resolve, reject) => {
    fs.writev(fd, parts, (error, written) => {
      if (error !== null) reject(error);
      else if (written === total) resolve();
      else writeRest(fd, Buffer.concat(parts), written, resolve, reject);
    });
  });
}

/** A write that stops short is gone on with; on a full disk the next one says so. */
function writeRest(
  fd: number,
  bytes: Buffer,
  at: number,
  resolve: () => void,
  reject: (error: Error) => void,
): void {
  fs.write(fd, bytes, at, bytes.length - at, null, (error, written) => {
    if (error !== null) reject(error);
    else if (at + written === bytes.length) resolve();
    else writeRest(fd, bytes, at + written, resolve, reject);
  });
}

function rename(from: string, to: string): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.rename(from, to, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

async function putInPlace(temporary: string, path: string): Promise<void> {
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

function putInPlaceSync(temporary: string, path: string): void {
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

function removeQuietly(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // Found by the cleanup.
  }
}

function isGone(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR';
}

function shrunk(): CacheError {
  return new CacheError('CACHE_DAMAGED', 'the file became shorter while it was read');
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}
