import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { CacheError } from '../../../primitives/errors.js';
import { codeOf } from '../file-errors.js';
import { SAFELY } from '../open-flags.js';
import {
  decodeLine,
  encodeLine,
  LONGEST_LINE,
  type JournalHeader,
  type JournalLine,
  type LastLine,
} from './journal-line.js';

/**
 * `sealed` and `ended` files take no more records; of a sealed one all that was read still holds. A
 * `damaged` one holds nothing.
 */
export type JournalState = 'open' | 'sealed' | 'ended' | 'damaged';

/** Called for each record: nothing for one that cannot be read. */
export type Learn = (line: JournalLine | undefined, position: number) => void;

const { O_APPEND, O_RDONLY, O_WRONLY } = constants;
const LONGEST_HEADER = 4096;
const READ_AT_ONCE = 256 * 1024;

/**
 * One file of the journal, or what is in its place. Reading and appending have a handle each: who may
 * not write may still read.
 */
export class JournalFile {
  readonly path: string;
  readonly number: number;
  readonly #stats: Stats;
  #header: JournalHeader | undefined;
  #state: JournalState = 'open';
  #reader: number | undefined;
  #writer: number | undefined;
  /** Bytes read, up to the end of a line. */
  #read = 0;
  #size = 0;
  #snapshotEnd = 0;
  #begun = false;
  /** The file was opened with a line at its end that has no end. */
  #tornWhenOpened = false;

  private constructor(path: string, number: number, stats: Stats) {
    this.path = path;
    this.number = number;
    this.#stats = stats;
  }

  /** Opens and reads all of it; nothing if it is gone. What is no journal is a damaged one. */
  static open(path: string, number: number, learn: Learn): JournalFile | undefined {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined) return undefined;
    const file = new JournalFile(path, number, stats);
    try {
      return file.#open(learn) ? file : undefined;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  get state(): JournalState {
    return this.#state;
  }

  get id(): string {
    return this.#header?.id ?? '';
  }

