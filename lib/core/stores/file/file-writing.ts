import * as fs from 'node:fs';
import { isGone } from './file-faults.js';
import type { FileLayout } from './file-layout.js';
import type { InlineIo } from './inline-io.js';
import { openFile } from './open-file.js';
import { makeFolder, openFolder } from './private-folder.js';
import { putInPlace, putInPlaceSync } from './put-in-place.js';
import type { Spare, SpareFiles } from './spare-files.js';

const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
const CREATE = O_WRONLY | O_CREAT | O_EXCL | (fs.constants.O_NOFOLLOW ?? 0);

/** Up to this a write goes to the system's memory as quickly as to another thread. */
const SMALL = 64 * 1024;
const SECTOR = 512;

/** How often a folder is made for one file. */
const MOST_PLACES = 2;

/** What makes writing quicker. */
export interface WriteOptions {
  readonly inline?: InlineIo;
  readonly spares?: SpareFiles;
  /** Bytes of the file that is there, if that is known. */
  readonly replaced?: number | undefined;
}

/** A file under a temporary name. */
interface Written {
  readonly temporary: string;
  readonly ino: number;
  /** Whether it had its blocks before, so that renaming it allocates none. */
  readonly settled: boolean;
}

/** Puts a file in its place, whole. @returns its inode */
export async function writeWhole(
  layout: FileLayout,
  name: string,
  parts: readonly Uint8Array[],
  options: WriteOptions = {},
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeOnce(layout, name, parts, options);
    } catch (error) {
      // The folder was not there, or went while the file was written: once with each.
      if (!isGone(error) || attempt > MOST_PLACES) throw error;
      makePlace(layout, name);
    }
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
  { inline, spares, replaced }: WriteOptions,
): Promise<number> {
  const size = sizeOf(parts);
  const spare = size <= SMALL && inline?.allowed ? inline.run(() => spares?.take()) : undefined;
  const temporary = spare?.path ?? layout.temporaryOf(name);
  const path = layout.pathOf(name);
  let aside: string | undefined;
  try {
    const { ino, settled } = await writeTemporary(temporary, spare, parts, size, inline);
    if (replaced !== undefined && spares?.wants(replaced) === true && inline?.allowed === true) {
      const second = layout.temporaryOf(name);
      if (inline.run(() => spares.link(path, second))) aside = second;
    }
    // A new file that replaces another has its blocks allocated while it is renamed.
    const quick = settled || replaced === undefined;
    if (quick && inline?.allowed === true) inline.run(() => putInPlaceSync(temporary, path));
    else await putInPlace(temporary, path);
    if (aside !== undefined) spares!.add(aside, replaced!);
    return ino;
  } catch (error) {
    removeQuietly(temporary);
    if (aside !== undefined) removeQuietly(aside);
    throw error;
  }
}

async function writeTemporary(
  temporary: string,
  spare: Spare | undefined,
  parts: readonly Uint8Array[],
  size: number,
  inline: InlineIo | undefined,
): Promise<Omit<Written, 'temporary'>> {
  const fd = spare?.fd ?? (await openFile(temporary, CREATE, 0o600));
  try {
    if (size <= SMALL && inline?.allowed === true) inline.run(() => writeParts(fd, parts, size));
    else await writeAsync(fd, parts, size);
    if (spare === undefined) return { ino: fs.fstatSync(fd).ino, settled: false };
    if (spare.stats.size > size) fs.ftruncateSync(fd, size);
    return { ino: spare.stats.ino, settled: spare.stats.blocks * SECTOR >= size };
  } finally {
    fs.closeSync(fd);
  }
}

function writeOnceSync(layout: FileLayout, name: string, parts: readonly Uint8Array[]): number {
  const temporary = layout.temporaryOf(name);
  const fd = fs.openSync(temporary, CREATE, 0o600);
  try {
    let ino: number;
    try {
      writeParts(fd, parts, sizeOf(parts));
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

function sizeOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

function writeParts(fd: number, parts: readonly Uint8Array[], size: number): void {
  const written = fs.writevSync(fd, parts);
  if (written === size) return;
  const bytes = Buffer.concat(parts);
  for (let at = written; at < size;) at += fs.writeSync(fd, bytes, at);
}

function writeAsync(fd: number, parts: readonly Uint8Array[], size: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.writev(fd, parts, (error, written) => {
      if (error !== null) reject(error);
      else if (written === size) resolve();
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

/** Both the cache's folders and the entry's own. */
function makePlace(layout: FileLayout, name: string): void {
  openFolder(layout);
  const folder = layout.folderOf(name);
  const there = fs.lstatSync(folder, { throwIfNoEntry: false });
  if (there?.isDirectory() === false) fs.rmSync(folder);
  makeFolder(folder);
}

function removeQuietly(path: string): void {
  try {
    fs.unlinkSync(path);
  } catch {
    // Found by the cleanup.
  }
}
