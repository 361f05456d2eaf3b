import { describe, expect, it } from '@jest/globals';
import type { CacheEntry } from '../../../lib/core/model/cache-entry.js';
import type { ResolvedCodecOptions } from '../../../lib/core/model/resolved-options.js';
import { EntryBytes } from '../../../lib/core/stack/entry-bytes.js';
import { VARIANTS } from '../codec/codecs.js';

const entryOf = (value: unknown): CacheEntry => ({ value, expiresAt: 5e12, tags: ['a', 'b'] });

function bytesFor(options: Record<string, Partial<ResolvedCodecOptions>> = {}): EntryBytes {
  const plain = { serializer: 'v8', encryptionKeys: [] } as const;
  return new EntryBytes(
    (category) => ({ ...plain, ...options[category] }),
    () => 1000,
  );
}

describe('An entry as bytes', () => {
  it.each(Object.entries(VARIANTS))('comes back (%s), whichever way', async (_name, options) => {
    const bytes = bytesFor({ users: options });
    const entry = entryOf({ name: 'Ada', tags: [1, null] });
    for (const encoded of [
      await bytes.encode('users', 'a', entry),
      bytes.encodeSync('users', 'a', entry),
    ]) {
      expect(await bytes.decode('users', 'a', encoded)).toMatchObject(entry);
      expect(bytes.decodeSync('users', 'a', encoded)).toMatchObject(entry);
    }
  });

  it('is encoded once for all tiers, and as its category wants it', async () => {
    const bytes = bytesFor({ json: { serializer: 'json' } });
    const entry = entryOf(['Ada']);
    const first = bytes.encode('users', 'a', entry);
    expect(bytes.encode('users', 'a', entry)).toBe(first);
    expect(bytes.encode('users', 'a', entryOf(['Ada']))).not.toBe(first);
    const json = Buffer.from(await bytes.encode('json', 'a', entryOf(['Ada'])));
    expect(json.includes('["Ada"]')).toBe(true);
  });

  it('is encoded anew for another address', async () => {
    const bytes = bytesFor({ secret: VARIANTS['v8, encrypted']! });
    const entry = entryOf('Ada');
    await bytes.encode('users', 'a', entry);
    for (const [category, key] of [
      ['secret', 'a'],
      ['secret', 'b'],
    ] as const) {
      const encoded = await bytes.encode(category, key, entry);
      expect(Buffer.from(encoded).includes('Ada')).toBe(false);
      expect(await bytes.decode(category, key, encoded)).toMatchObject(entry);
    }
  });

  it('is what the value was when it was encoded', async () => {
    const bytes = bytesFor({ users: VARIANTS['v8, brotli']! });
    const value = { list: ['x'.repeat(1000)] };
    const encoding = bytes.encode('users', 'a', entryOf(value));
    value.list.push('later');
    const { value: back } = await bytes.decode('users', 'a', await encoding);
    expect(back).toEqual({ list: ['x'.repeat(1000)] });
  });

  it('cannot be made of what cannot be kept, however often it is tried', () => {
    const bytes = bytesFor();
    const entry = entryOf(() => 1);
    const refused = { code: 'CACHE_SERIALIZATION' };
    for (let time = 0; time < 2; time++) {
      expect(() => bytes.encode('users', 'a', entry)).toThrow(expect.objectContaining(refused));
      expect(() => bytes.encodeSync('users', 'a', entry)).toThrow(expect.objectContaining(refused));
    }
  });

  it('is not read from other bytes', async () => {
    const bytes = bytesFor();
    const encoded = Uint8Array.from(await bytes.encode('users', 'a', entryOf('Ada')));
    encoded[encoded.length - 1]! ^= 1;
    const damaged = { code: 'CACHE_DAMAGED' };
    expect(() => bytes.decodeSync('users', 'a', encoded)).toThrow(expect.objectContaining(damaged));
    await expect(async () => bytes.decode('users', 'a', encoded)).rejects.toMatchObject(damaged);
  });
});