  /** The logical position up to which it has been read. */
  get position(): number {
    return (this.#header?.base ?? 0) + this.#read;
  }

  /** The logical position at which the file ends. */
  get end(): number {
    return (this.#header?.base ?? 0) + this.#size;
  }

  /** Its own name, in its header. */
  get nonce(): string {
    return this.#header?.file ?? '';
  }

  /** Whether it is known to be the only one that has succeeded its predecessor, or has none whose id it goes on under. */
  get begun(): boolean {
    return this.#begun || this.#header?.base === 0;
  }

  get size(): number {
    return this.#size;
  }

  get snapshotBytes(): number {
    return this.#header?.snapshot ?? 0;
  }

  /** Whether the last line has no end: it is being written, or its writer was cut off. */
  get torn(): boolean {
    return this.#state === 'open' && this.#read < this.#size;
  }

  /**
   * Whether such a line has been there since the file was opened. It may be a whole record whose end was
   * lost, so nothing before it can be trusted until it is ended.
   */
  get doubtful(): boolean {
    return this.#tornWhenOpened;
  }

  isRegular(): boolean {
    return this.#stats.isFile();
  }

  isInPlace(): boolean {
    const stats = lstatSync(this.path, { throwIfNoEntry: false });
    return stats !== undefined && this.#is(stats);
  }

  /**
   * Of a sealed file, removed or not: which successor has come into use. Another that would succeed it
   * under the same id would lack what was appended to that one. An empty string: one not named.
   */
  successor(): string | undefined {
    const rest = Buffer.alloc(fstatSync(this.#reader!).size - this.#read);
    const length = readSync(this.#reader!, rest, 0, rest.length, this.#read);
    for (let from = 0, to = 0; (to = rest.indexOf(0x0a, from)) >= 0 && to < length; from = to + 1) {
      const line = decodeLine(rest.subarray(from, to));
      if (line?.type === 'end') return line.successor ?? '';
    }
    return undefined;
  }

  /** Reads what was appended; false if another file, or none, is in its place. */
  readOn(learn: Learn): boolean {
    const stats = lstatSync(this.path, { throwIfNoEntry: false });
    if (stats === undefined || !this.#is(stats)) return false;
    if (this.#state !== 'open' || stats.size === this.#size) return true;
    this.#size = stats.size;
    if (stats.size < this.#read) this.markDamaged();
    else this.#readLines(learn);
    return true;
  }

  /** False if another file, or none, is in its place. */
  openWriter(): boolean {
    if (this.#writer !== undefined) return true;
    this.#writer = openIfThere(this.path, O_WRONLY | O_APPEND);
    if (this.#writer === undefined) return false;
    if (this.#is(fstatSync(this.#writer))) return true;
    this.closeWriter();
    return false;
  }

  /** Appends in one write; false if another file, or none, is in its place. */
  append(text: string): boolean {
    const bytes = Buffer.from(text);
    if (!this.openWriter()) return false;
    const written = writeSync(this.#writer!, bytes);
    if (written === bytes.length) return true;
    throw new CacheError(
      'CACHE_TIER',
      `${this.path}: ${written} of ${bytes.length} bytes could be written`,
    );
  }

  /** Says that it has come into use, unless somebody has; false if another file, or none, is in its place. */
  begin(): boolean {
    if (!this.begun) this.#begun = this.append(encodeLine({ type: 'begin' }));
    return this.begun;
  }

  markDamaged(): void {
    this.#state = 'damaged';
    this.#tornWhenOpened = false;
  }

  closeWriter(): void {
    if (this.#writer === undefined) return;
    const handle = this.#writer;
    this.#writer = undefined;
    closeSync(handle);
  }

  close(): void {
    this.closeWriter();
    if (this.#reader === undefined) return;
    const handle = this.#reader;
    this.#reader = undefined;
    closeSync(handle);
  }

  /** While a file is open its inode is given to no other; a folder in its place is not opened. */
  #is(stats: Stats): boolean {
    const { ino, dev } = this.#stats;
    return stats.ino === ino && stats.dev === dev && stats.isFile() === this.isRegular();
  }

  #open(learn: Learn): boolean {
    if (!this.isRegular()) {
      this.markDamaged();
      return true;
    }
    this.#reader = openIfThere(this.path, O_RDONLY);
    if (this.#reader === undefined) return false;
    const stats = fstatSync(this.#reader);
    if (!this.#is(stats)) {
      this.close();
      return false;
    }
    this.#size = stats.size;
    this.#header = this.#readHeader();
    this.#snapshotEnd = this.#read + this.snapshotBytes;
    if (this.#header === undefined || this.#size < this.#snapshotEnd) {
      this.markDamaged();
      return true;
    }
    this.#readLines(learn);
    this.#tornWhenOpened = this.torn;
    return true;
  }

  #readHeader(): JournalHeader | undefined {
    const start = Buffer.alloc(Math.min(LONGEST_HEADER, this.#size));
    readSync(this.#reader!, start, 0, start.length, 0);
    const end = start.indexOf('\n', 1);
    const line = start[0] === 0x0a && end > 0 ? decodeLine(start.subarray(1, end)) : undefined;
    this.#read = end + 1;
    return line?.type === 'header' ? line : undefined;
  }

  #readLines(learn: Learn): void {
    let room = READ_AT_ONCE;
    while (this.#state === 'open' && this.#read < this.#size) {
      const chunk = Buffer.allocUnsafe(Math.min(room, this.#size - this.#read));
      const length = readSync(this.#reader!, chunk, 0, chunk.length, this.#read);
      const before = this.#read;
      this.#take(chunk.subarray(0, length), learn);
      if (this.#read > before) continue;
      // Either this is the end of the file, or a line is longer than the chunk.
      if (length < room) return;
      room *= 2;
      if (room > 4 * LONGEST_LINE) this.markDamaged();
    }
  }

  #take(chunk: Buffer, learn: Learn): void {
    const start = this.#read;
    for (let from = 0, to = chunk.indexOf(0x0a); to >= 0; to = chunk.indexOf(0x0a, from)) {
      const offset = start + from;
      const bytes = chunk.subarray(from, to);
      from = to + 1;
      this.#read = start + from;
      if (bytes.length === 0) continue;
      this.#tornWhenOpened = false;
      const line = decodeLine(bytes);
      if (line?.type === 'seal' || line?.type === 'end') {
        this.#finish(line);
        return;
      }
      if (line?.type === 'begin') {
        this.#begun = true;
        continue;
      }
      const misplaced = line?.type === 'known' && offset >= this.#snapshotEnd;
      learn(misplaced ? undefined : line, this.#header!.base + offset);
    }
  }

  #finish({ type }: LastLine): void {
    this.#state = type === 'seal' ? 'sealed' : 'ended';
    this.closeWriter();
  }
}

/** Nothing if it has just been removed, or a link put in its place: whoever asks looks again. */
function openIfThere(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags | SAFELY);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ELOOP') return undefined;
    throw error;
  }
}
