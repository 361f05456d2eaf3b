import { checkShare } from './loading/load-plan.js';
import { checkTags } from './primitives/tag-list.js';
import { checkCronExpression, DEFAULT_CLEANUP_CRON } from './maintenance/cleanup-job.js';
import type {
  CacheOptions,
  CategoryOptions,
  EvictionPolicyName,
  LoadOptions,
} from './model/options.js';
import type { ResolvedCategoryOptions, ResolvedOptions } from './model/resolved-options.js';
import { parseByteSize } from './primitives/byte-size.js';
import { systemClock } from './primitives/clock.js';
import { CacheOptionsError } from './primitives/errors.js';
import { checkTtl, expiryOf, type Ttl } from './primitives/ttl.js';
import { POLICY_NAMES } from './stores/memory/policies/create-policy.js';

type Check = (value: unknown, option: string) => void;

const DEFAULT_TTL_SECONDS = 3600;
const DEFAULT_MAX_ENTRIES = 1000;

const checkBoolean: Check = (value, option) => {
  if (typeof value !== 'boolean') throw new CacheOptionsError(option, value, 'true or false');
};

const checkString: Check = (value, option) => {
  if (typeof value !== 'string') throw new CacheOptionsError(option, value, 'a string');
};

const checkFunction: Check = (value, option) => {
  if (typeof value !== 'function') throw new CacheOptionsError(option, value, 'a function');
};

const checkEntries: Check = (value, option) => {
  if (value !== Infinity && !(Number.isInteger(value) && (value as number) >= 1)) {
    throw new CacheOptionsError(option, value, 'a whole number from 1, or Infinity');
  }
};

const checkPolicy: Check = (value, option) => {
  if (!POLICY_NAMES.includes(value as EvictionPolicyName)) {
    throw new CacheOptionsError(option, value, `one of ${quoted(POLICY_NAMES)}`);
  }
};

/** The tiers of this version. */
const checkTiers: Check = (value, option) => {
  if (!Array.isArray(value) || value.length === 0) {
    throw new CacheOptionsError(option, value, "a list of tiers such as ['memory']");
  }
  for (const tier of value as unknown[]) {
    if (tier === 'file' || tier === 'remote') {
      throw new CacheOptionsError(
        option,
        tier,
        `'memory': the ${tier} tier is not in this version yet`,
      );
    }
    if (tier !== 'memory')
      throw new CacheOptionsError(option, tier, "'memory', 'file' or 'remote'");
  }
};

const checkUseFileCache: Check = (value, option) => {
  checkBoolean(value, option);
  if (value === true) {
    throw new CacheOptionsError(option, value, 'false: the file tier is not in this version yet');
  }
};

const checkFile: Check = (value, option) => {
  if (value === false) return;
  throw new CacheOptionsError(option, value, 'false: the file tier is not in this version yet');
};

const orFunctionOfTheValue =
  (check: Check): Check =>
  (value, option) => {
    if (typeof value !== 'function') check(value, option);
  };

const LOAD_CHECKS: Record<keyof LoadOptions, Check> = {
  ttl: orFunctionOfTheValue(checkTtl),
  tiers: checkTiers,
  tags: orFunctionOfTheValue(checkTags),
  cacheIf: checkFunction,
  negativeTtl: checkTtl,
  jitter: checkShare,
};

const CATEGORY_CHECKS: Record<keyof CategoryOptions, Check> = {
  ...LOAD_CHECKS,
  maxEntries: checkEntries,
  maxBytes: (value, option) => void parseByteSize(value, option),
  evictionPolicy: checkPolicy,
};

const CALL_CHECKS: Record<string, Check> = {
  ...LOAD_CHECKS,
  category: checkString,
  forceRefresh: checkBoolean,
  useFileCache: checkUseFileCache,
  key: checkFunction,
  name: checkString,
};

