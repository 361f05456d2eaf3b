import { EntryCodec } from '../../../lib/core/codec/entry-codec.js';
import type { DatedEntry } from '../../../lib/core/codec/envelope.js';
import type { ResolvedCodecOptions } from '../../../lib/core/model/resolved-options.js';

export const ADDRESS = { category: 'accounts', key: 'id:7' };
export const KEYS = [1, 2, 3].map((fill) => Buffer.alloc(32, fill));

export function codec(options: Partial<ResolvedCodecOptions> = {}): EntryCodec {
  return new EntryCodec({ serializer: 'v8', encryptionKeys: [], ...options });
}

export function entry(value: unknown, tags: readonly string[] = ['a', 'b']): DatedEntry {
  return { value, tags, createdAt: 1_700_000_000_000.5, expiresAt: 1_800_000_000_000 };
}

/** The value as another process would read it. */
export function roundTrip(value: unknown, options?: Partial<ResolvedCodecOptions>): unknown {
  const bytes = codec(options).encodeSync(ADDRESS, entry(value));
  return codec(options).decodeSync(ADDRESS, bytes).value;
}

/** Every way there is to make an envelope. */
export const VARIANTS: Record<string, Partial<ResolvedCodecOptions>> = {
  v8: {},
  json: { serializer: 'json' },
  'v8, brotli': { compression: { algorithm: 'brotli', threshold: 0 } },
  'json, gzip': { serializer: 'json', compression: { algorithm: 'gzip', threshold: 0 } },
  'v8, encrypted': { encryptionKeys: KEYS },
  'json, encrypted': { serializer: 'json', encryptionKeys: KEYS },
  'v8, gzip, encrypted': {
    compression: { algorithm: 'gzip', threshold: 0 },
    encryptionKeys: KEYS,
  },
};
