/** Whatever has a time of last use. */
interface Used {
  readonly usedAt: number;
}

/**
 * A binary heap with the one that was used longest ago first. Those that have gone meanwhile are left in it
 * until they come first, or are most of it: the owner says which these are.
 */
export class OldestFirst<T extends Used> {
  readonly #has: (item: T) => boolean;
  #items: T[] = [];

  /** @param has whether an item is there still */
  constructor(has: (item: T) => boolean) {
    this.#has = has;
  }

  /** @param count how many are there, with this one */
  push(item: T, count: number): void {
    if (this.#items.length > 2 * count + 64) this.#clean();
    this.#items.push(item);
    this.#rise(this.#items.length - 1);
  }

  first(): T | undefined {
    for (let first = this.#items[0]; first !== undefined; first = this.#items[0]) {
      if (this.#has(first)) return first;
      this.#removeFirst();
    }
    return undefined;
  }

  #removeFirst(): void {
    const last = this.#items.pop()!;
    if (this.#items.length === 0) return;
    this.#items[0] = last;
    this.#sink(0);
  }

  #clean(): void {
    this.#items = this.#items.filter((item) => this.#has(item));
    for (let at = (this.#items.length >>> 1) - 1; at >= 0; at--) this.#sink(at);
  }

  #rise(from: number): void {
    const items = this.#items;
    const item = items[from]!;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >>> 1;
      if (items[above]!.usedAt <= item.usedAt) break;
      items[at] = items[above]!;
      at = above;
    }
    items[at] = item;
  }

  #sink(from: number): void {
    const items = this.#items;
    const item = items[from]!;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= items.length) break;
      if (below + 1 < items.length && items[below + 1]!.usedAt < items[below]!.usedAt) below++;
      if (items[below]!.usedAt >= item.usedAt) break;
      items[at] = items[below]!;
      at = below;
    }
    items[at] = item;
  }
}
