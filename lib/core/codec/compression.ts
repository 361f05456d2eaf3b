import type * as Zlib from 'node:zlib';
import { damaged } from './damaged.js';

export type CompressionAlgorithm = 'brotli' | 'gzip';

/** What decompresses to more is stored as it is: the bound on what a forged entry can make us allocate. */
const MOST_BYTES = 64 * 1024 * 1024;
const LENGTH_BYTES = 4;

/** Loaded with the first value that is to be compressed, or was: it takes a millisecond of a start. */
const zlib = (): typeof Zlib => process.getBuiltinModule('node:zlib');

/** Brotli's default of 11 takes a hundred times as long for a tenth less. */
const BROTLI_QUALITY = 4;

/** Whether a body of this length may be compressed at all. */
export function isCompressible(bodyLength: number): boolean {
  return bodyLength > LENGTH_BYTES && bodyLength <= MOST_BYTES;
}

/** The compressed body, its original length before it; undefined if that is no smaller. */
export function compressSync(
  algorithm: CompressionAlgorithm,
  body: Buffer,
): Buffer<ArrayBufferLike> | undefined {
  const packed =
    algorithm === 'gzip'
      ? zlib().gzipSync(body)
      : zlib().brotliCompressSync(body, brotliOptions(body));
  return withLength(body.length, packed);
}

/** As `compressSync`, on another thread. */
export function compress(
  algorithm: CompressionAlgorithm,
  body: Buffer,
): Promise<Buffer<ArrayBufferLike> | undefined> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, packed: Buffer): void => {
      if (error) reject(error);
      else resolve(withLength(body.length, packed));
    };
    if (algorithm === 'gzip') zlib().gzip(body, done);
    else zlib().brotliCompress(body, brotliOptions(body), done);
  });
}

/** @throws CacheError `CACHE_DAMAGED` */
export function decompressSync(algorithm: CompressionAlgorithm, body: Buffer): Buffer {
  const length = originalLength(body);
  const packed = body.subarray(LENGTH_BYTES);
  const options = { maxOutputLength: length };
  let unpacked: Buffer;
  try {
    unpacked =
      algorithm === 'gzip'
        ? zlib().gunzipSync(packed, options)
        : zlib().brotliDecompressSync(packed, options);
  } catch (error) {
    throw notDecompressed(error);
  }
  return ofLength(length, unpacked);
}

/** As `decompressSync`, on another thread. */
export function decompress(algorithm: CompressionAlgorithm, body: Buffer): Promise<Buffer> {
  const length = originalLength(body);
  return new Promise((resolve, reject) => {
    const done = (error: Error | null, unpacked: Buffer): void => {
      if (error) reject(notDecompressed(error));
      else if (unpacked.length === length) resolve(unpacked);
      else reject(wrongLength(length, unpacked.length));
    };
    const packed = body.subarray(LENGTH_BYTES);
    const options = { maxOutputLength: length };
    if (algorithm === 'gzip') zlib().gunzip(packed, options, done);
    else zlib().brotliDecompress(packed, options, done);
  });
}

function brotliOptions(body: Buffer): { params: Record<number, number> } {
  const { constants } = zlib();
  return {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
    },
  };
}

function withLength(length: number, packed: Buffer): Buffer | undefined {
  if (packed.length + LENGTH_BYTES >= length) return undefined;
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES + packed.length);
  bytes.writeUInt32LE(length);
  bytes.set(packed, LENGTH_BYTES);
  return bytes;
}

function originalLength(body: Buffer): number {
  if (body.length < LENGTH_BYTES) throw damaged('has a compressed body without its length');
  const length = body.readUInt32LE();
  if (isCompressible(length)) return length;
  throw damaged(`says that it decompresses to ${length} bytes`);
}

function ofLength(length: number, unpacked: Buffer): Buffer {
  if (unpacked.length === length) return unpacked;
  throw wrongLength(length, unpacked.length);
}

function wrongLength(length: number, found: number): Error {
  return damaged(`decompresses to ${found} bytes where it says ${length}`);
}

function notDecompressed(cause: unknown): Error {
  return damaged('cannot be decompressed to the length that it gives', cause);
}
