import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { CacheError, CacheSerializationError } from '../../../../lib/core/primitives/errors.js';
import {
  LONGEST_FILE,
  parseHeader,
  parseRecord,
  recordParts,
  type RecordHeader,
} from '../../../../lib/core/stores/file/file-record.js';
import { thrownBy } from './support.js';

const HEADER: RecordHeader = {
  journal: '0123456789abcdef',
  position: 4711,
  bornAt: 1_764_000_000_000.125,
  expiresAt: 1_764_000_060_000.5,
  category: 'quotes',
  key: 'AAPL',
  tags: ['us', 'tech'],
};
const BODY = Buffer.from('the body, with a checksum of its own');

const fileOf = (header: RecordHeader, body: Uint8Array = BODY): Buffer =>
  Buffer.concat(recordParts(header, body));

function refusalOf(file: Buffer): string {
  const error = thrownBy(() => parseRecord(file));
  expect(error).toBeInstanceOf(CacheError);
  expect((error as CacheError).code).toBe('CACHE_DAMAGED');
  const alone = thrownBy(() => parseHeader(file, file.length));
  expect((alone as CacheError).code).toBe('CACHE_DAMAGED');
  return (error as CacheError).message;
}

/** With texts of another writer, and a checksum that is right. */
function withTexts(texts: string): Buffer {
  const fixed = recordParts(HEADER, BODY)[0].subarray(0, 52);
  const header = Buffer.concat([fixed, Buffer.from(texts)]);
  header.writeUInt32LE(header.length, 4);
  header.writeUInt32LE(crc32(header.subarray(12), crc32(header.subarray(0, 8))), 8);
  return Buffer.concat([header, BODY]);
}

describe('A record', () => {
  it.each<[string, Partial<RecordHeader>]>([
    ['plain', {}],
    ['without tags', { tags: [] }],
    ['of a moment that has its place among all of the machine', { tick: 123_456_789.123_457 }],
    ['for ever', { expiresAt: Infinity }],
    ['of an empty key', { key: '', category: '' }],
    ['of a path', { key: '../../etc/passwd' }],
    ['of a NUL', { key: 'a\u0000b' }],
    ['of lone surrogates', { key: '\ud800', category: '\udc00', tags: ['\udfff\ud800'] }],
    ['of a key of 100 KB', { key: 'k€'.repeat(25_000) }],
    ['at the largest position', { position: Number.MAX_SAFE_INTEGER }],
    ['of the first and the last journal', { journal: 'ffffffffffffffff' }],
  ])('comes back as it was: %s', (_, part) => {
    const header = { ...HEADER, ...part };
    const file = fileOf(header);
    const record = parseRecord(file);
    expect(record.header).toEqual(header);
    expect(Buffer.from(record.body)).toEqual(BODY);
    expect(parseHeader(file, file.length)).toEqual(header);
  });

  it('is refused where it would not fit into a file that can be read', () => {
    const [header] = recordParts(HEADER, BODY);
    const bodyOf = (byteLength: number): Uint8Array => ({ byteLength }) as Uint8Array;
    const most = LONGEST_FILE - header.length;
    expect(recordParts(HEADER, bodyOf(most))[0].length).toBe(header.length);
    const refusal = thrownBy(() => recordParts(HEADER, bodyOf(most + 1)));
    expect(refusal).toBeInstanceOf(CacheSerializationError);
    expect((refusal as Error).message).toContain('entry has 2147483648 bytes');
  });

  it('may have no body', () => {
    expect(parseRecord(fileOf(HEADER, Buffer.alloc(0))).body).toHaveLength(0);
  });

  it('has a header that asks for the bytes that are missing, and for no more', () => {
    const file = fileOf({ ...HEADER, key: 'k'.repeat(5000) });
    const needed = parseHeader(file.subarray(0, 1024), file.length) as number;
    expect(needed).toBe(file.length - BODY.length);
    expect(parseHeader(file.subarray(0, needed - 1), file.length)).toBe(needed);
    expect(parseHeader(file.subarray(0, needed), file.length)).toMatchObject({
      journal: HEADER.journal,
    });
  });
});

describe('A damaged record', () => {
  const file = fileOf(HEADER);
  const length = file.length - BODY.length;

  it('is refused whichever bit of its header flipped', () => {
    for (let bit = 0; bit < 8 * length; bit++) {
      const flipped = Buffer.from(file);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      refusalOf(flipped);
    }
  });

  it('is refused wherever it was cut off, and with anything behind it', () => {
    for (let size = 0; size < file.length; size++) refusalOf(file.subarray(0, size));
    for (const more of [1, 52, file.length]) {
      expect(refusalOf(Buffer.concat([file, Buffer.alloc(more)]))).toMatch(/length/);
    }
    expect(refusalOf(Buffer.concat([file, file]))).toMatch(/length/);
  });

  it('is refused with the reason', () => {
    const of = (change: (copy: Buffer) => void): string => {
      const copy = Buffer.from(file);
      change(copy);
      return refusalOf(copy);
    };
    expect(of((copy) => copy.fill(0))).toBe('the file is not of this cache');
    expect(of((copy) => copy.writeUInt8(2, 3))).toBe('the file has the format version 2, not 1');
    expect(of((copy) => copy.writeUInt32LE(2 ** 32 - 1, 4))).toMatch(/impossible length/);
    expect(of((copy) => copy.writeUInt32LE(0, 4))).toMatch(/impossible length/);
    expect(of((copy) => copy.writeDoubleLE(0, 20))).toMatch(/checksum/);
    expect(refusalOf(Buffer.alloc(0))).toMatch(/too short/);
  });

  it('never asks for more than the file has', () => {
    const start = Buffer.from(file.subarray(0, 52));
    start.writeUInt32LE(file.length + 1, 4);
    expect(() => parseHeader(start, file.length)).toThrow(/impossible length/);
  });

  it.each([
    '',
    '{',
    'null',
    '{}',
    '["a","b"]',
    '["a","b",[1]]',
    '["a",1,[]]',
    '["a","b",[],"0"]',
    '["a","b",[],0,0]',
  ])('is refused when its checksum is right and its texts are %j', (texts) => {
    expect(parseRecord(withTexts('["a","b",["c"]]')).header).toMatchObject({ key: 'b' });
    refusalOf(withTexts(texts));
  });
});
