import { randomInt } from 'node:crypto';
import { setImmediate } from 'node:timers';
import { resolveOptions } from './cache-options.js';
import { CacheService } from './cache.service.js';
import { Categories } from './categories.js';
import { CacheSwitch } from './cache-switch.js';
import { CacheEvents } from './events/cache-events.js';
import { ReadThrough } from './loading/read-through.js';
import { createCleanupJob } from './maintenance/cleanup-job.js';
import { Maintenance } from './maintenance/maintenance.js';
import { FileTier } from './file-tier.js';
import { KeyedLoads } from './keyed-loads.js';
import { MemoryTier } from './memory-tier.js';
import type { CacheOptions } from './model/options.js';
import { CoarseClock } from './primitives/clock.js';
import { EntryBytes } from './stack/entry-bytes.js';
import { Fences } from './stack/fences.js';
import { type FilePlace, FileStoreTier } from './stack/file-store-tier.js';
import type { LowerTier } from './stack/lower-tier.js';
import { TagEpochs } from './stack/tag-epochs.js';
import { TagInvalidation } from './stack/tag-invalidation.js';
import { TierStack } from './stack/tier-stack.js';
import { TieredEntries } from './tiered-entries.js';
import { MemoryStore } from './stores/memory/memory-store.js';
import { createPolicy } from './stores/memory/policies/create-policy.js';

/**
 * A cache with no framework around it. Its cleanup runs on a timer that does not hold the process
 * open; `await cache.close()` ends it.
 *
 * @throws CacheOptionsError that names the option and shows its value
 * @example
 * const cache = createCache({ defaultTtl: '10m', categories: { quotes: { maxEntries: 500 } } });
 * const quote = await cache.wrap('AAPL', () => fetchQuote('AAPL'), { category: 'quotes' });
 */
export function createCache(options: CacheOptions = {}): CacheService {
  return assembleCache(options);
}

/**
 * The one place where the parts are put together.
 *
 * @param given the tiers below memory, in place of those that the options ask for
 * @param place of its files, which then are looked at when `openFiles` says so
 */
export function assembleCache(
  options: CacheOptions,
  given?: readonly LowerTier[],
  place?: FilePlace,
): CacheService {
  const resolved = resolveOptions(options);
  const { enabled, logger } = resolved;
  const power = new CacheSwitch(enabled);
  const clock = new CoarseClock(resolved.clock);
  const now = (): number => clock.now();
  const events = new CacheEvents(logger);
  const epochs = new TagEpochs();
  const fileTier =
    resolved.file === undefined || given !== undefined
      ? undefined
      : new FileStoreTier({
          options: resolved.file,
          place,
          bytes: new EntryBytes((category) => resolved.category(category).codec, now),
          now,
          observer: events,
        });
  const lower = given ?? (fileTier === undefined ? [] : [fileTier]);
  const stack = new TierStack(lower, clock, events, logger);
  const categories = new Categories(resolved, (name) => {
    const own = resolved.category(name);
    const { maxEntries, maxBytes, evictionPolicy } = own;
    const limits = { category: name, maxEntries, maxBytes, seed: randomInt(2 ** 32) };
    const tiers = stack.select(own.tiers, `categories.${name}.tiers`);
    return {
      name,
      options: own,
      tiers,
      memory: new MemoryStore(limits, createPolicy(evictionPolicy, limits), clock, events),
      reached: new Set(tiers.lower),
      fences: new Fences(epochs),
    };
  });
  const maintenance = new Maintenance(() => categories, stack);
  const job =
    enabled && resolved.cleanup !== false
      ? createCleanupJob(resolved.cleanup, () => maintenance.run())
      : undefined;
  job?.start();
  // Not before the application goes on: the first answer does not wait for the folder.
  const openFiles = (): void => {
    if (!power.off) fileTier?.open();
  };
  if (enabled && fileTier !== undefined && place === undefined) setImmediate(openFiles);
  const { timeMemory: timed } = resolved;
  const memory = new MemoryTier({ categories, stack, clock, timed, power });
  const loads = new ReadThrough({ stack, tags: epochs, clock, observer: events, logger });
  return new CacheService({
    options: { ...resolved, clock },
    power,
    categories,
    stack,
    tags: new TagInvalidation({ categories, epochs, stack }),
    loads,
    entries: new TieredEntries({ categories, stack, memory, clock, timed, power }),
    keyedLoads: new KeyedLoads({ categories, stack, memory, loads, power, timed }),
    maintenance,
    events,
    memory,
    file:
      fileTier === undefined
        ? undefined
        : new FileTier({ categories, stack, clock, tier: fileTier, power }),
    openFiles,
    stop: () => void job?.stop(),
  });
}
