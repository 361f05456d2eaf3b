import type { CacheEntry } from './model/cache-entry.js';
import type { SetOptions } from './model/options.js';
import { atOnce } from './primitives/at-once.js';
import { ownTags } from './primitives/tag-list.js';
import { expiryOf } from './primitives/ttl.js';
import type { Category } from './stack/category.js';

const NO_TAGS: readonly string[] = [];

/**
 * The entry that a `set` asks for, whichever tier it goes to.
 *
 * @throws CacheOptionsError for a bad TTL or tag, and what a category's `ttl` throws that is a function
 */
export function writeEntry(
  value: unknown,
  options: SetOptions | undefined,
  category: Category,
  now: number,
): CacheEntry {
  const ttl = options?.ttl;
  const expiresAt = ttl === undefined ? usualExpiry(value, category, now) : expiryOf(ttl, now);
  const tags = options?.tags === undefined ? NO_TAGS : ownTags(options.tags, 'tags');
  const { keptStaleMs } = category.options;
  if (expiresAt <= now) return { value, expiresAt, tags };
  return { value, expiresAt, tags, staleUntil: expiresAt + keptStaleMs, createdAt: now };
}

function usualExpiry(value: unknown, { name, options }: Category, now: number): number {
  const { ttl } = options.load;
  if (typeof ttl !== 'function') return options.expiryFrom(now);
  const option = `categories.${name}.ttl`;
  return expiryOf(atOnce(ttl(value as never), option), now, option);
}