const CACHE_CHECKS: Record<keyof CacheOptions, Check> = {
  enabled: checkBoolean,
  defaultTtl: checkTtl,
  maxEntriesPerCategory: checkEntries,
  maxBytesPerCategory: (value, option) => void parseByteSize(value, option),
  evictionPolicy: checkPolicy,
  categories: (value, option) => {
    for (const [name, category] of Object.entries(objectOf(value, option))) {
      checkAll(category, CATEGORY_CHECKS, `${option}.${name}`);
    }
  },
  file: checkFile,
  cleanup: (value, option) => {
    if (value !== false) checkAll(value, { cron: checkCronExpression }, option);
  },
  timings: (value, option) => {
    if (value !== 'io' && value !== 'all')
      throw new CacheOptionsError(option, value, "'io' or 'all'");
  },
  logger: (value, option) => {
    const { warn, error } = objectOf(value, option);
    if (typeof warn !== 'function' || typeof error !== 'function') {
      throw new CacheOptionsError(option, value, 'an object with the methods warn and error');
    }
  },
  clock: (value, option) => checkFunction(objectOf(value, option).now, `${option}.now`),
};

/** Options of a call that are not in this version: refused, because ignoring them would be a trap. */
const LATER = new Set([
  'staleWhileRevalidate',
  'staleIfError',
  'softTimeout',
  'hardTimeout',
  'refreshAhead',
  'lock',
  'signal',
  'remote',
]);

/**
 * Checks the options of `wrap`, `cached` and `@Cached`.
 *
 * @param where what they belong to, put before the option's name in the error
 * @throws CacheOptionsError
 */
export function checkCallOptions(options: object, where = ''): void {
  checkAll(options, CALL_CHECKS, where);
}

/** Refuses what `wrap` would otherwise silently ignore. Cheap: most calls name two options. */
export function refuseLaterOptions(options: object): void {
  for (const name in options) {
    if (LATER.has(name)) refuse(name, (options as Record<string, unknown>)[name], name);
  }
}

/**
 * Checks every option and fills in what was left out.
 *
 * @throws CacheOptionsError that names the option and shows its value
 */
export function resolveOptions(options: CacheOptions): ResolvedOptions {
  checkAll(options, CACHE_CHECKS, '');
  // A Map: a category may be called `__proto__`.
  const named = new Map(Object.entries(options.categories ?? {}));
  return {
    enabled: options.enabled ?? true,
    cleanup: options.cleanup === false ? false : (options.cleanup?.cron ?? DEFAULT_CLEANUP_CRON),
    timeMemory: options.timings === 'all',
    logger: options.logger ?? console,
    clock: options.clock ?? systemClock,
    category: (name) => resolveCategory(named.get(name) ?? {}, options),
  };
}

function resolveCategory(own: CategoryOptions, options: CacheOptions): ResolvedCategoryOptions {
  const { maxEntries, maxBytes, evictionPolicy, ...load } = own;
  const fixed = typeof load.ttl === 'function' ? undefined : load.ttl;
  const ttl = fixed ?? options.defaultTtl ?? DEFAULT_TTL_SECONDS;
  const bytes = maxBytes ?? options.maxBytesPerCategory;
  return {
    load,
    ttl,
    expiryFrom: expiryFrom(ttl),
    tiers: load.tiers ?? ['memory'],
    maxEntries: maxEntries ?? options.maxEntriesPerCategory ?? DEFAULT_MAX_ENTRIES,
    maxBytes: bytes === undefined ? Infinity : parseByteSize(bytes, 'maxBytes'),
    evictionPolicy: evictionPolicy ?? options.evictionPolicy ?? 'lru',
  };
}

/** Durations are read once: `'30m'` need not be taken apart at every write. */
function expiryFrom(ttl: Ttl): (now: number) => number {
  if (ttl instanceof Date) return () => ttl.getTime();
  const durationMs = expiryOf(ttl, 0);
  return (now) => now + durationMs;
}

function checkAll(options: unknown, checks: Readonly<Record<string, Check>>, where: string): void {
  const prefix = where === '' ? '' : `${where}.`;
  for (const [name, value] of Object.entries(objectOf(options, where || 'options'))) {
    if (!Object.hasOwn(checks, name)) refuse(prefix + name, value, name, Object.keys(checks));
    else if (value !== undefined) checks[name]!(value, prefix + name);
  }
}

function refuse(option: string, value: unknown, name: string, known: string[] = []): never {
  if (LATER.has(name)) {
    throw new CacheOptionsError(option, value, 'left out: this option is not in this version yet');
  }
  throw new CacheOptionsError(
    option,
    value,
    `left out: there is no such option, only ${known.join(', ')}`,
  );
}

function objectOf(value: unknown, option: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new CacheOptionsError(option, value, 'an object');
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
