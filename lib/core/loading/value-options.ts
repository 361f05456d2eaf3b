import type { LoadOptions, TierName } from '../model/options.js';
import { atOnce } from '../primitives/at-once.js';
import { ownTags } from '../primitives/tag-list.js';
import type { Ttl } from '../primitives/ttl.js';

/** Where values go that `useFileCache` asks for. */
export const BOTH_TIERS: readonly TierName[] = ['memory', 'file'];

/** The tiers that options name, in either way; undefined: those of the category. */
export function tiersAsked(options: {
  readonly tiers?: readonly TierName[] | undefined;
  readonly useFileCache?: boolean | undefined;
}): readonly TierName[] | undefined {
  return options.tiers ?? (options.useFileCache === true ? BOTH_TIERS : undefined);
}

/** Whether the value is to be kept. @throws what `cacheIf` throws; CacheOptionsError for a promise */
export function isWanted({ cacheIf }: Pick<LoadOptions, 'cacheIf'>, value: unknown): boolean {
  return cacheIf === undefined || Boolean(atOnce(cacheIf(value), 'cacheIf'));
}

/**
 * The TTL of a value, `negativeTtl` of nothing; undefined where the options say none.
 *
 * @throws what `ttl` throws; CacheOptionsError for a promise
 */
export function ttlFor(
  { ttl, negativeTtl }: Pick<LoadOptions, 'ttl' | 'negativeTtl'>,
  value: unknown,
): Ttl | undefined {
  const isNothing = value === null || value === undefined;
  const chosen = (isNothing ? negativeTtl : undefined) ?? ttl;
  return typeof chosen === 'function' ? atOnce(chosen(value), 'ttl') : chosen;
}

/**
 * The tags of a value; undefined where the options say none. A function may give `null` for none.
 *
 * @throws what `tags` throws; CacheOptionsError for a promise, and for what are no tags
 */
export function tagsFor(
  { tags }: Pick<LoadOptions, 'tags'>,
  value: unknown,
): readonly string[] | undefined {
  return typeof tags === 'function' ? ownTags(atOnce(tags(value), 'tags') ?? [], 'tags') : tags;
}
