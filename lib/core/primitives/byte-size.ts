import { CacheOptionsError } from './errors.js';

const UNITS: Record<string, number> = { b: 1, kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

const SIZE = /^(\d+(?:\.\d+)?) ?(b|kb|mb|gb)$/i;

/**
 * A number of bytes, from a number or from words such as `'64mb'` (units of 1,024).
 *
 * @param option the option's name, for the error
 * @throws CacheOptionsError for anything that is not a positive size
 */
export function parseByteSize(size: unknown, option: string): number {
  const bytes = typeof size === 'string' ? wordsToBytes(size) : size;
  if (typeof bytes !== 'number' || !(bytes > 0)) {
    throw new CacheOptionsError(
      option,
      size,
      "a positive number of bytes or a size such as '64mb'",
    );
  }
  return bytes;
}

function wordsToBytes(words: string): number | undefined {
  const [, amount, unit] = SIZE.exec(words) ?? [];
  return amount && unit ? Math.floor(Number(amount) * UNITS[unit.toLowerCase()]!) : undefined;
}
