/** Characters read at either end of a long key: enough to tell keys apart, whatever their length. */
const READ_AT_EITHER_END = 64;

/** A 32-bit hash (FNV-1a) of a key, signed, for tables that may err: not for keys of a cache. */
export function hashString(text: string): number {
  const length = text.length;
  let hash = 0x811c9dc5 ^ length;
  const head = length > 2 * READ_AT_EITHER_END ? READ_AT_EITHER_END : length;
  for (let at = 0; at < head; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  if (head < length) {
    for (let at = length - READ_AT_EITHER_END; at < length; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    }
  }
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return hash ^ (hash >>> 12);
}
