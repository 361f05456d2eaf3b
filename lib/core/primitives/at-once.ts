import { CacheOptionsError } from './errors.js';
import { isThenable } from './thenable.js';

/**
 * What a function among the options has given.
 *
 * @throws CacheOptionsError if it is a promise: nothing waits for it
 */
export function atOnce<T>(given: T, option: string): T {
  if (!isThenable(given)) return given;
  ignoreRejection(given);
  throw new CacheOptionsError(option, given, 'a function that answers at once');
}

/**
 * The text that a function among the options has given.
 *
 * @throws TypeError if it is none
 */
export function textAtOnce(given: unknown, option: string): string {
  if (typeof given === 'string') return given;
  ignoreRejection(given);
  throw new TypeError(`${option} gave ${typeof given}, not a string`);
}

/** What is not used cannot end the process: a promise for which nobody waits may reject. */
export function ignoreRejection(given: unknown): void {
  if (isThenable(given)) Promise.resolve(given).catch(() => {});
}
