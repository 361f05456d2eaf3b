import { CacheError } from '../primitives/errors.js';

/** The error of bytes that are not what was written. `what` ends a sentence that starts "a stored entry". */
export function damaged(what: string, cause?: unknown): CacheError {
  const options = cause === undefined ? undefined : { cause };
  return new CacheError('CACHE_DAMAGED', `a stored entry ${what}`, options);
}
