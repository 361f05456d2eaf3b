import * as fs from 'node:fs';
import { sizeOf, writeParts, writePartsSync, type ByteParts } from './byte-parts.js';
import { SMALL, type InlineIo } from './inline-io.js';
import { openFile } from './open-file.js';
import { CREATE } from './open-flags.js';
import type { Spare } from './spare-files.js';

const SECTOR = 512;

/** Makes a file that is to be put in its place. @returns its inode */
export async function makeTemporary(
  path: string,
  parts: ByteParts,
  size: number,
  inline: InlineIo | undefined,
): Promise<number> {
  const fd = await openFile(path, CREATE, 0o600);
  try {
    if (size <= SMALL && inline?.allowed === true) {
      inline.run(() => writePartsSync(fd, parts, size));
    } else await writeParts(fd, parts, size);
    return fs.fstatSync(fd).ino;
  } finally {
    fs.closeSync(fd);
  }
}

/** As `makeTemporary`, without waiting. */
export function makeTemporarySync(path: string, parts: ByteParts): number {
  const fd = fs.openSync(path, CREATE, 0o600);
  try {
    writePartsSync(fd, parts, sizeOf(parts));
    return fs.fstatSync(fd).ino;
  } finally {
    fs.closeSync(fd);
  }
}

/** Writes a spare file anew, and closes it. @returns its inode */
export function fillSpare({ fd, stats }: Spare, parts: ByteParts, size: number): number {
  try {
    writePartsSync(fd, parts, size);
    if (stats.size > size) fs.ftruncateSync(fd, size);
    return stats.ino;
  } finally {
    fs.closeSync(fd);
  }
}

/** Whether it has its blocks already, so that renaming it over another file allocates none. */
export function isSettled({ stats }: Spare, size: number): boolean {
  return stats.blocks * SECTOR >= size;
}
