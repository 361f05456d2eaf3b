import { createHash } from 'node:crypto';
import { crc32, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { readEnvelope } from '../../../lib/core/codec/envelope.js';
import { CacheError } from '../../../lib/core/primitives/errors.js';
import { ADDRESS, codec, entry, KEYS, VARIANTS } from './codecs.js';

const VALUE = { name: 'Ada', list: [1, 2, 3], text: 'compressible '.repeat(4) };
const variants = Object.entries(VARIANTS);

/** Gives bytes that were tampered with a checksum that is right. */
function resealed(bytes: Uint8Array, change: (bytes: Buffer) => Buffer | void): Buffer {
  let copy: Buffer = Buffer.from(bytes);
  copy = change(copy) ?? copy;
  const start = crc32(copy.subarray(0, 4), crc32(JSON.stringify(['accounts', 'id:7'])));
  copy.writeUInt32LE(crc32(copy.subarray(8), start), 4);
  return copy;
}

function damage(read: () => unknown): CacheError {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(CacheError);
    expect((error as CacheError).code).toBe('CACHE_DAMAGED');
    return error as CacheError;
  }
  throw new Error('was read');
}

describe.each(variants)('An envelope (%s)', (_name, options) => {
  const codecs = codec(options);
  const bytes = codecs.encodeSync(ADDRESS, entry(VALUE));

  it('gives back the entry, sync and async', async () => {
    expect(codecs.decodeSync(ADDRESS, bytes)).toEqual(entry(VALUE));
    expect(await codecs.decode(ADDRESS, bytes)).toEqual(entry(VALUE));
    const later = await codecs.encode(ADDRESS, entry(VALUE));
    expect(await codecs.decode(ADDRESS, later)).toEqual(entry(VALUE));
  });

  it.each([undefined, null, false, 0, ''])('gives back %p', async (value) => {
    for (const expiresAt of [Infinity, -1, 1.5]) {
      const given = { ...entry(value, []), expiresAt };
      const empty = await codecs.encode(ADDRESS, given);
      expect(await codecs.decode(ADDRESS, empty)).toEqual(given);
    }
  });

  it('gives back tags of any text', () => {
    const given = entry(1, ['', 'é中', '\ud800', '"],["', 'x'.repeat(70_000)]);
    expect(codecs.decodeSync(ADDRESS, codecs.encodeSync(ADDRESS, given))).toEqual(given);
  });

  it('is refused with any byte changed', () => {
    for (let at = 0; at < bytes.length; at++) {
      for (const flip of [1, 128, 255]) {
        const changed = Uint8Array.from(bytes);
        changed[at] = changed[at]! ^ flip;
        damage(() => codecs.decodeSync(ADDRESS, changed));
      }
    }
  });

  it('is refused cut anywhere, and with anything added', () => {
    for (let length = 0; length < bytes.length; length++) {
      damage(() => codecs.decodeSync(ADDRESS, bytes.subarray(0, length)));
      damage(() => codecs.decodeSync(ADDRESS, bytes.subarray(length + 1)));
    }
    for (const extra of [[0], [0, 0, 0, 0], [...bytes]]) {
      damage(() => codecs.decodeSync(ADDRESS, Buffer.from([...bytes, ...extra])));
      damage(() => codecs.decodeSync(ADDRESS, Buffer.from([...extra, ...bytes])));
    }
  });

  it('is refused under another address', () => {
    for (const other of [
      { category: 'accounts', key: 'id:8' },
      { category: 'account', key: 'sid:7' },
      { category: 'accounts', key: '' },
    ]) {
      damage(() => codecs.decodeSync(other, bytes));
      expect(readEnvelope(other, bytes).checksumOk).toBe(false);
    }
  });

  it('is read from the middle of larger memory, and left as it is', () => {
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    const view = larger.subarray(3, bytes.length + 3);
    expect(codecs.decodeSync(ADDRESS, view)).toEqual(entry(VALUE));
    expect(Buffer.from(view).equals(bytes)).toBe(true);
  });

  it('can be described without its key', () => {
    expect(readEnvelope(ADDRESS, bytes)).toMatchObject({
      version: 1,
      createdAt: entry(VALUE).createdAt,
      expiresAt: entry(VALUE).expiresAt,
      tags: ['a', 'b'],
      flags: {
        // Whichever serializer: this value JSON gives back as it is.
        json: true,
        encrypted: options.encryptionKeys !== undefined,
        brotli: options.compression?.algorithm === 'brotli',
        gzip: options.compression?.algorithm === 'gzip',
      },
      checksumOk: true,
    });
  });

  it('of another version, or with an unknown flag, is refused though its checksum is right', () => {
    const newer = resealed(bytes, (copy) => void (copy[2] = 2));
    expect(damage(() => codecs.decodeSync(ADDRESS, newer)).message).toMatch(/format version 2/);
    expect(() => readEnvelope(ADDRESS, newer)).toThrow(/format version 2/);
    for (const bit of [32, 64, 128]) {
      const flagged = resealed(bytes, (copy) => void (copy[3] = copy[3]! | bit));
      expect(damage(() => codecs.decodeSync(ADDRESS, flagged)).message).toMatch(/flags/);
    }
    const both = resealed(bytes, (copy) => void (copy[3] = copy[3]! | 6));
    damage(() => codecs.decodeSync(ADDRESS, both));
  });

  it('with a body of noise is refused, whatever it is', async () => {
    for (let seed = 0; seed < 300; seed++) {
      const noisy = resealed(bytes, (copy) => {
        const noise = createHash('sha512').update(`${seed}`).digest();
        const bodyAt = copy.length - copy.readUInt32LE(28);
        // Encryption would tell; without it the noise must at least never be more than an error.
        noise.copy(copy, bodyAt + (seed % 20));
      });
      try {
        await codecs.decode(ADDRESS, noisy);
      } catch (error) {
        expect(error).toMatchObject({ code: 'CACHE_DAMAGED' });
      }
    }
  });
});

