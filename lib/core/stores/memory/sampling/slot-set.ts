/** A set of slots: a bit each. */
export class SlotSet {
  private words = new Uint32Array(0);

  add(slot: number): void {
    const word = slot >>> 5;
    if (word >= this.words.length) {
      const words = new Uint32Array(Math.max(word + 1, this.words.length * 2));
      words.set(this.words);
      this.words = words;
    }
    this.words[word]! |= 1 << (slot & 31);
  }

  /** True if it was in. */
  delete(slot: number): boolean {
    if (!this.has(slot)) return false;
    this.words[slot >>> 5]! &= ~(1 << (slot & 31));
    return true;
  }

  has(slot: number): boolean {
    return ((this.words[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0;
  }

  clear(): void {
    this.words.fill(0);
  }
}
