import { crc32 } from '../../../primitives/crc32.js';
import { shortName, type Invalidation } from './invalidation.js';

/** The first line of a journal. */
export interface JournalHeader {
  readonly type: 'header';
  readonly format: 1;
  readonly id: string;
  /** Logical position of the first byte of the file. */
  readonly base: number;
  /** Bytes of the snapshot that follows this line: a file too short to hold them is damaged. */
  readonly snapshot: number;
  /** Tells apart files that several processes have made to succeed the same one. */
  readonly file: string;
}

/** A part of a snapshot: when things were last invalidated, and when the last that is forgotten was. */
export interface KnownLine {
  readonly type: 'known';
  readonly what: 'all' | 'categories' | 'tags' | 'keys';
  readonly floor: number;
  readonly at: readonly (readonly [name: string, position: number])[];
}

/**
 * The last line of a file that has a successor, or is to have one: after `seal` it goes on under the
 * same id, after `end` (of a damaged one) under a new id. What follows in the same file is void,
 * but for an `end` after a `seal`: it names the successor that has come into use.
 */
export type LastLine =
  { readonly type: 'seal' } | { readonly type: 'end'; readonly successor?: string };

/** After the snapshot: no other has succeeded the file before. Its predecessor goes only when this has been said. */
export interface BeginLine {
  readonly type: 'begin';
}

export type JournalLine = JournalHeader | Invalidation | KnownLine | BeginLine | LastLine;

const LONGEST_SPLIT = 64 * 1024;
/** One tag may be as long as it likes, up to here; what is longer invalidates everything instead. */
export const LONGEST_LINE = 1024 * 1024;

/**
 * A line as it is appended, in one write. The line feed before it ends a line that was torn there:
 * that one is then complete and bad, and this one whole.
 */
export function encodeLine(line: JournalLine): string {
  return frame(JSON.stringify(line));
}

/** The lines of one invalidation: one, or several when it names very much. */
export function encodeInvalidation(invalidation: Invalidation): string {
  switch (invalidation.type) {
    case 'tags':
      return split('{"type":"tags","tags":[', invalidation.tags);
    case 'keys':
      return split('{"type":"keys","names":[', invalidation.names.map(shortName));
    default:
      return encodeLine(invalidation);
  }
}

/** The lines of one part of a snapshot. */
export function encodeKnown({ what, floor, at }: KnownLine): string {
  const opening = `{"type":"known","what":"${what}","floor":${floor},"at":[`;
  return at.length === 0 ? frame(`${opening}]}`) : split(opening, at);
}

/** The line in `bytes` (without its line feed), or nothing: damaged, or of a kind not known here. */
export function decodeLine(bytes: Buffer): JournalLine | undefined {
  if (bytes.length < 11 || bytes[8] !== 0x20) return undefined;
  const text = bytes.subarray(9);
  if (bytes.toString('latin1', 0, 8) !== checksum(text)) return undefined;
  try {
    const line = JSON.parse(text.toString()) as JournalLine;
    return isLine(line) ? line : undefined;
  } catch {
    return undefined;
  }
}

function split(opening: string, items: readonly unknown[]): string {
  let text = '';
  let line = '';
  let length = 0;
  for (const item of items) {
    const piece = JSON.stringify(item);
    const bytes = Buffer.byteLength(piece) + 1;
    if (length > 0 && length + bytes > LONGEST_SPLIT - 100) {
      text += frame(`${opening}${line}]}`);
      line = '';
      length = 0;
    }
    line += length === 0 ? piece : `,${piece}`;
    length += bytes;
  }
  return text + frame(`${opening}${line}]}`);
}

function frame(json: string): string {
  const bytes = Buffer.from(json);
  if (bytes.length > LONGEST_LINE) return encodeLine({ type: 'all' });
  return `\n${checksum(bytes)} ${json}\n`;
}

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(8, '0');
}

/** The checksum speaks for the content; this is for a line of a later version, or written by hand. */
function isLine(line: JournalLine): boolean {
  switch (line.type) {
    case 'header':
      return (
        line.format === 1 &&
        /^[0-9a-f]{16}$/.test(line.id) &&
        isPosition(line.base) &&
        isPosition(line.snapshot) &&
        typeof line.file === 'string'
      );
    case 'tags':
      return isStrings(line.tags);
    case 'keys':
      return isStrings(line.names);
    case 'category':
      return typeof line.category === 'string';
    case 'known':
      return (
        ['all', 'categories', 'tags', 'keys'].includes(line.what) &&
        Number.isSafeInteger(line.floor) &&
        Array.isArray(line.at) &&
        line.at.every(([name, position]) => typeof name === 'string' && isPosition(position))
      );
    case 'all':
    case 'begin':
    case 'seal':
    case 'end':
      return true;
    default:
      return false;
  }
}

function isPosition(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isStrings(value: readonly string[]): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
