import { checkSignal, timeoutMsOf } from './loading/freshness.js';
import { checkShare } from './loading/load-plan.js';
import { checkLock } from './loading/lock-scope.js';
import type {
  AddressOptions,
  CachedOptions,
  LoadOptions,
  SetEntry,
  SetOptions,
  TierAddressOptions,
  TierName,
  WrapOptions,
} from './model/options.js';
import {
  checkAll,
  checkBoolean,
  checkFunction,
  checkString,
  isLeftOut,
  objectOf,
  refuse,
  type Check,
} from './option-checks.js';
import { CacheOptionsError } from './primitives/errors.js';
import { checkTags } from './primitives/tag-list.js';
import { checkTierList, noSuchTier } from './primitives/tier-list.js';
import { checkTtl, durationMsOf } from './primitives/ttl.js';

/** The tiers of this version. */
export const checkTiers: Check = (value, option) => {
  checkTierList(value, option);
  for (const tier of value) {
    if (tier !== 'memory' && tier !== 'file') throw noSuchTier(tier, option, "'memory' or 'file'");
  }
};

const orFunctionOfTheValue =
  (check: Check): Check =>
  (value, option) => {
    if (typeof value !== 'function') check(value, option);
  };

const checkDuration: Check = (value, option) => void durationMsOf(value, option);

/** Options of a load that a category can have too. */
export const LOAD_CHECKS: Record<keyof LoadOptions, Check> = {
  ttl: orFunctionOfTheValue(checkTtl),
  tiers: checkTiers,
  tags: orFunctionOfTheValue(checkTags),
  cacheIf: checkFunction,
  negativeTtl: checkTtl,
  jitter: checkShare,
  lock: checkLock,
  staleWhileRevalidate: checkDuration,
  staleIfError: checkDuration,
  softTimeout: checkDuration,
  hardTimeout: (value, option) => void timeoutMsOf(value, option),
  refreshAhead: checkShare,
};

/** Options of `wrap` and `getOrSet`. */
const WRAP_CHECKS: Record<keyof WrapOptions, Check> = {
  ...LOAD_CHECKS,
  category: checkString,
  forceRefresh: checkBoolean,
  signal: checkSignal,
};

const USE_FILE_CACHE: Pick<Record<keyof CachedOptions, Check>, 'useFileCache'> = {
  useFileCache: checkBoolean,
};

/** `useFileCache` is taken where a load is asked for by its key, too. */
const KEYED_LOAD_CHECKS = { ...WRAP_CHECKS, ...USE_FILE_CACHE };

const CALL_CHECKS: Record<keyof CachedOptions, Check> = {
  ...KEYED_LOAD_CHECKS,
  key: checkFunction,
  name: checkString,
};

export const CALL_OPTION_NAMES: readonly string[] = Object.keys(CALL_CHECKS);

const ENTRY_NAMES: Record<keyof SetEntry, true> = { key: true, value: true, ttl: true, tags: true };

/**
 * Checks the options of `wrap`, `cached` and `@Cached`.
 *
 * @param where what they belong to, put before the option's name in the error
 * @throws CacheOptionsError
 */
export function checkCallOptions(options: object, where = ''): void {
  checkAll(options, CALL_CHECKS, where);
}

/**
 * Refuses what a read, a write or a removal would otherwise silently ignore: a name that is no option's, or
 * what is no options at all. One that loads alone go by is let through, for options are handed from one call
 * to the other; one that chooses other tiers, or another key, is not. Cheap: most calls name two.
 *
 * @throws CacheOptionsError
 */
export function checkOptionNames(options: AddressOptions): void {
  checkNames(options, WRAP_CHECKS);
}

/**
 * As `checkOptionNames`, of a call to one tier by itself. Tiers are let through with that one among them, for the
 * options may be those of other calls; without it they say the contrary of the call.
 *
 * @throws CacheOptionsError
 */
export function checkOneTierNames(options: TierAddressOptions, tier: TierName): void {
  checkOptionNames(options);
  const { tiers } = options as AddressOptions;
  if (tiers !== undefined) checkHasTier(tiers, tier);
}

function checkHasTier(tiers: readonly TierName[], tier: TierName): void {
  checkTiers(tiers, 'tiers');
  if (tiers.includes(tier)) return;
  throw new CacheOptionsError(
    'tiers',
    tiers,
    `left out, or with '${tier}': the call is about that tier`,
  );
}

/** As `checkOptionNames`, of a load; and checks what its plan only asks whether it is true. @throws CacheOptionsError */
export function checkLoadOptions(options: CachedOptions | undefined): void {
  if (options === undefined) return;
  checkNames(options, KEYED_LOAD_CHECKS);
  const { forceRefresh, useFileCache } = options;
  if (forceRefresh !== undefined) checkBoolean(forceRefresh, 'forceRefresh');
  if (useFileCache !== undefined) checkBoolean(useFileCache, 'useFileCache');
}

/**
 * The category that a call to one tier names, by itself or in its options; undefined if it names none.
 *
 * @param tier the one that is called
 * @throws CacheOptionsError as `checkOneTierNames`
 */
export function categoryNamed(
  category: string | TierAddressOptions | undefined,
  tier: TierName,
): string | undefined {
  if (category === undefined || typeof category === 'string') return category;
  checkOneTierNames(category, tier);
  return category.category;
}

/**
 * What `setMany` is to do with one of its entries.
 *
 * @param at where it stands
 * @throws CacheOptionsError for what is no entry, and for a name that none has
 */
export function settingsOf(entry: SetEntry, at: number, options: SetOptions): SetOptions {
  checkNames(entry, ENTRY_NAMES, `entries[${at}]`);
  checkOptionNames(options);
  const { ttl, tags } = entry;
  return {
    ...options,
    ...(ttl === undefined ? {} : { ttl }),
    ...(tags === undefined ? {} : { tags }),
  };
}

function checkNames(options: object, known: Readonly<Record<string, unknown>>, where = ''): void {
  for (const name in objectOf(options, where || 'options')) {
    if (Object.hasOwn(known, name)) continue;
    const value = (options as Record<string, unknown>)[name];
    if (isOfAddress(name, value) || isLeftOut(name, value)) continue;
    refuse(where, value, name, Object.keys(known));
  }
}

/** The address of a call, `{ category, key }`, is handed on as it is beside its key. */
function isOfAddress(name: string, value: unknown): boolean {
  return name === 'key' && typeof value === 'string';
}
