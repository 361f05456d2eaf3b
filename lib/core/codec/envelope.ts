import type { CacheEntry } from '../model/cache-entry.js';
import type { StoreKey } from '../model/store-key.js';
import { crc32 } from '../primitives/crc32.js';
import { damaged } from './damaged.js';

/** An entry with the epoch milliseconds at which it was made. */
export interface DatedEntry extends CacheEntry {
  readonly createdAt: number;
}

/** How the body of an envelope was made; all false: the v8 serializer, nothing else. */
export interface EnvelopeFlags {
  readonly json: boolean;
  readonly brotli: boolean;
  readonly gzip: boolean;
  readonly encrypted: boolean;
  /** A v8 body with what v8 alone would lose written beside the value. */
  readonly repaired: boolean;
}

/** What stands around the value; readable without keys, whatever the body is. */
export interface EnvelopeHeader {
  readonly version: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly tags: readonly string[];
  readonly flags: EnvelopeFlags;
  readonly bodyLength: number;
}

/** A header as it is shown to a person. */
export interface EnvelopeReport extends EnvelopeHeader {
  /** Whether these are the bytes that were written, under this address. */
  readonly checksumOk: boolean;
}

/** An envelope taken apart. Both byte ranges are views of the bytes it was read from. */
export interface OpenedEnvelope {
  readonly header: EnvelopeHeader;
  readonly headerBytes: Buffer;
  readonly body: Buffer;
  readonly checksumOk: boolean;
}

/*
 * magic "NT" | version u8 | flags u8 | crc32 u32 | createdAt f64 | expiresAt f64
 * | length of tags u32 | length of body u32 | tags, a JSON list | body         (little-endian)
 */
const MAGIC = 0x544e;
const VERSION = 1;
const CRC_AT = 4;
const CREATED_AT = 8;
const EXPIRES_AT = 16;
const TAGS_LENGTH_AT = 24;
const BODY_LENGTH_AT = 28;
const FIXED_BYTES = 32;

const FLAG_BITS = { json: 1, brotli: 2, gzip: 4, encrypted: 8, repaired: 16 } as const;
const KNOWN_FLAGS = 31;

/** The bytes of a header whose checksum is still to be written. */
export function writeHeader(
  entry: DatedEntry,
  flags: Partial<EnvelopeFlags>,
  bodyLength: number,
): Buffer {
  const tags = entry.tags.length === 0 ? '' : JSON.stringify(entry.tags);
  const tagsLength = Buffer.byteLength(tags);
  const header = Buffer.allocUnsafe(FIXED_BYTES + tagsLength);
  header.writeUInt16LE(MAGIC, 0);
  header[2] = VERSION;
  header[3] = flagBits(flags);
  header.writeUInt32LE(0, CRC_AT);
  header.writeDoubleLE(entry.createdAt, CREATED_AT);
  header.writeDoubleLE(entry.expiresAt, EXPIRES_AT);
  header.writeUInt32LE(tagsLength, TAGS_LENGTH_AT);
  header.writeUInt32LE(bodyLength, BODY_LENGTH_AT);
  header.write(tags, FIXED_BYTES);
  return header;
}

/** Header and body in one, with the checksum over them and the address. */
export function sealEnvelope(address: StoreKey, header: Buffer, body: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(header.length + body.length);
  bytes.set(header);
  bytes.set(body, header.length);
  bytes.writeUInt32LE(checksum(address, bytes), CRC_AT);
  return bytes;
}

