import { CacheOptionsError } from './errors.js';

/** @throws CacheOptionsError unless these are strings */
export function checkTags(tags: unknown, option: string): void {
  if (Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')) return;
  throw new CacheOptionsError(option, tags, 'a list of strings');
}
