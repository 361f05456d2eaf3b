import type { Removal } from './removal.js';

/** Names above which what is owed becomes a removal of everything. */
const MOST_NAMES = 10_000;

/** What a tier is still to remove, in as few names as say it. */
class Owed {
  #all = false;
  #names = 0;
  readonly #categories = new Set<string>();
  readonly #tags = new Set<string>();
  readonly #keys = new Map<string, Set<string>>();

  get isEmpty(): boolean {
    return !this.#all && this.#names === 0;
  }

  add(removal: Removal): void {
    if (this.#all) return;
    switch (removal.type) {
      case 'keys': {
        const { category } = removal;
        let keys = this.#keys.get(category);
        if (keys === undefined) this.#keys.set(category, (keys = new Set()));
        for (const key of removal.keys) this.#put(keys, key);
        break;
      }
      case 'tags':
        for (const tag of removal.tags) this.#put(this.#tags, tag);
        break;
      case 'category':
        if (removal.category === undefined) this.#all = true;
        else this.#put(this.#categories, removal.category);
    }
    if (this.#names > MOST_NAMES) this.#all = true;
  }

  concerns(category: string, key: string, tags: readonly string[]): boolean {
    return (
      this.#all ||
      this.#categories.has(category) ||
      this.#keys.get(category)?.has(key) === true ||
      tags.some((tag) => this.#tags.has(tag))
    );
  }

  removals(): Removal[] {
    if (this.#all) return [{ type: 'category', category: undefined }];
    const removals: Removal[] = [];
    for (const category of this.#categories) removals.push({ type: 'category', category });
    if (this.#tags.size > 0) removals.push({ type: 'tags', tags: [...this.#tags] });
    for (const [category, keys] of this.#keys) {
      removals.push({ type: 'keys', category, keys: [...keys] });
    }
    return removals;
  }

  #put(names: Set<string>, name: string): void {
    if (names.has(name)) return;
    names.add(name);
    this.#names++;
  }
}

/**
 * Removals that did not reach their tier. Until they have, what they concern is not taken from it: what
 * was invalidated while a tier was away is not served when it comes back.
 */
export class OwedRemovals {
  #owed = new Owed();
  /** Being paid; it still holds. */
  #paying: Owed | undefined;

  get isEmpty(): boolean {
    return this.#paying === undefined && this.#owed.isEmpty;
  }

  /** Whether there is something that nobody is paying yet, and nothing that somebody is. */
  get isDue(): boolean {
    return this.#paying === undefined && !this.#owed.isEmpty;
  }

  add(removal: Removal): void {
    this.#owed.add(removal);
  }

  concerns(category: string, key: string, tags: readonly string[]): boolean {
    return (
      this.#owed.concerns(category, key, tags) ||
      this.#paying?.concerns(category, key, tags) === true
    );
  }

  /** What is to be removed now; `paid` says whether it was. */
  pay(): Removal[] {
    this.#paying = this.#owed;
    this.#owed = new Owed();
    return this.#paying.removals();
  }

  paid(removed: boolean): void {
    const paying = this.#paying;
    this.#paying = undefined;
    if (!removed) for (const removal of paying!.removals()) this.#owed.add(removal);
  }
}
