import { describe, expect, it } from '@jest/globals';
import { resolveOptions } from '../../../lib/core/cache-options.js';
import { CacheEvents } from '../../../lib/core/events/cache-events.js';
import { planLoad } from '../../../lib/core/loading/load-plan.js';
import type {
  ByteOptions,
  CachedOptions,
  CacheOptions,
  CategoryOptions,
  FileTierOptions,
  LoadOptions,
} from '../../../lib/core/model/options.js';
import { CoarseClock, systemClock } from '../../../lib/core/primitives/clock.js';
import type { Category } from '../../../lib/core/stack/category.js';
import { TierStack } from '../../../lib/core/stack/tier-stack.js';
import { FakeTier } from '../../scenario/support/fake-tier.js';
import { RecordingLogger } from '../../scenario/support/recording-logger.js';

/** Another than the default of each option that a category and a load have. */
const OWN: Required<LoadOptions> = {
  ttl: '7m',
  tiers: ['file'],
  tags: ['holdings'],
  cacheIf: () => false,
  negativeTtl: '3s',
  jitter: 0.5,
  lock: 'process',
  staleWhileRevalidate: '5m',
  staleIfError: '1h',
  softTimeout: '1s',
  hardTimeout: '9s',
  refreshAhead: 0.4,
};

type Names<Options> = Record<keyof Options, undefined>;

const LOAD = Object.fromEntries(Object.keys(OWN).map((name) => [name, undefined]));
const BYTES: Names<ByteOptions> = {
  serializer: undefined,
  compression: undefined,
  encryption: undefined,
};
const LIMITS = { maxEntriesPerCategory: undefined, maxBytesPerCategory: undefined };
const CATEGORY = {
  ...(LOAD as Names<LoadOptions>),
  ...BYTES,
  maxEntries: undefined,
  maxBytes: undefined,
  evictionPolicy: undefined,
} satisfies Names<CategoryOptions>;
const FILE: Names<FileTierOptions> = {
  ...BYTES,
  ...LIMITS,
  directory: undefined,
  concurrency: undefined,
  operationTimeout: undefined,
  breaker: undefined,
};
const CACHE: Names<CacheOptions> = {
  ...BYTES,
  ...LIMITS,
  enabled: undefined,
  defaultTtl: undefined,
  evictionPolicy: undefined,
  categories: undefined,
  file: undefined,
  cleanup: undefined,
  timings: undefined,
  logger: undefined,
  clock: undefined,
};
const CALL = {
  ...(LOAD as Names<LoadOptions>),
  category: undefined,
  key: undefined,
  name: undefined,
  forceRefresh: undefined,
  signal: undefined,
  useFileCache: undefined,
} satisfies Names<CachedOptions>;

const logger = new RecordingLogger();
const clock = new CoarseClock(systemClock);
const stack = new TierStack([new FakeTier()], clock, new CacheEvents(logger), logger);

function planOf(own: object, options?: object) {
  const resolved = resolveOptions({ categories: { own } }).category('own');
  const tiers = stack.select(resolved.tiers, 'tiers');
  const category = { name: 'own', options: resolved, tiers, reached: new Set(tiers.lower) };
  return planLoad(category as unknown as Category, options, stack);
}

/** What a cache with these options is, to compare: but for functions, which are made anew. */
function resolvedOf(options: object): unknown {
  const { category, file, ...rest } = resolveOptions(options);
  const limits = file?.limitsOf('own');
  const { expiryFrom, ...own } = category('own');
  return { ...rest, file: { ...file, limitsOf: limits }, own, expiry: expiryFrom(0) };
}

describe('An option that is undefined was left out', () => {
  it.each(Object.keys(OWN))('by a load: %s of the category holds', (name) => {
    expect(planOf(OWN, { [name]: undefined })).toEqual(planOf(OWN));
  });

  it('by a load that gives all of them so', () => {
    expect(planOf(OWN, CALL)).toEqual(planOf(OWN));
  });

  it('by a category', () => {
    expect(planOf(CATEGORY)).toEqual(planOf({}));
    expect(resolvedOf({ categories: { own: CATEGORY } })).toEqual(resolvedOf({}));
  });

  it.each([
    ['a cache', CACHE],
    ['a file tier', { file: FILE }],
    ['a breaker', { file: { breaker: { failures: undefined, pause: undefined } } }],
    ['a cleanup', { cleanup: { cron: undefined } }],
  ])('by %s', (_, options) => {
    expect(resolvedOf(options)).toEqual(resolvedOf({}));
  });

  it('by a category, where the cache has its own', () => {
    const cache = {
      defaultTtl: '7m',
      maxEntriesPerCategory: 5,
      maxBytesPerCategory: '1mb',
      evictionPolicy: 'sieve',
      serializer: 'json',
      compression: { algorithm: 'gzip' },
      encryption: { keys: ['0'.repeat(64)] },
    };
    expect(resolvedOf({ ...cache, categories: { own: CATEGORY } })).toEqual(resolvedOf(cache));
    expect(resolvedOf({ ...cache, file: FILE })).toEqual(resolvedOf(cache));
  });
});
