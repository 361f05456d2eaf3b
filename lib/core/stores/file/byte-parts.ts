import * as fs from 'node:fs';
import { CacheError } from '../../primitives/errors.js';

/** Bytes that stand one after the other in a file. */
export type ByteParts = readonly Uint8Array[];

export function sizeOf(parts: ByteParts): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

export function writePartsSync(fd: number, parts: ByteParts, size: number): void {
  let written = fs.writevSync(fd, parts);
  if (written === size) return;
  const bytes = Buffer.concat(parts);
  for (let more = written; written < size; written += more) {
    plausible(more);
    more = fs.writeSync(fd, bytes, written, size - written);
  }
}

/** A write that stops short is gone on with; on a full disk the next one says so. */
export async function writeParts(fd: number, parts: ByteParts, size: number): Promise<void> {
  let written = await counted((done) => fs.writev(fd, parts, done));
  if (written === size) return;
  const bytes = Buffer.concat(parts);
  for (let more = written; written < size; written += more) {
    plausible(more);
    const from = written;
    more = await counted((done) => fs.write(fd, bytes, from, size - from, null, done));
  }
}

/** What is thrown in a callback nobody can catch: whatever is wrong with a count is told where it is awaited. */
function counted(
  write: (done: (error: Error | null, written: number) => void) => void,
): Promise<number> {
  return new Promise((resolve, reject) => {
    write((error, written) => {
      if (error !== null) reject(error);
      else resolve(written);
    });
  });
}

/** Node tells a count of 2 GiB or more as a negative one; after none at all there would be no end. */
function plausible(written: number): void {
  if (written > 0) return;
  throw new CacheError('CACHE_TIER', `the system says that it has written ${written} bytes`);
}
