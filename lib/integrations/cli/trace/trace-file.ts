import {
  closeSync,
  constants,
  createReadStream,
  fstatSync,
  openSync,
  read,
  readSync,
} from 'node:fs';
import { constants as zip, createGunzip, gunzipSync } from 'node:zlib';
import { CommandError } from '../command-error.js';

/** One key a line, or one key as an unsigned number of 32 bits, little-endian, after the other. */
export type TraceFormat = 'lines' | 'u32';

/** The bytes every file of gzip begins with: two that name it, and the one method there is. */
const GZIP = [0x1f, 0x8b, 8] as const;
/** Bits that no flag of gzip has, in the byte after those. */
const UNUSED_FLAGS = 0xe0;
const HEAD_BYTES = 4096;
/** Written at the start of a text by some programs: no part of its first line. */
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');
const LINE_END = 10;
const CARRIAGE_RETURN = 13;
/** A longer line is no key, but a file of another format. */
const LONGEST_LINE = 64 * 1024;

/**
 * A file of requests in the order in which they came, compressed with gzip or not. It stays open, and ends where it
 * ended then: a log can grow, or another take its name.
 */
export class TraceFile {
  readonly path: string;
  readonly format: TraceFormat;
  /** On disk. */
  readonly size: number;
  readonly #file: number;
  readonly #zipped: boolean;

  /**
   * @param path what messages call it
   * @param file the file if it is open already; it is closed with this
   * @throws CommandError if there is no such file, or none that can be read
   */
  constructor(path: string, format: TraceFormat, file = opened(path)) {
    try {
      const stat = fstatSync(file);
      if (!stat.isFile())
        throw stat.isDirectory() ? noFile(path, 'it is a folder') : unrepeatable(path);
      const head = Buffer.alloc(HEAD_BYTES);
      const length = readSync(file, head, 0, HEAD_BYTES, 0);
      this.#zipped = isZipped(head.subarray(0, length), path, format);
      this.size = stat.size;
    } catch (error) {
      closeSync(file);
      throw error;
    }
    this.#file = file;
    this.path = path;
    this.format = format;
  }

  /**
   * The keys, some thousands at a time.
   *
   * @param onRead told of the bytes on disk that have been read since it was last told
   * @throws CommandError if the file is not of its format
   */
  async *keys(onRead: (bytes: number) => void): AsyncGenerator<string[]> {
    const source = createReadStream('', {
      fd: this.#file,
      // What destroys the stream would close the file.
      fs: { read, close: (_file, done) => done?.() },
      start: 0,
      // Some that hold something say that they hold nothing, as those of /proc.
      end: this.size === 0 ? Infinity : this.size - 1,
      highWaterMark: 1 << 18,
    });
    source.on('data', (chunk) => onRead(chunk.length));
    const stream = this.#zipped ? source.pipe(createGunzip()) : source;
    if (this.#zipped) source.on('error', (error) => stream.destroy(error));
    let rest: Buffer = Buffer.alloc(0);
    let atStart = this.format === 'lines';
    try {
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        if (this.format === 'lines' && chunk.includes(0))
          throw this.#malformed(
            'there is a zero byte in a line: --format u32, or a text in UTF-16?',
          );
        let bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        if (atStart && bytes.length >= BYTE_ORDER_MARK.length) {
          atStart = false;
          bytes = withoutMark(bytes);
        }
        const keys: string[] = [];
        const { read, longest } =
          this.format === 'u32' ? readNumbers(bytes, keys) : readLines(bytes, keys);
        rest = bytes.subarray(read);
        if (Math.max(longest, rest.length) > LONGEST_LINE)
          throw this.#malformed(`a line is longer than ${LONGEST_LINE} bytes; --format u32?`);
        yield keys;
      }
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException;
      throw code.startsWith('Z_') ? this.#malformed(`gzip: ${message}`) : error;
    } finally {
      source.destroy();
    }
    if (rest.length === 0) return;
    if (this.format === 'u32') throw this.#malformed('it is no whole number of 32-bit words');
    yield lineOf(rest, 0, rest.length);
  }

  close(): void {
    closeSync(this.#file);
  }

  #malformed(why: string): CommandError {
    return new CommandError(1, `${this.path}: ${why}`);
  }
}

function noFile(what: string, why: string): CommandError {
  return new CommandError(1, `${what} is not a file: ${why}`);
}

/** A pipe, a terminal, a device: what was read of them is gone. */
function unrepeatable(what: string): CommandError {
  return noFile(what, 'the requests are read twice, so write them to one, or give them to -');
}

function opened(path: string): number {
  try {
    // A named pipe that nobody writes to would be waited for.
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(1, `${path} cannot be opened: ${code}`);
  }
}

/** @param head the first bytes of the file, all if they are fewer than `HEAD_BYTES` */
function isZipped(head: Buffer, path: string, format: TraceFormat): boolean {
  if (!GZIP.every((byte, at) => head[at] === byte)) return false;
  if ((head[GZIP.length]! & UNUSED_FLAGS) !== 0) return false;
  // Lines do not begin so. Numbers may: then it is gzip if it can be unpacked.
  if (format === 'lines' || path.endsWith('.gz')) return true;
  const finishFlush = head.length < HEAD_BYTES ? zip.Z_FINISH : zip.Z_SYNC_FLUSH;
  try {
    gunzipSync(head, { finishFlush });
    return true;
  } catch {
    return false;
  }
}

interface ReadKeys {
  /** Bytes of whole keys. */
  readonly read: number;
  /** Bytes of the longest of them. */
  readonly longest: number;
}

function readNumbers(bytes: Buffer, keys: string[]): ReadKeys {
  const read = bytes.length - (bytes.length % 4);
  for (let at = 0; at < read; at += 4) keys.push(`${bytes.readUInt32LE(at)}`);
  return { read, longest: 4 };
}

function withoutMark(bytes: Buffer): Buffer {
  const { length } = BYTE_ORDER_MARK;
  return bytes.subarray(0, length).equals(BYTE_ORDER_MARK) ? bytes.subarray(length) : bytes;
}

function readLines(bytes: Buffer, keys: string[]): ReadKeys {
  let start = 0;
  let longest = 0;
  for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
    keys.push(...lineOf(bytes, start, end));
    longest = Math.max(longest, end - start);
    start = end + 1;
  }
  return { read: start, longest };
}

/**
 * The key of a line; none if it is empty. Decoded one by one, so that no key holds on to a whole chunk, and
 * byte by byte: keys are only compared, and what is no UTF-8 would look alike.
 */
function lineOf(bytes: Buffer, start: number, end: number): string[] {
  const last = end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
  return last === start ? [] : [bytes.toString('latin1', start, last)];
}
