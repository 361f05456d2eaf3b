import type { CachedOptions, LoadOptions } from '../model/options.js';
import { CacheOptionsError, describe } from '../primitives/errors.js';
import { isSingleUse } from '../primitives/single-use.js';
import { ownTags } from '../primitives/tag-list.js';
import { checkTtl, expiryOf, isInstant } from '../primitives/ttl.js';
import { withoutUndefined } from '../primitives/without-undefined.js';
import type { Category, TierSelection } from '../stack/category.js';
import type { TierStack } from '../stack/tier-stack.js';
import type { FactoryWishes } from './factory-wishes.js';
import {
  checkSignal,
  patienceOf,
  stalenessOf,
  type Patience,
  type Staleness,
} from './freshness.js';
import { canLock, checkLock, checkLockTiers } from './lock-scope.js';
import { BOTH_TIERS, isWanted, tagsFor, ttlFor } from './value-options.js';

/** A load's options with the category's in place of what the call leaves open. */
export interface LoadPlan extends LoadOptions {
  readonly ttl: NonNullable<LoadOptions['ttl']>;
  readonly selection: TierSelection;
  readonly forceRefresh: boolean;
  readonly staleness: Staleness;
  readonly patience: Patience;
  readonly signal?: AbortSignal;
}

/** What to keep of a loaded value, and until when. */
export interface Keeping {
  readonly expiresAt: number;
  readonly tags: readonly string[];
  readonly staleUntil: number;
  readonly createdAt: number;
}

/** @throws CacheOptionsError for what can be known to be wrong before the factory has run */
export function planLoad(
  category: Category,
  options: CachedOptions | undefined,
  stack: TierStack,
): LoadPlan {
  const defaults = category.options.load;
  const { ttl = defaults.ttl ?? category.options.ttl } = options ?? {};
  if (typeof ttl !== 'function') checkTtl(ttl, 'ttl');
  const all: LoadOptions = { ...defaults, ...withoutUndefined(options ?? {}) };
  const { tags } = options ?? {};
  // The category's are its own, and checked.
  if (tags !== undefined && typeof tags !== 'function') all.tags = ownTags(tags, 'tags');
  const plan: LoadPlan = {
    ...all,
    ttl,
    staleness: stalenessOf(all),
    patience: patienceOf(all),
    selection: selectionOf(category, options, stack),
    forceRefresh: options?.forceRefresh === true,
  };
  if (plan.cacheIf !== undefined && typeof plan.cacheIf !== 'function') {
    throw new CacheOptionsError('cacheIf', plan.cacheIf, 'a function');
  }
  if (plan.negativeTtl !== undefined) checkTtl(plan.negativeTtl, 'negativeTtl');
  if (plan.jitter !== undefined) checkShare(plan.jitter, 'jitter');
  if (plan.refreshAhead !== undefined) checkShare(plan.refreshAhead, 'refreshAhead');
  if (plan.signal !== undefined) checkSignal(plan.signal, 'signal');
  if (plan.lock !== undefined) {
    checkLock(plan.lock, 'lock');
    const below = plan.selection.lower.map(({ name }) => name);
    // The call that names tiers has not asked for the lock of its category.
    if (options?.lock === undefined && !canLock(plan.lock, below)) plan.lock = 'process';
    checkLockTiers(plan.lock, below, 'lock');
  }
  return plan;
}

/** Tags that are known before the factory has run. */
export function staticTags(plan: LoadPlan): readonly string[] {
  return typeof plan.tags === 'function' ? [] : (plan.tags ?? []);
}

/** What to do with the value: undefined if it is not to be kept, `over` if its TTL is 0. Runs the user's functions. */
export function keepingOf(
  plan: LoadPlan,
  value: unknown,
  wishes: FactoryWishes,
  now: number,
): Keeping | 'over' | undefined {
  if (wishes.skip === true || isSingleUse(value)) return undefined;
  if (!isWanted(plan, value)) return undefined;
  const ttl = wishes.ttl ?? ttlFor(plan, value)!;
  const expiresAt = jittered(expiryOf(ttl, now), now, plan.jitter ?? 0);
  if (expiresAt <= now) return 'over';
  const tags = wishes.tags ?? tagsFor(plan, value) ?? [];
  return { expiresAt, tags, staleUntil: expiresAt + plan.staleness.keptMs, createdAt: now };
}

/** @throws CacheOptionsError unless it is a number from 0 to 1 */
export function checkShare(share: unknown, option: string): void {
  if (typeof share === 'number' && share >= 0 && share <= 1) return;
  throw new CacheOptionsError(option, share, 'a number from 0 to 1');
}

/** How long a value will live, as far as the plan says; 0 where it does not. */
export function plannedMs({ ttl }: LoadPlan): number {
  return typeof ttl === 'function' || isInstant(ttl) ? 0 : expiryOf(ttl, 0);
}

function selectionOf(
  category: Category,
  options: CachedOptions | undefined,
  stack: TierStack,
): TierSelection {
  if (options?.tiers !== undefined) {
    checkBeside(options.tiers, options.useFileCache);
    return stack.selectFor(category, options.tiers, 'tiers');
  }
  if (options?.useFileCache === true) {
    if (!stack.lower.some(({ name }) => name === 'file')) {
      const expected = 'left out where there is no file tier';
      throw new CacheOptionsError('useFileCache', true, expected);
    }
    return stack.selectFor(category, BOTH_TIERS, 'useFileCache');
  }
  return category.tiers;
}

/** @throws CacheOptionsError where the tiers of a call that names some say the contrary of its `useFileCache` */
function checkBeside(tiers: unknown, useFileCache: boolean | undefined): void {
  if (useFileCache === undefined || !Array.isArray(tiers)) return;
  if (tiers.includes('file') === useFileCache) return;
  throw new CacheOptionsError(
    'useFileCache',
    useFileCache,
    `left out, or beside tiers ${useFileCache ? 'with' : 'without'} 'file' (they are ${describe(tiers)})`,
  );
}

function jittered(expiresAt: number, now: number, jitter: number): number {
  if (jitter === 0 || expiresAt === Infinity) return expiresAt;
  return now + (expiresAt - now) * (1 - Math.random() * jitter);
}
