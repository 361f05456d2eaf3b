import { CacheOptionsError } from './errors.js';

/** @throws CacheOptionsError unless these are strings */
export function checkTags(tags: unknown, option: string): void {
  if (isListOfTexts(tags)) return;
  throw new CacheOptionsError(option, tags, 'a list of strings');
}

/**
 * A list of our own: a caller may use his for something else next, and an entry's tags must be the
 * same when it goes as when it came.
 *
 * @throws CacheOptionsError unless these are strings
 */
export function ownTags(tags: readonly string[], option: string): readonly string[] {
  checkTags(tags, option);
  return [...tags];
}

/** Whether it is a list of strings without holes, over which `every` passes; a copy has `undefined` there. */
export function isListOfTexts(list: unknown): list is string[] {
  return (
    Array.isArray(list) &&
    !list.includes(undefined) &&
    list.every((item) => typeof item === 'string')
  );
}
