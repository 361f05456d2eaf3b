import type { CacheSource } from '../model/cache-result.js';
import type { ResolvedCategoryOptions } from '../model/resolved-options.js';
import type { MemoryStore } from '../stores/memory/memory-store.js';
import type { Fences } from './fences.js';
import type { LowerTier } from './lower-tier.js';

/** The tiers that a call goes through, nearest first. */
export interface TierSelection {
  readonly memory: boolean;
  readonly lower: readonly LowerTier[];
}

/** Everything the cache has of one category. */
export interface Category {
  readonly name: string;
  readonly options: ResolvedCategoryOptions;
  /** The tiers of a call that names none. */
  readonly tiers: TierSelection;
  /** Those, and what calls have named beside them: they may have entries, or get them from a load, of which nobody here knows yet. */
  readonly reached: Set<LowerTier>;
  readonly memory: MemoryStore;
  readonly fences: Fences;
}

/** Whether it is one of the tiers that a call goes through. */
export function goesThrough({ memory, lower }: TierSelection, source: CacheSource): boolean {
  return source === 'memory' ? memory : lower.some(({ name }) => name === source);
}
