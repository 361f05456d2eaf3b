export const NO_TAGS: readonly string[] = [];

/**
 * Which slots carry which tag, both ways. Only tagged entries cost anything, and a tag that no entry
 * carries is forgotten.
 */
export class TagIndex {
  readonly #slots = new Map<string, Set<number>>();
  readonly #tags = new Map<number, readonly string[]>();

  add(slot: number, tags: readonly string[]): void {
    if (tags.length === 0) return;
    this.#tags.set(slot, tags);
    for (const tag of tags) {
      const slots = this.#slots.get(tag);
      if (slots === undefined) this.#slots.set(tag, new Set([slot]));
      else slots.add(slot);
    }
  }

  remove(slot: number): void {
    if (this.#tags.size === 0) return;
    const tags = this.#tags.get(slot);
    if (tags === undefined) return;
    this.#tags.delete(slot);
    for (const tag of tags) {
      const slots = this.#slots.get(tag);
      if (slots?.delete(slot) && slots.size === 0) this.#slots.delete(tag);
    }
  }

  tagsOf(slot: number): readonly string[] {
    return this.#tags.get(slot) ?? NO_TAGS;
  }

  /** The slots that carry the tag now; the set changes as entries come and go. */
  slotsOf(tag: string): ReadonlySet<number> | undefined {
    return this.#slots.get(tag);
  }

  clear(): void {
    this.#slots.clear();
    this.#tags.clear();
  }
}
