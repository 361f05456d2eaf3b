import type { ResolvedCodecOptions } from '../model/resolved-options.js';
import type { StoreKey } from '../model/store-key.js';
import { CacheSerializationError } from '../primitives/errors.js';
import {
  compress,
  compressSync,
  decompress,
  decompressSync,
  isCompressible,
  type CompressionAlgorithm,
} from './compression.js';
import { damaged } from './damaged.js';
import { Encryption, ENCRYPTION_BYTES } from './encryption.js';
import {
  boundData,
  openEnvelope,
  sealEnvelope,
  writeHeader,
  type DatedEntry,
  type EnvelopeFlags,
  type OpenedEnvelope,
} from './envelope.js';
import { decodeGraph, encodeGraph } from './graph-value.js';
import { decodeJson, encodeJson } from './json-value.js';

/** A body on its way into an envelope. */
interface Packed {
  readonly body: Buffer;
  readonly flags: Partial<EnvelopeFlags>;
}

/**
 * Entries to bytes and back: serialize, compress, encrypt, and an envelope around it that tells
 * damaged, moved and forged bytes from those that were written.
 */
export class EntryCodec {
  readonly #serializer: 'v8' | 'json';
  readonly #compression: ResolvedCodecOptions['compression'];
  readonly #encryption: Encryption;

  /** @param keysName what the user calls the keys of the encryption, in errors */
  constructor(
    { serializer, compression, encryptionKeys }: ResolvedCodecOptions,
    private readonly keysName = 'encryption.keys',
  ) {
    this.#serializer = serializer;
    this.#compression = compression;
    this.#encryption = new Encryption(encryptionKeys, keysName);
  }

  /**
   * The value is read before this returns: what happens to it afterwards is not in the bytes. A
   * promise only where there is something to compress.
   *
   * @throws CacheSerializationError, at once, for a value that could not be given back as it is
   */
  encode(address: StoreKey, entry: DatedEntry): Uint8Array | Promise<Uint8Array> {
    const packed = this.#serialize(entry.value);
    const { tags, createdAt, expiresAt } = entry;
    const rest: DatedEntry = { value: undefined, tags: [...tags], createdAt, expiresAt };
    const algorithm = this.#algorithmFor(packed);
    if (!algorithm) return this.#seal(address, rest, packed);
    return compress(algorithm, packed.body).then((body) =>
      this.#seal(address, rest, withCompression(packed, algorithm, body)),
    );
  }

  /** As `encode`, on this thread. */
  encodeSync(address: StoreKey, entry: DatedEntry): Uint8Array {
    const packed = this.#serialize(entry.value);
    const algorithm = this.#algorithmFor(packed);
    if (!algorithm) return this.#seal(address, entry, packed);
    const body = compressSync(algorithm, packed.body);
    return this.#seal(address, entry, withCompression(packed, algorithm, body));
  }

  /**
   * A promise only where there is something to decompress. The bytes are read before this returns.
   *
   * @throws CacheError `CACHE_DAMAGED`, by rejection if it returns a promise
   */
  decode(address: StoreKey, bytes: Uint8Array): DatedEntry | Promise<DatedEntry> {
    const { envelope, body } = this.#open(address, bytes);
    const algorithm = algorithmOf(envelope);
    if (!algorithm) return entryOf(envelope, body);
    return decompress(algorithm, Buffer.from(body)).then((unpacked) => entryOf(envelope, unpacked));
  }

  /** @throws CacheError `CACHE_DAMAGED` */
  decodeSync(address: StoreKey, bytes: Uint8Array): DatedEntry {
    const { envelope, body } = this.#open(address, bytes);
    const algorithm = algorithmOf(envelope);
    return entryOf(envelope, algorithm ? decompressSync(algorithm, body) : body);
  }

  #serialize(value: unknown): Packed {
    if (this.#serializer === 'json') return { body: encodeJson(value), flags: { json: true } };
    const { body, ...flags } = encodeGraph(value);
    return { body, flags };
  }

  #algorithmFor({ body }: Packed): CompressionAlgorithm | undefined {
    if (!this.#compression || body.length < this.#compression.threshold) return undefined;
    return isCompressible(body.length) ? this.#compression.algorithm : undefined;
  }

  #seal(address: StoreKey, entry: DatedEntry, { body, flags }: Packed): Buffer {
    const encrypted = this.#encryption.enabled;
    const length = body.length + (encrypted ? ENCRYPTION_BYTES : 0);
    if (length > LONGEST_BODY) {
      throw new CacheSerializationError(`value has ${length} bytes, which no entry can hold`);
    }
    const header = writeHeader(entry, { ...flags, encrypted }, length);
    if (!encrypted) return sealEnvelope(address, header, body);
    return sealEnvelope(
      address,
      header,
      this.#encryption.encrypt(body, boundData(address, header)),
    );
  }

  #open(address: StoreKey, bytes: Uint8Array): { envelope: OpenedEnvelope; body: Buffer } {
    const envelope = openEnvelope(address, bytes);
    if (!envelope.checksumOk) {
      throw damaged('has a wrong checksum: its bytes have changed, or it is of another key');
    }
    if (envelope.header.flags.encrypted !== this.#encryption.enabled) {
      // Anyone who can write to the store could otherwise put entries in that no key has ever seen.
      const state = this.#encryption.enabled ? 'not encrypted' : 'encrypted';
      throw damaged(
        `is ${state}, and ${this.keysName} are ${this.#encryption.enabled ? '' : 'not '}set`,
      );
    }
    if (!this.#encryption.enabled) return { envelope, body: envelope.body };
    const bound = boundData(address, envelope.headerBytes);
    return { envelope, body: this.#encryption.decrypt(envelope.body, bound) };
  }
}

const LONGEST_BODY = 2 ** 32 - 1;

function withCompression(
  packed: Packed,
  algorithm: CompressionAlgorithm,
  body: Buffer | undefined,
): Packed {
  return body ? { body, flags: { ...packed.flags, [algorithm]: true } } : packed;
}

function algorithmOf({ header }: OpenedEnvelope): CompressionAlgorithm | undefined {
  if (header.flags.brotli) return 'brotli';
  return header.flags.gzip ? 'gzip' : undefined;
}

function entryOf({ header }: OpenedEnvelope, body: Buffer): DatedEntry {
  const { createdAt, expiresAt, tags, flags } = header;
  try {
    const value = flags.json ? decodeJson(body) : decodeGraph({ body, repaired: flags.repaired });
    return { value, createdAt, expiresAt, tags };
  } catch (error) {
    throw damaged('has a body that cannot be read', error);
  }
}