/** @throws CacheError `CACHE_DAMAGED` if this is no envelope; a wrong checksum is the caller's to judge */
export function openEnvelope(address: StoreKey, bytes: Uint8Array): OpenedEnvelope {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (all.length < FIXED_BYTES || all.readUInt16LE(0) !== MAGIC) {
    throw damaged('does not begin like one');
  }
  const version = all[2]!;
  if (version !== VERSION) {
    throw damaged(`has format version ${version}; this version of the package reads ${VERSION}`);
  }
  const flags = readFlags(all[3]!);
  const tagsLength = all.readUInt32LE(TAGS_LENGTH_AT);
  const bodyLength = all.readUInt32LE(BODY_LENGTH_AT);
  const expected = FIXED_BYTES + tagsLength + bodyLength;
  if (all.length !== expected) {
    throw damaged(`has ${all.length} bytes where its header says ${expected}`);
  }
  const bodyAt = FIXED_BYTES + tagsLength;
  const header = {
    version,
    createdAt: readTime(all, CREATED_AT),
    expiresAt: readTime(all, EXPIRES_AT),
    tags: readTags(all.toString('utf8', FIXED_BYTES, bodyAt)),
    flags,
    bodyLength,
  };
  const checksumOk = all.readUInt32LE(CRC_AT) === checksum(address, all);
  const headerBytes = all.subarray(0, bodyAt);
  return { header, headerBytes, body: all.subarray(bodyAt), checksumOk };
}

/**
 * What an envelope says of itself, for a tool that shows it: needs no key and reads no value.
 *
 * @throws CacheError `CACHE_DAMAGED` if this is no envelope
 */
export function readEnvelope(address: StoreKey, bytes: Uint8Array): EnvelopeReport {
  const { header, checksumOk } = openEnvelope(address, bytes);
  return { ...header, checksumOk };
}

/** An address as text; no two have the same, lone surrogates included. */
export function addressText({ category, key }: StoreKey): string {
  return JSON.stringify([category, key]);
}

/** What encryption binds the body to: the header without its checksum, and the address. */
export function boundData(address: StoreKey, header: Buffer): Buffer {
  return Buffer.concat([
    header.subarray(0, CRC_AT),
    header.subarray(CREATED_AT),
    Buffer.from(addressText(address)),
  ]);
}

/** The address is in it, so that an entry moved to another key is found out. */
function checksum(address: StoreKey, bytes: Buffer): number {
  const start = crc32(bytes.subarray(0, CRC_AT), crc32(addressText(address)));
  return crc32(bytes.subarray(CREATED_AT), start);
}

function flagBits(flags: Partial<EnvelopeFlags>): number {
  let bits = 0;
  if (flags.json) bits |= FLAG_BITS.json;
  if (flags.brotli) bits |= FLAG_BITS.brotli;
  if (flags.gzip) bits |= FLAG_BITS.gzip;
  if (flags.encrypted) bits |= FLAG_BITS.encrypted;
  if (flags.repaired) bits |= FLAG_BITS.repaired;
  return bits;
}

function readFlags(bits: number): EnvelopeFlags {
  if (bits > KNOWN_FLAGS) throw damaged(`has flags that mean nothing here: ${bits}`);
  const flags = {
    json: (bits & FLAG_BITS.json) !== 0,
    brotli: (bits & FLAG_BITS.brotli) !== 0,
    gzip: (bits & FLAG_BITS.gzip) !== 0,
    encrypted: (bits & FLAG_BITS.encrypted) !== 0,
    repaired: (bits & FLAG_BITS.repaired) !== 0,
  };
  if ((flags.brotli && flags.gzip) || (flags.json && flags.repaired)) {
    throw damaged(`has flags that exclude each other: ${bits}`);
  }
  return flags;
}

function readTime(bytes: Buffer, at: number): number {
  const time = bytes.readDoubleLE(at);
  if (Number.isNaN(time)) throw damaged('has a time that is not a number');
  return time;
}

const NO_TAGS: readonly string[] = [];

function readTags(text: string): readonly string[] {
  if (text === '') return NO_TAGS;
  let tags: unknown;
  try {
    tags = JSON.parse(text);
  } catch (error) {
    throw damaged('has tags that are not JSON', error);
  }
  if (!Array.isArray(tags) || !tags.every((tag) => typeof tag === 'string')) {
    throw damaged('has tags that are not a list of strings');
  }
  return tags;
}
