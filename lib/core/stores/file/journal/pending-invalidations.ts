import { shortName, type Invalidation, type Stamped } from './invalidation.js';

/** Names above which what is pending becomes one invalidation of everything. */
const MOST_NAMES = 100_000;

/**
 * Invalidations that are not in the journal yet. They concern every entry whatever its mark: while
 * there are any, no new mark is given out.
 */
export class PendingInvalidations {
  #size = 0;
  #all = false;
  readonly #categories = new Set<string>();
  readonly #tags = new Set<string>();
  readonly #names = new Set<string>();

  /** How many were added. */
  get size(): number {
    return this.#size;
  }

  add(invalidation: Invalidation): void {
    this.#size++;
    if (this.#all) return;
    switch (invalidation.type) {
      case 'tags':
        for (const tag of invalidation.tags) this.#tags.add(tag);
        break;
      case 'keys':
        for (const name of invalidation.names) this.#names.add(shortName(name));
        break;
      case 'category':
        this.#categories.add(invalidation.category);
        break;
      default:
        this.#becomeAll();
    }
    const names = this.#tags.size + this.#names.size + this.#categories.size;
    if (names > MOST_NAMES) this.#becomeAll();
  }

  concern(entry: Stamped): boolean {
    if (this.#size === 0) return false;
    return (
      this.#all ||
      this.#categories.has(entry.category) ||
      this.#names.has(shortName(entry.name)) ||
      entry.tags.some((tag) => this.#tags.has(tag))
    );
  }

  /** As few invalidations as say the same. */
  merged(): Invalidation[] {
    if (this.#all) return [{ type: 'all' }];
    const merged: Invalidation[] = [];
    for (const category of this.#categories) merged.push({ type: 'category', category });
    if (this.#tags.size > 0) merged.push({ type: 'tags', tags: [...this.#tags] });
    if (this.#names.size > 0) merged.push({ type: 'keys', names: [...this.#names] });
    return merged;
  }

  clear(): void {
    this.#size = 0;
    this.#all = false;
    this.#forgetNames();
  }

  #becomeAll(): void {
    this.#all = true;
    this.#forgetNames();
  }

  #forgetNames(): void {
    this.#categories.clear();
    this.#tags.clear();
    this.#names.clear();
  }
}
