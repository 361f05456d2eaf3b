import type { Category } from '../stack/category.js';

/** How long a source that failed is left alone, while there is something stale to serve. */
export const FAILURE_PAUSE_MS = 1000;

/**
 * Which keys' sources have just failed. A key stays for the length of the pause, so there are no more
 * of them than failed in that time.
 */
export class FailurePauses {
  /** When each pause ends, in the order in which they began. */
  readonly #ends = new Map<Category, Map<string, number>>();

  begin(category: Category, key: string, now: number): void {
    let ends = this.#ends.get(category);
    if (ends === undefined) this.#ends.set(category, (ends = new Map()));
    for (const [other, end] of ends) {
      if (end > now && end <= now + FAILURE_PAUSE_MS) break;
      ends.delete(other);
    }
    ends.delete(key);
    ends.set(key, now + FAILURE_PAUSE_MS);
  }

  isOn(category: Category, key: string, now: number): boolean {
    return this.endOf(category, key, now) !== undefined;
  }

  /** When the pause ends that is on now. */
  endOf(category: Category, key: string, now: number): number | undefined {
    const end = this.#ends.get(category)?.get(key);
    // A clock that was set back does not make a pause longer.
    return end !== undefined && end > now && end <= now + FAILURE_PAUSE_MS ? end : undefined;
  }
}
