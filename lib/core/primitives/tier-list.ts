import { CacheOptionsError } from './errors.js';

/** @throws CacheOptionsError for one name in place of a list: its letters would be taken for tiers */
export function checkTierList(tiers: unknown, option: string): asserts tiers is unknown[] {
  if (Array.isArray(tiers)) return;
  throw new CacheOptionsError(option, tiers, TIER_LIST);
}

export const TIER_LIST = "a list of tiers such as ['memory', 'file']";
