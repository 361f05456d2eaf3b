import type { MissCounts } from '../../../model/cache-advice.js';

/** What there was of late, of counts that only grow: every so often half of it is forgotten. */
export class RecentCounts {
  private hits = 0;
  private misses = noMisses();
  private until = { hits: 0, misses: noMisses() };

  /** @param hits and misses since the start */
  fade(hits: number, misses: Readonly<MissCounts>): void {
    const recent = this.of(hits, misses);
    this.hits = recent.hits / 2;
    for (const reason of REASONS) this.misses[reason] = recent.misses[reason] / 2;
    this.until = { hits, misses: { ...misses } };
  }

  of(hits: number, misses: Readonly<MissCounts>): { hits: number; misses: MissCounts } {
    const recent = noMisses();
    for (const reason of REASONS) {
      recent[reason] = this.misses[reason] + misses[reason] - this.until.misses[reason];
    }
    return { hits: this.hits + hits - this.until.hits, misses: recent };
  }
}

const REASONS = ['neverSeen', 'expired', 'evicted', 'invalidated', 'deleted'] as const;

export function noMisses(): MissCounts {
  return { neverSeen: 0, expired: 0, evicted: 0, invalidated: 0, deleted: 0 };
}
