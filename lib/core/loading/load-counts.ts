import type { CacheObserver } from '../model/cache-event.js';
import type { LoadStats } from '../model/cache-stats.js';
import { asError } from '../primitives/errors.js';
import type { Category } from '../stack/category.js';
import type { LoadOutcome } from './load-outcome.js';

/** Counts the loads of each category, and tells of them if someone listens. */
export class LoadCounts {
  readonly #stats = new Map<Category, LoadStats>();
  readonly #observer: CacheObserver;

  constructor(observer: CacheObserver) {
    this.#observer = observer;
  }

  of(category: Category): LoadStats {
    let stats = this.#stats.get(category);
    if (stats === undefined) {
      stats = { count: 0, failures: 0, coalesced: 0, totalMs: 0 };
      this.#stats.set(category, stats);
    }
    return stats;
  }

  /** A factory has run. */
  ran(category: Category, key: string, outcome: LoadOutcome, stored: boolean): void {
    const stats = this.of(category);
    const { durationMs = 0 } = outcome;
    stats.count++;
    stats.totalMs += durationMs;
    if (!outcome.ok) stats.failures++;
    if (!this.#observer.listening) return;
    const where = { category: category.name, key, durationMs };
    if (outcome.ok) this.#observer.emit({ type: 'load', ...where, stored });
    else this.#observer.emit({ type: 'loadFailed', ...where, error: asError(outcome.thrown) });
  }

  /** A call has joined a load under way. */
  joined(category: Category, key: string): void {
    this.of(category).coalesced++;
    if (!this.#observer.listening) return;
    this.#observer.emit({ type: 'coalesce', category: category.name, key });
  }
}
