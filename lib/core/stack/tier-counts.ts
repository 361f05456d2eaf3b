import { hitRateOf, type TierStats } from '../model/cache-stats.js';
import type { RemovalCause } from '../model/removal-cause.js';

type Counts = Omit<TierStats, 'hitRate' | 'entries' | 'bytes'>;

/** What one tier did, by category. */
export class TierCounts {
  readonly #byCategory = new Map<string, Counts>();

  of(category: string): Counts {
    let counts = this.#byCategory.get(category);
    if (counts === undefined) {
      counts = {
        hits: 0,
        misses: 0,
        sets: 0,
        deletes: 0,
        evictions: 0,
        expirations: 0,
        errors: 0,
      };
      this.#byCategory.set(category, counts);
    }
    return counts;
  }

  removed(category: string, cause: RemovalCause): void {
    const counts = this.of(category);
    if (cause === 'expired') counts.expirations++;
    else if (cause === 'evicted' || cause === 'oversized') counts.evictions++;
    else if (cause !== 'replaced') counts.deletes++;
  }

  categories(): Iterable<string> {
    return this.#byCategory.keys();
  }

  stats(category: string, entries: number, bytes: number): TierStats {
    const counts = this.of(category);
    return { ...counts, hitRate: hitRateOf(counts), entries, bytes };
  }
}