describe('A compressed body', () => {
  const gzip = codec({ compression: { algorithm: 'gzip', threshold: 100 } });
  const brotli = codec({ compression: { algorithm: 'brotli', threshold: 100 } });
  const text = 'text '.repeat(1000);

  it('is one that is long enough and becomes smaller', () => {
    const flagsOf = (value: unknown): object =>
      readEnvelope(ADDRESS, gzip.encodeSync(ADDRESS, entry(value))).flags;
    expect(flagsOf(text)).toMatchObject({ gzip: true });
    expect(flagsOf('short')).toMatchObject({ gzip: false });
    const noise = Buffer.concat(
      Array.from({ length: 20 }, (_, at) => createHash('sha512').update(`${at}`).digest()),
    );
    expect(flagsOf(noise)).toMatchObject({ gzip: false });
    expect(gzip.decodeSync(ADDRESS, gzip.encodeSync(ADDRESS, entry(noise))).value).toEqual(noise);
  });

  it('is read by a codec with other options', async () => {
    const bytes = gzip.encodeSync(ADDRESS, entry(text));
    expect(codec().decodeSync(ADDRESS, bytes).value).toBe(text);
    expect((await brotli.decode(ADDRESS, bytes)).value).toBe(text);
    expect(codec({ serializer: 'json' }).decodeSync(ADDRESS, bytes).value).toBe(text);
  });

  it('is a promise, and the others are not', () => {
    expect(gzip.encode(ADDRESS, entry(text))).toBeInstanceOf(Promise);
    expect(gzip.encode(ADDRESS, entry(1))).toBeInstanceOf(Uint8Array);
    expect(gzip.decode(ADDRESS, gzip.encodeSync(ADDRESS, entry(1)))).toEqual(entry(1));
  });

  it.each([
    ['more than it says', 10],
    ['less than it says', 60_000_000],
    ['more than is allowed', 2 ** 32 - 1],
    ['nothing', 0],
  ])('that says it has %s is refused', async (_what, length) => {
    const bytes = gzip.encodeSync(ADDRESS, entry(text, []));
    const forged = resealed(bytes, (copy) => void copy.writeUInt32LE(length, 32));
    damage(() => gzip.decodeSync(ADDRESS, forged));
    await expect((async () => gzip.decode(ADDRESS, forged))()).rejects.toMatchObject({
      code: 'CACHE_DAMAGED',
    });
  });

  it('that is a bomb is refused', async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
    const bytes = gzip.encodeSync(ADDRESS, entry(text, []));
    const forged = resealed(bytes, (copy) => {
      copy.writeUInt32LE(bomb.length + 4, 28);
      return Buffer.concat([copy.subarray(0, 36), bomb]);
    });
    forged.writeUInt32LE(64 * 1024 * 1024, 32);
    const sealed = resealed(forged, () => undefined);
    damage(() => gzip.decodeSync(ADDRESS, sealed));
    await expect(gzip.decode(ADDRESS, sealed)).rejects.toMatchObject({ code: 'CACHE_DAMAGED' });
  });

  it('is none of more than 64 MiB', () => {
    const large = Buffer.alloc(65 * 1024 * 1024);
    const bytes = gzip.encodeSync(ADDRESS, entry(large));
    expect(readEnvelope(ADDRESS, bytes).flags.gzip).toBe(false);
    expect((gzip.decodeSync(ADDRESS, bytes).value as Buffer).equals(large)).toBe(true);
  });
});

