import { isUint8Array } from 'node:util/types';
import type { ByteOptions, CacheOptions, CategoryOptions } from './model/options.js';
import type { ResolvedCodecOptions } from './model/resolved-options.js';
import { checkByteSize, oneOf, orFalse, shapeOf, type Check } from './option-checks.js';
import { parseByteSize } from './primitives/byte-size.js';
import { CacheOptionsError, Description } from './primitives/errors.js';

const DEFAULT_THRESHOLD = '4kb';
const KEY_BYTES = 32;
const HEX_KEY = /^[0-9a-f]{64}$/i;

/** 43 digits hold two bits more than 32 bytes: a last digit that uses them is a slip, or a password. */
const BASE64_KEY = /^[A-Za-z0-9+/_-]{42}[AEIMQUYcgkosw048]=?$/;

const checkKeys: Check = (value, option) => {
  if (!Array.isArray(value) || value.length === 0) {
    throw new CacheOptionsError(option, shapeOf(value), 'a list of at least one key');
  }
  for (const [at, key] of (value as unknown[]).entries()) keyBytes(key, `${option}[${at}]`);
};

/** The options of `ByteOptions`, wherever they are given. */
export const BYTE_CHECKS: Record<keyof ByteOptions, Check> = {
  serializer: oneOf('v8', 'json'),
  compression: orFalse(
    { algorithm: oneOf('brotli', 'gzip'), threshold: checkByteSize },
    'algorithm',
  ),
  encryption: orFalse({ keys: checkKeys }, 'keys'),
};

/**
 * Options that are about every tier below memory may stand in `file` too; there they mean the same.
 *
 * @throws CacheOptionsError for one that is given in both places
 */
export function checkOnePlace(options: CacheOptions): void {
  const { file } = options;
  if (typeof file !== 'object') return;
  for (const name of Object.keys(BYTE_CHECKS) as (keyof ByteOptions)[]) {
    if (file[name] === undefined || options[name] === undefined) continue;
    throw new CacheOptionsError(
      `file.${name}`,
      new Description('a second value'),
      `left out: ${name} is given too`,
    );
  }
}

/** How the entries of a category become bytes: as it says, else as the cache says. */
export function resolveCodec(own: CategoryOptions, options: CacheOptions): ResolvedCodecOptions {
  const file = typeof options.file === 'object' ? options.file : {};
  const given = <Name extends keyof ByteOptions>(name: Name): ByteOptions[Name] =>
    own[name] ?? options[name] ?? file[name];
  const compression = given('compression');
  const encryption = given('encryption');
  return {
    serializer: given('serializer') ?? 'v8',
    compression: compression
      ? {
          algorithm: compression.algorithm,
          threshold: parseByteSize(
            compression.threshold ?? DEFAULT_THRESHOLD,
            'compression.threshold',
          ),
        }
      : undefined,
    encryptionKeys: encryption
      ? encryption.keys.map((key, at) => keyBytes(key, `encryption.keys[${at}]`))
      : [],
  };
}

/** A copy: the caller may wipe his. @throws CacheOptionsError that does not show the key */
function keyBytes(key: unknown, option: string): Uint8Array {
  // Not `instanceof`: the bytes may come from another realm.
  if (isUint8Array(key) && key.length === KEY_BYTES) return new Uint8Array(key);
  if (typeof key === 'string') {
    if (HEX_KEY.test(key)) return new Uint8Array(Buffer.from(key, 'hex'));
    if (BASE64_KEY.test(key)) return new Uint8Array(Buffer.from(key, 'base64'));
  }
  const expected = '32 bytes: a Uint8Array, 64 hexadecimal digits, or base64';
  throw new CacheOptionsError(option, shapeOf(key), expected);
}
