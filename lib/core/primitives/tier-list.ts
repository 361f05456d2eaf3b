import { CacheOptionsError } from './errors.js';

const TIER_LIST = "a list of tiers such as ['memory', 'file']";

/**
 * Which tiers there are is not known here.
 *
 * @throws CacheOptionsError for one name in place of a list, whose letters would be taken for tiers;
 *   for a list of none, and one that names a tier twice
 */
export function checkTierList(tiers: unknown, option: string): asserts tiers is unknown[] {
  if (!Array.isArray(tiers) || tiers.length === 0) {
    throw new CacheOptionsError(option, tiers, TIER_LIST);
  }
  for (let at = 1; at < tiers.length; at++) {
    if (tiers.indexOf(tiers[at]) === at) continue;
    throw new CacheOptionsError(option, tiers, 'a list that names each tier once');
  }
}

/** The error of one that is not there. @param expected those that are */
export function noSuchTier(tier: unknown, option: string, expected: string): CacheOptionsError {
  const later = tier === 'remote' ? ': the remote tier is not in this version yet' : '';
  return new CacheOptionsError(option, tier, expected + later);
}
