import { CacheOptionsError } from './errors.js';

/** @throws CacheOptionsError unless these are strings */
export function checkTags(tags: unknown, option: string): void {
  // Not `every`: it passes over holes, and a copy has `undefined` there.
  if (Array.isArray(tags) && !tags.includes(undefined) && tags.every(isText)) return;
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

function isText(tag: unknown): boolean {
  return typeof tag === 'string';
}
