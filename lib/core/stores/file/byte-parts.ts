import * as fs from 'node:fs';
import { CacheError } from '../../primitives/errors.js';

/** Bytes that stand one after the other in a file. */
export type ByteParts = readonly Uint8Array[];

export function sizeOf(parts: ByteParts): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

export function writePartsSync(fd: number, parts: ByteParts, size: number): void {
  const first = fs.writevSync(fd, parts);
  if (first === size) return;
  const bytes = Buffer.concat(parts);
  for (let at = plausible(first); at < size;) at += plausible(fs.writeSync(fd, bytes, at));
}

/** A write that stops short is gone on with; on a full disk the next one says so. */
export async function writeParts(fd: number, parts: ByteParts, size: number): Promise<void> {
  const first = await counted((done) => fs.writev(fd, parts, done));
  if (first === size) return;
  const bytes = Buffer.concat(parts);
  for (let at = plausible(first); at < size;) {
    const from = at;
    at += plausible(await counted((done) => fs.write(fd, bytes, from, size - from, null, done)));
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

/** Node tells a count of 2 GiB or more as a negative one, and nothing is written where there is no end to it. */
function plausible(written: number): number {
  if (written > 0) return written;
  throw new CacheError('CACHE_TIER', `the system says that it has written ${written} bytes`);
}
