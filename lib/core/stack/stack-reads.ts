import type { CacheEntry } from '../model/cache-entry.js';
import {
  timed,
  type CacheHit,
  type CacheMiss,
  type CacheResult,
  type MissReason,
} from '../model/cache-result.js';
import type { CoarseClock } from '../primitives/clock.js';
import type { Category, TierSelection } from './category.js';
import type { Fence } from './fences.js';
import type { LowerTier, TierLook } from './lower-tier.js';
import { NO_MOMENT, type StackWrites } from './stack-writes.js';
import { TierFailure, type TierGuard } from './tier-guard.js';

/** An answer from below memory. */
export interface FoundBelow {
  readonly hit: CacheHit<unknown>;
  readonly tags: readonly string[];
  /** When it was made, epoch milliseconds; 0 if that is not known. */
  readonly bornAt: number;
}

/** What a read below memory takes for an answer. */
export interface Wanted extends TierLook {
  /** Why memory has none: what the miss says where no tier below knows better. */
  readonly reason?: MissReason;
  /** A stale entry is an answer only if it expired later than this: there is one of that time already. */
  readonly laterThan?: number | undefined;
}

/** Reads below memory: down from tier to tier, and what is found is promoted. */
export class StackReads {
  readonly #clock: CoarseClock;
  readonly #guard: TierGuard;
  readonly #writes: StackWrites;

  constructor(clock: CoarseClock, guard: TierGuard, writes: StackWrites) {
    this.#clock = clock;
    this.#guard = guard;
    this.#writes = writes;
  }

  /** As `find`, of somebody who only reads. */
  async read<T>(
    category: Category,
    key: string,
    tiers: TierSelection,
    wanted?: Wanted,
  ): Promise<CacheResult<T>> {
    const started = performance.now();
    const fence = category.fences.open(key);
    try {
      const found = await this.find(category, key, tiers, fence, wanted);
      return timed(started, 'hit' in found ? (found.hit as CacheHit<T>) : found);
    } finally {
      fence.close();
    }
  }

  /**
   * The nearest answer below memory; it is promoted to the tiers above unless it was overtaken. A
   * miss carries the error of a tier that could not say. A fresh answer goes before a stale one, and a
   * stale one is promoted no further than to memory.
   */
  async find(
    category: Category,
    key: string,
    tiers: TierSelection,
    fence: Fence,
    wanted: Wanted = {},
  ): Promise<FoundBelow | CacheMiss> {
    const { reason = 'absent', stale = false, laterThan = -Infinity } = wanted;
    const { lower } = tiers;
    const moment = lower.length > 1 ? this.#writes.momentOf(tiers) : NO_MOMENT;
    let missed: CacheMiss = { success: false, source: 'none', reason };
    let old: FoundBelow | undefined;
    for (const [at, tier] of lower.entries()) {
      const entry = await this.#guard.read(tier, category, key, () =>
        tier.read(category.name, key, wanted),
      );
      if (entry instanceof TierFailure) {
        missed = { success: false, source: 'none', error: entry.error, reason: 'error' };
        continue;
      }
      if (typeof entry === 'string') {
        if (missed.reason === 'absent') missed = { ...missed, reason: entry };
        continue;
      }
      const isStale = stale && entry.expiresAt <= this.#clock.now();
      if (isStale && entry.expiresAt <= laterThan) {
        if (missed.reason === 'absent') missed = { ...missed, reason: 'expired' };
        continue;
      }
      if (isStale && old !== undefined) continue;
      if (fence.stands(entry.tags)) {
        if (tiers.memory) this.#writes.toMemory(category, key, entry);
        for (const [place, above] of lower.slice(0, isStale ? 0 : at).entries()) {
          void this.#writes.keepBelow(above, category, key, entry, moment[place]);
        }
      }
      const { value, tags, createdAt: bornAt = 0 } = entry;
      const expiresAt = entry.expiresAt === Infinity ? undefined : entry.expiresAt;
      const hit = { success: true, value, source: tier.name, stale: isStale, expiresAt } as const;
      if (!isStale) return { hit, tags, bornAt };
      old = { hit, tags, bornAt };
    }
    return old ?? missed;
  }

  /** What a tier below memory has, fresh or stale, or why nothing; neither a use of it nor promoted. */
  async peek(
    category: Category,
    key: string,
    tier: LowerTier,
  ): Promise<CacheEntry | MissReason | Error> {
    const entry = await this.#guard.read(tier, category, key, () =>
      tier.read(category.name, key, { peek: true, stale: true }),
    );
    return entry instanceof TierFailure ? entry.error : entry;
  }

  /** Whether a tier below memory has a fresh entry, which expires later than that moment. */
  async has(
    category: Category,
    key: string,
    tiers: TierSelection,
    laterThan = -Infinity,
  ): Promise<boolean> {
    for (const tier of tiers.lower) {
      const entry = await this.#guard.read(tier, category, key, () =>
        tier.read(category.name, key, { peek: true }),
      );
      if (typeof entry === 'string' || entry instanceof TierFailure) continue;
      if (entry.expiresAt > laterThan) return true;
    }
    return false;
  }
}
