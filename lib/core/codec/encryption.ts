import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { damaged } from './damaged.js';

const ALGORITHM = 'aes-256-gcm';
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Bytes that encryption adds to a body: key id, nonce and authentication tag, in this order, before it. */
export const ENCRYPTION_BYTES = ID_BYTES + NONCE_BYTES + TAG_BYTES;

interface KnownKey {
  /** The first bytes of the key's SHA-256: tells which of the keys an entry needs. */
  readonly id: Buffer;
  readonly secret: Uint8Array;
}

/** AES-256-GCM with several keys: the first encrypts, all decrypt, so a key can be replaced without a flush. */
export class Encryption {
  readonly #keys: readonly KnownKey[];

  /** @param keysName what the user calls the keys, in errors */
  constructor(
    keys: readonly Uint8Array[],
    private readonly keysName: string,
  ) {
    this.#keys = keys.map((secret) => ({
      id: createHash('sha256').update(secret).digest().subarray(0, ID_BYTES),
      secret,
    }));
  }

  get enabled(): boolean {
    return this.#keys.length > 0;
  }

  /** `bound` is not encrypted, but must be the same when decrypting. */
  encrypt(body: Uint8Array, bound: Uint8Array): Buffer {
    const key = this.#keys[0]!;
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(ALGORITHM, key.secret, nonce);
    cipher.setAAD(bound);
    const encrypted = cipher.update(body);
    cipher.final();
    return Buffer.concat([key.id, nonce, cipher.getAuthTag(), encrypted]);
  }

  /** @throws CacheError `CACHE_DAMAGED` */
  decrypt(body: Buffer, bound: Uint8Array): Buffer {
    if (body.length < ENCRYPTION_BYTES) throw damaged('is too short to be encrypted');
    const id = body.subarray(0, ID_BYTES);
    const key = this.#keys.find((known) => known.id.equals(id));
    if (!key) throw damaged(`is encrypted with a key that is not among ${this.keysName}`);
    const nonce = body.subarray(ID_BYTES, ID_BYTES + NONCE_BYTES);
    const decipher = createDecipheriv(ALGORITHM, key.secret, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(bound);
    decipher.setAuthTag(body.subarray(ID_BYTES + NONCE_BYTES, ENCRYPTION_BYTES));
    try {
      const decrypted = decipher.update(body.subarray(ENCRYPTION_BYTES));
      decipher.final();
      return decrypted;
    } catch (error) {
      throw damaged('is not what was encrypted under this key', error);
    }
  }
}
