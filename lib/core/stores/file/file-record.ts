import type { StoreKey } from '../../model/store-key.js';
import { crc32 } from '../../primitives/crc32.js';
import { CacheSerializationError } from '../../primitives/errors.js';
import type { Birth } from './birth.js';
import { damaged } from './file-damage.js';

/** What a file says of its entry, before the entry's bytes. */
export interface RecordHeader extends Birth {
  /** The invalidation journal in which `position` is one: 16 hexadecimal digits. */
  readonly journal: string;
  /** Epoch milliseconds; Infinity: never. */
  readonly expiresAt: number;
  readonly category: string;
  readonly key: string;
  readonly tags: readonly string[];
}

export interface FileRecord {
  readonly header: RecordHeader;
  readonly body: Uint8Array;
}

/**
 * Little-endian, one after the other:
 *
 *     magic  version  header length  checksum of the header  journal  position  bornAt  expiresAt  body length
 *       3       1           4                  4                8        8        8         8          8
 *
 * then [category, key, tags, tick] as JSON in UTF-8, then the body, which has a checksum of its own.
 */
const MAGIC = 'ntc';
const VERSION = 1;
const FIXED = 52;
/** What one call of the system reads or writes, with the file's bytes in one buffer. */
export const LONGEST_FILE = 2 ** 31 - 1;
const NO_TAGS: string[] = [];
/** What comes behind the tags. */
const REST = /^(?:,[\d.e+-]+)?\]$/;
const AT = {
  version: 3,
  length: 4,
  checksum: 8,
  journal: 12,
  position: 20,
  bornAt: 28,
  expiresAt: 36,
  body: 44,
} as const;

/** To be written one after the other. @throws CacheSerializationError for more than a file can hold */
export function recordParts(header: RecordHeader, body: Uint8Array): [Buffer, Uint8Array] {
  const { category, key, tags, tick } = header;
  // `stringify` escapes lone surrogates, so that any string comes back.
  const texts = [category, key, tags];
  const text = JSON.stringify(tick === undefined ? texts : [...texts, tick]);
  const bytes = Buffer.allocUnsafe(FIXED + Buffer.byteLength(text));
  const size = bytes.length + body.byteLength;
  if (size > LONGEST_FILE) {
    throw new CacheSerializationError(`entry has ${size} bytes, which no file can hold`);
  }
  bytes.write(MAGIC, 0, 'latin1');
  bytes.writeUInt8(VERSION, AT.version);
  bytes.writeUInt32LE(bytes.length, AT.length);
  bytes.write(header.journal, AT.journal, 'hex');
  bytes.writeDoubleLE(header.position, AT.position);
  bytes.writeDoubleLE(header.bornAt, AT.bornAt);
  bytes.writeDoubleLE(header.expiresAt, AT.expiresAt);
  bytes.writeDoubleLE(body.byteLength, AT.body);
  bytes.write(text, FIXED, 'utf8');
  bytes.writeUInt32LE(checksumOf(bytes), AT.checksum);
  return [bytes, body];
}

/**
 * @param expected the entry that is looked for: the text of its header need not be taken apart
 * @throws CacheError with the code CACHE_DAMAGED
 */
export function parseRecord(file: Buffer, expected?: StoreKey): FileRecord {
  const header = parseHeader(file, file.length, expected);
  if (typeof header === 'number') throw damaged('the file ends in its header');
  return { header, body: file.subarray(file.readUInt32LE(AT.length)) };
}

/**
 * The header at the start of a file of that size.
 *
 * @returns a number if it goes on: so many bytes of the file are needed
 * @throws CacheError with the code CACHE_DAMAGED
 */
export function parseHeader(
  start: Buffer,
  fileSize: number,
  expected?: StoreKey,
): RecordHeader | number {
  if (fileSize < FIXED || start.length < Math.min(FIXED, fileSize))
    throw damaged('the file is too short');
  if (start.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw damaged('the file is not of this cache');
  const version = start.readUInt8(AT.version);
  if (version !== VERSION)
    throw damaged(`the file has the format version ${version}, not ${VERSION}`);
  const length = start.readUInt32LE(AT.length);
  if (length < FIXED || length > fileSize) throw damaged('the header has an impossible length');
  if (start.length < length) return length;
  const bytes = start.subarray(0, length);
  if (bytes.readUInt32LE(AT.checksum) !== checksumOf(bytes))
    throw damaged("the header's checksum does not match");
  if (length + bytes.readDoubleLE(AT.body) !== fileSize)
    throw damaged('the file has not the length its header says');
  const [category, key, tags, tick] = textsOf(bytes, expected);
  if (Number.isNaN(bytes.readDoubleLE(AT.expiresAt))) throw damaged('the expiry is no number');
  return {
    journal: bytes.toString('hex', AT.journal, AT.position),
    position: bytes.readDoubleLE(AT.position),
    bornAt: bytes.readDoubleLE(AT.bornAt),
    tick,
    expiresAt: bytes.readDoubleLE(AT.expiresAt),
    category,
    key,
    tags,
  };
}

type Texts = [category: string, key: string, tags: string[], tick?: number];

/** Another writer's checksum is right too: what the bytes say is not believed for that. */
function textsOf(header: Buffer, expected: StoreKey | undefined): Texts {
  const text = header.toString('utf8', FIXED);
  if (expected !== undefined) {
    const { category, key } = expected;
    const start = JSON.stringify([category, key, NO_TAGS]).slice(0, -1);
    // Whoever looks for the entry does not ask when it began.
    if (text.startsWith(start) && REST.test(text.slice(start.length)))
      return [category, key, NO_TAGS];
  }
  let texts: unknown;
  try {
    texts = JSON.parse(text);
  } catch (error) {
    throw damaged('the header has no JSON in it', { cause: error });
  }
  if (!isTexts(texts)) throw damaged('the header has no category, key and tags');
  return texts;
}

function isTexts(texts: unknown): texts is Texts {
  if (!Array.isArray(texts) || texts.length < 3 || texts.length > 4) return false;
  const [category, key, tags, tick = 0] = texts as unknown[];
  if (typeof category !== 'string' || typeof key !== 'string' || !Array.isArray(tags)) return false;
  return typeof tick === 'number' && tags.every((tag) => typeof tag === 'string');
}

/** Of all but the checksum itself. */
function checksumOf(header: Buffer): number {
  return crc32(header.subarray(AT.journal), crc32(header.subarray(0, AT.checksum)));
}
