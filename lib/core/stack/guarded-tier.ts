import { CircuitBreaker } from './circuit-breaker.js';
import type { LowerTier } from './lower-tier.js';
import { OperationDeadlines } from './operation-deadlines.js';
import { OwedRemovals } from './owed-removals.js';
import type { Removal } from './removal.js';
import { ENDLESS } from './tier-patience.js';

/** What the guard keeps of a tier. */
export class GuardedTier {
  readonly tier: LowerTier;
  readonly deadlines: OperationDeadlines;
  readonly breaker: CircuitBreaker;
  readonly owed = new OwedRemovals();
  readonly timeoutMs: number;
  /** How often it has come to work again: what was begun before the last time fails for what is over. */
  recoveries = 0;

  constructor(tier: LowerTier) {
    const patience = tier.patience ?? ENDLESS;
    this.tier = tier;
    this.timeoutMs = patience.timeoutMs;
    this.deadlines = new OperationDeadlines(patience);
    this.breaker = new CircuitBreaker(patience);
  }

  /** What is removed is not taken from the tier any more, whether or not the tier can be told. */
  fence(removal: Removal): void {
    if (this.tier.fence === undefined) this.owed.add(removal);
    else this.tier.fence(removal);
  }

  /** Tells the tier what it could not be told before. */
  async pay(): Promise<void> {
    await Promise.all(this.owed.pay().map((removal) => this.remove(removal)));
  }

  async remove(removal: Removal): Promise<number> {
    switch (removal.type) {
      case 'keys':
        return this.tier.delete(removal.category, removal.keys);
      case 'category':
        await this.tier.clear(removal.category);
        return 0;
      default:
        await this.tier.invalidateTags(removal.tags);
        return 0;
    }
  }
}
