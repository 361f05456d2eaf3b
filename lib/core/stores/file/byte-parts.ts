import * as fs from 'node:fs';

/** Bytes that stand one after the other in a file. */
export type ByteParts = readonly Uint8Array[];

export function sizeOf(parts: ByteParts): number {
  return parts.reduce((sum, part) => sum + part.byteLength, 0);
}

export function writePartsSync(fd: number, parts: ByteParts, size: number): void {
  const written = fs.writevSync(fd, parts);
  if (written === size) return;
  const bytes = Buffer.concat(parts);
  for (let at = written; at < size;) at += fs.writeSync(fd, bytes, at);
}

export function writeParts(fd: number, parts: ByteParts, size: number): Promise<void> {
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
