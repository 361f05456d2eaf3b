import { BYTE_CHECKS, checkOnePlace, resolveCodec } from './byte-options.js';
import { LOAD_CHECKS } from './call-options.js';
import { checkFile, checkFileIsThere, resolveFile } from './file-options.js';
import { GuardedLogger } from './guarded-logger.js';
import { patienceOf, stalenessOf } from './loading/freshness.js';
import { checkLockTiers } from './loading/lock-scope.js';
import {
  checkAll,
  checkBoolean,
  checkByteSize,
  checkEntries,
  checkFunction,
  objectOf,
  oneOf,
  orFalse,
  type Check,
} from './option-checks.js';
import { checkCronExpression, DEFAULT_CLEANUP_CRON } from './maintenance/cleanup-job.js';
import type { CacheOptions, CategoryOptions, TierName } from './model/options.js';
import type { CacheLogger } from './model/logger.js';
import type { ResolvedCategoryOptions, ResolvedOptions } from './model/resolved-options.js';
import { parseByteSize } from './primitives/byte-size.js';
import { systemClock } from './primitives/clock.js';
import { CacheOptionsError, checkedWithin } from './primitives/errors.js';
import { checkTtl, expiryOf, isInstant, type Ttl } from './primitives/ttl.js';
import { withoutUndefined } from './primitives/without-undefined.js';
import { POLICY_NAMES } from './stores/memory/policies/create-policy.js';

export const DEFAULT_TTL_SECONDS = 3600;
const DEFAULT_MAX_ENTRIES = 1000;
const DEFAULT_TIERS: readonly TierName[] = ['memory'];

const checkPolicy = oneOf(...POLICY_NAMES);

const CATEGORY_CHECKS: Record<keyof CategoryOptions, Check> = {
  ...LOAD_CHECKS,
  ...BYTE_CHECKS,
  maxEntries: checkEntries,
  maxBytes: checkByteSize,
  evictionPolicy: checkPolicy,
};

const CACHE_CHECKS: Record<keyof CacheOptions, Check> = {
  ...BYTE_CHECKS,
  enabled: checkBoolean,
  defaultTtl: checkTtl,
  maxEntriesPerCategory: checkEntries,
  maxBytesPerCategory: checkByteSize,
  evictionPolicy: checkPolicy,
  categories: (value, option) => {
    for (const [name, category] of Object.entries(withoutUndefined(objectOf(value, option)))) {
      checkAll(category, CATEGORY_CHECKS, `${option}.${name}`);
    }
  },
  file: checkFile,
  cleanup: orFalse({ cron: checkCronExpression }),
  timings: oneOf('io', 'all'),
  logger: (value, option) => {
    // Not `objectOf`: a `console` is of a kind of its own.
    const { warn, error } = Object(value) as Partial<CacheLogger>;
    if (typeof warn !== 'function' || typeof error !== 'function') {
      throw new CacheOptionsError(option, value, 'an object with the methods warn and error');
    }
  },
  clock: (value, option) => checkFunction(objectOf(value, option).now, `${option}.now`),
};

export const CACHE_OPTION_NAMES: readonly string[] = Object.keys(CACHE_CHECKS);

/**
 * Checks every option and fills in what was left out.
 *
 * @throws CacheOptionsError that names the option and shows its value
 */
export function resolveOptions(given: CacheOptions): ResolvedOptions {
  const options: CacheOptions = objectOf(given, 'options');
  checkAll(options, CACHE_CHECKS, '');
  // A Map: a category may be called `__proto__`.
  const named = new Map(
    Object.entries(withoutUndefined(options.categories ?? {})).map(([name, own]) => [
      name,
      objectOf(own, name) as CategoryOptions,
    ]),
  );
  checkOnePlace(options);
  checkFileIsThere(options.file, named);
  for (const [name, { lock, tiers = DEFAULT_TIERS, ...own }] of named) {
    checkedWithin(`categories.${name}`, () => {
      checkLockTiers(lock, tiers, 'lock');
      patienceOf(own);
    });
  }
  // Not when a category is first used: by then a caller may have wiped the keys that he gave.
  const resolved = new Map<string, ResolvedCategoryOptions>();
  for (const [name, own] of named) resolved.set(name, resolveCategory(own, options));
  const unnamed = resolveCategory({}, options);
  const category = (name: string): ResolvedCategoryOptions => resolved.get(name) ?? unnamed;
  return {
    enabled: options.enabled ?? true,
    cleanup: options.cleanup === false ? false : (options.cleanup?.cron ?? DEFAULT_CLEANUP_CRON),
    timeMemory: options.timings === 'all',
    logger: new GuardedLogger(options.logger ?? console),
    clock: options.clock ?? systemClock,
    file: resolveFile(options, category),
    category,
  };
}

function resolveCategory(own: CategoryOptions, options: CacheOptions): ResolvedCategoryOptions {
  const { maxEntries, maxBytes, evictionPolicy, ...rest } = own;
  const { serializer: _serializer, compression: _compression, encryption: _keys, ...load } = rest;
  if (Array.isArray(load.tags)) load.tags = [...load.tags];
  const fixed = typeof load.ttl === 'function' ? undefined : load.ttl;
  const ttl = fixed ?? options.defaultTtl ?? DEFAULT_TTL_SECONDS;
  const bytes = maxBytes ?? options.maxBytesPerCategory;
  const { keptMs } = stalenessOf(load);
  const isPlain = keptMs === 0 && bytes === undefined && fixed === load.ttl;
  return {
    load,
    ttl,
    expiryFrom: expiryFrom(ttl),
    plainTtlMs: isPlain && !isInstant(ttl) ? expiryOf(ttl, 0) : 0,
    keptStaleMs: keptMs,
    tiers: load.tiers ?? DEFAULT_TIERS,
    maxEntries: maxEntries ?? options.maxEntriesPerCategory ?? DEFAULT_MAX_ENTRIES,
    maxBytes: bytes === undefined ? Infinity : parseByteSize(bytes, 'maxBytes'),
    evictionPolicy: evictionPolicy ?? options.evictionPolicy ?? 'lru',
    codec: resolveCodec(own, options),
  };
}

/** Durations are read once: `'30m'` need not be taken apart at every write. */
function expiryFrom(ttl: Ttl): (now: number) => number {
  if (isInstant(ttl)) return () => ttl.getTime();
  const durationMs = expiryOf(ttl, 0);
  return (now) => now + durationMs;
}
