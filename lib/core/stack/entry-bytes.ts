import { EntryCodec } from '../codec/entry-codec.js';
import type { DatedEntry } from '../codec/envelope.js';
import type { CacheEntry } from '../model/cache-entry.js';
import type { ResolvedCodecOptions } from '../model/resolved-options.js';

interface Encoded {
  readonly category: string;
  readonly key: string;
  readonly bytes: Uint8Array | Promise<Uint8Array>;
}

/** What entries are below memory: bytes, each encoded once for every tier that keeps them. */
export class EntryBytes {
  readonly #codecs = new Map<string, EntryCodec>();
  readonly #encoded = new WeakMap<CacheEntry, Encoded>();
  readonly #codecOptionsOf: (category: string) => ResolvedCodecOptions;
  readonly #now: () => number;

  constructor(codecOptionsOf: (category: string) => ResolvedCodecOptions, now: () => number) {
    this.#codecOptionsOf = codecOptionsOf;
    this.#now = now;
  }

  /** The value is taken down at once; only compression may go on. @throws CacheSerializationError */
  encode(category: string, key: string, entry: CacheEntry): Uint8Array | Promise<Uint8Array> {
    const before = this.#encoded.get(entry);
    // Bytes are of their address: another category's may be in the clear.
    if (before?.category === category && before.key === key) return before.bytes;
    const bytes = this.#codecOf(category).encode({ category, key }, this.#dated(entry));
    this.#encoded.set(entry, { category, key, bytes });
    return bytes;
  }

  /** @throws CacheSerializationError */
  encodeSync(category: string, key: string, entry: CacheEntry): Uint8Array {
    return this.#codecOf(category).encodeSync({ category, key }, this.#dated(entry));
  }

  /** @throws CacheError with the code CACHE_DAMAGED */
  decode(category: string, key: string, bytes: Uint8Array): CacheEntry | Promise<CacheEntry> {
    return this.#codecOf(category).decode({ category, key }, bytes);
  }

  /** @throws CacheError with the code CACHE_DAMAGED */
  decodeSync(category: string, key: string, bytes: Uint8Array): CacheEntry {
    return this.#codecOf(category).decodeSync({ category, key }, bytes);
  }

  #dated({ value, expiresAt, tags, createdAt = this.#now() }: CacheEntry): DatedEntry {
    return { value, createdAt, expiresAt, tags };
  }

  #codecOf(category: string): EntryCodec {
    let codec = this.#codecs.get(category);
    if (codec === undefined) {
      codec = new EntryCodec(this.#codecOptionsOf(category));
      this.#codecs.set(category, codec);
    }
    return codec;
  }
}