describe('Encryption', () => {
  const [first, second, third] = KEYS as [Buffer, Buffer, Buffer];
  const old = codec({ encryptionKeys: [first] });
  const rotated = codec({ encryptionKeys: [second, first] });
  const replaced = codec({ encryptionKeys: [second] });

  it('reads with any of its keys, writes with the first', () => {
    const before = old.encodeSync(ADDRESS, entry(VALUE));
    const after = rotated.encodeSync(ADDRESS, entry(VALUE));
    expect(rotated.decodeSync(ADDRESS, before).value).toEqual(VALUE);
    expect(replaced.decodeSync(ADDRESS, after).value).toEqual(VALUE);
    expect(damage(() => replaced.decodeSync(ADDRESS, before)).message).toMatch(
      /a key that is not among encryption\.keys$/,
    );
    damage(() => codec({ encryptionKeys: [third] }).decodeSync(ADDRESS, after));
  });

  it('writes no byte of the value, and never the same bytes twice', () => {
    const one = Buffer.from(old.encodeSync(ADDRESS, entry({ secret: 'visible' })));
    const two = Buffer.from(old.encodeSync(ADDRESS, entry({ secret: 'visible' })));
    expect(one.includes('visible') || one.includes('secret')).toBe(false);
    expect(one.equals(two)).toBe(false);
  });

  it('refuses what is not encrypted, and the other way round', () => {
    const plain = codec().encodeSync(ADDRESS, entry(VALUE));
    const secret = old.encodeSync(ADDRESS, entry(VALUE));
    expect(damage(() => old.decodeSync(ADDRESS, plain)).message).toMatch(
      /is not encrypted, and encryption\.keys are set$/,
    );
    expect(damage(() => codec().decodeSync(ADDRESS, secret)).message).toMatch(/is encrypted/);
    // The flag alone, with a right checksum.
    damage(() =>
      codec().decodeSync(
        ADDRESS,
        resealed(secret, (copy) => void (copy[3] = 0)),
      ),
    );
    damage(() =>
      old.decodeSync(
        ADDRESS,
        resealed(plain, (copy) => void (copy[3] = 8)),
      ),
    );
  });

  it('holds the header and the address, whatever the checksum says', () => {
    const bytes = old.encodeSync(ADDRESS, entry(VALUE));
    for (let at = 0; at < bytes.length; at++) {
      if (at >= 4 && at < 8) continue;
      const changed = resealed(bytes, (copy) => void (copy[at] = copy[at]! ^ 1));
      damage(() => old.decodeSync(ADDRESS, changed));
    }
    const other = { category: 'accounts', key: 'id:8' };
    const moved = resealed(old.encodeSync(other, entry(VALUE)), () => undefined);
    expect(damage(() => old.decodeSync(ADDRESS, moved)).message).toMatch(/not what was encrypted/);
  });

  it('tells lone surrogates in keys apart', () => {
    const one = { category: 'c', key: '\ud800' };
    const bytes = old.encodeSync(one, entry(VALUE));
    expect(old.decodeSync(one, bytes).value).toEqual(VALUE);
    damage(() => old.decodeSync({ category: 'c', key: '\ud801' }, bytes));
    damage(() => old.decodeSync({ category: 'c', key: '\ufffd' }, bytes));
  });
});
