import * as fs from 'node:fs';
import { isGone, isOutOfHandles } from './file-faults.js';
import type { FileLayout } from './file-layout.js';
import type { InlineIo } from './inline-io.js';
import type { MakingCost } from './making-cost.js';
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
  readonly making?: MakingCost;
  /** Bytes of the file that is there, if that is known. */
  readonly replaced?: number | undefined;
  /** Asked once more before a file that took its time gets its place: something newer may have come. */
  readonly mayReplace?: (() => Promise<boolean>) | undefined;
}

/** Puts a file in its place, whole. @returns its inode, at once where a spare file takes the bytes; or that it may not replace what is there */
export async function writeWhole(
  layout: FileLayout,
  name: string,
  parts: readonly Uint8Array[],
  options: WriteOptions = {},
): Promise<number | 'overtaken'> {
  const size = sizeOf(parts);
  if (size > SMALL || options.inline?.allowed !== true) {
    return writePatiently(layout, name, parts, size, undefined, options);
  }
  // All in one go: a promise, and a look at the clock, for each step would cost as much as the step.
  const done = options.inline.run(() => writeNow(layout, name, parts, size, options));
  return typeof done === 'number' ? done : writePatiently(layout, name, parts, size, done, options);
}

/** The inode; or the spare that is to be written with more patience; undefined if there is none. */
function writeNow(
  layout: FileLayout,
  name: string,
  parts: readonly Uint8Array[],
  size: number,
  { spares, making, replaced }: WriteOptions,
): number | Spare | undefined {
  const spare = spares?.take();
  if (spare === undefined) {
    // A new file that replaces another has its blocks allocated while it is renamed.
    if (replaced !== undefined || making?.isLow !== true) return undefined;
    return making.measure(() => makeNow(layout, name, parts));
  }
  if (replaced !== undefined && !isSettled(spare, size)) return spare;
  const path = layout.pathOf(name);
  let aside: string | undefined;
  try {
    fillSpare(spare, parts, size);
    if (replaced !== undefined) aside = putAside(layout, name, spares!, replaced);
    putInPlaceSync(spare.path, path);
  } catch (error) {
    removeQuietly(spare.path);
    if (aside !== undefined) removeQuietly(aside);
    // Made again, with the folder.
    if (isGone(error)) return undefined;
    throw error;
  }
  if (aside !== undefined) spares!.add(aside, replaced!);
  return spare.stats.ino;
}

/** The inode; undefined if it takes more patience. */
function makeNow(
  layout: FileLayout,
  name: string,
  parts: readonly Uint8Array[],
): number | undefined {
  try {
    return writeOnceSync(layout, name, parts);
  } catch (error) {
    if (isGone(error) || isOutOfHandles(error)) return undefined;
    throw error;
  }
}

async function writePatiently(
  layout: FileLayout,
  name: string,
  parts: readonly Uint8Array[],
  size: number,
  spare: Spare | undefined,
  options: WriteOptions,
): Promise<number | 'overtaken'> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await writeOnce(layout, name, parts, size, attempt === 1 ? spare : undefined, options);
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
  size: number,
  spare: Spare | undefined,
  { inline, spares, replaced, mayReplace }: WriteOptions,
): Promise<number | 'overtaken'> {
  const temporary = spare?.path ?? layout.temporaryOf(name);
  const path = layout.pathOf(name);
  let aside: string | undefined;
  try {
    const ino =
      spare === undefined
        ? await writeTemporary(temporary, parts, size, inline)
        : (fillSpare(spare, parts, size), spare.stats.ino);
    if (mayReplace !== undefined && !(await mayReplace())) {
      removeQuietly(temporary);
      return 'overtaken';
    }
    if (replaced !== undefined && spares !== undefined && inline?.allowed === true) {
      aside = inline.run(() => putAside(layout, name, spares, replaced));
    }
    // A new file that replaces another has its blocks allocated while it is renamed.
    if (replaced === undefined && inline?.allowed === true) {
      inline.run(() => putInPlaceSync(temporary, path));
    } else await putInPlace(temporary, path);
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
  parts: readonly Uint8Array[],
  size: number,
  inline: InlineIo | undefined,
): Promise<number> {
  const fd = await openFile(temporary, CREATE, 0o600);
  try {
    if (size <= SMALL && inline?.allowed === true) inline.run(() => writeParts(fd, parts, size));
    else await writeAsync(fd, parts, size);
    return fs.fstatSync(fd).ino;
  } finally {
    fs.closeSync(fd);
  }
}

function fillSpare({ fd, stats }: Spare, parts: readonly Uint8Array[], size: number): void {
  try {
    writeParts(fd, parts, size);
    if (stats.size > size) fs.ftruncateSync(fd, size);
  } finally {
    fs.closeSync(fd);
  }
}

/** Whether it has its blocks already, so that renaming it over another file allocates none. */
function isSettled({ stats }: Spare, size: number): boolean {
  return stats.blocks * SECTOR >= size;
}

/** Gives the file that is to be replaced a second name, by which it is kept as a spare. */
function putAside(
  layout: FileLayout,
  name: string,
  spares: SpareFiles,
  replaced: number,
): string | undefined {
  if (!spares.wants(replaced)) return undefined;
  const second = layout.temporaryOf(name);
  return spares.link(layout.pathOf(name), second) ? second : undefined;
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
