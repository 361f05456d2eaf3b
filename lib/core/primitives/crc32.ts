import type * as Zlib from 'node:zlib';

let crc: typeof Zlib.crc32 | undefined;

/**
 * The checksum of RFC 1952, of `zlib`. Node loads that module, for more than a millisecond, when the
 * first checksum is asked for: not at the start of an application that keeps nothing in files.
 *
 * @param start the checksum of what comes before. @default 0
 */
export function crc32(data: string | Uint8Array, start?: number): number {
  crc ??= process.getBuiltinModule('node:zlib').crc32;
  return crc(data, start);
}
