export const NO_TAGS: readonly string[] = [];

/**
 * Which slots carry which tag, both ways. Only tagged entries cost anything, and a tag that no entry
 * carries is forgotten.
 */
export class TagIndex {
  private readonly slots = new Map<string, Set<number>>();
  private readonly tags = new Map<number, readonly string[]>();
  /** Numbers the passes under way downwards, from below all slots. */
  private lastEnd = 0;

  /** Slots that carry tags. */
  get size(): number {
    return this.tags.size;
  }

  add(slot: number, tags: readonly string[]): void {
    if (tags.length === 0) return;
    this.tags.set(slot, tags);
    for (const tag of tags) {
      const slots = this.slots.get(tag);
      if (slots === undefined) this.slots.set(tag, new Set([slot]));
      else slots.add(slot);
    }
  }

  remove(slot: number): void {
    const tags = this.tags.get(slot);
    if (tags === undefined) return;
    this.tags.delete(slot);
    for (const tag of tags) {
      const slots = this.slots.get(tag);
      if (slots !== undefined) this.takeOut(slot, tag, slots);
    }
  }

  tagsOf(slot: number): readonly string[] {
    return this.tags.get(slot) ?? NO_TAGS;
  }

  /**
   * The slots that carry the tag now, one after the other, whatever comes and goes in between: not those that
   * come to carry it later, or are written anew.
   */
  *slotsOf(tag: string): Generator<number> {
    const slots = this.slots.get(tag);
    if (slots === undefined) return;
    // Stands where the set ends now: what comes later stands behind it. It is no slot, as slots are not negative.
    const end = --this.lastEnd;
    slots.add(end);
    try {
      for (const slot of slots) {
        if (slot === end) return;
        if (slot >= 0) yield slot;
        // Everything was cleared meanwhile, and slots may be others' now.
        if (this.slots.get(tag) !== slots) return;
      }
    } finally {
      this.takeOut(end, tag, slots);
    }
  }

  clear(): void {
    this.slots.clear();
    this.tags.clear();
  }

  private takeOut(slot: number, tag: string, slots: Set<number>): void {
    slots.delete(slot);
    if (slots.size === 0 && this.slots.get(tag) === slots) this.slots.delete(tag);
  }
}
