/** A set of slots: a bit each. */
export class SlotSet {
  #words = new Uint32Array(0);

  add(slot: number): void {
    const word = slot >>> 5;
    if (word >= this.#words.length) {
      const words = new Uint32Array(Math.max(word + 1, this.#words.length * 2));
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[word]! |= 1 << (slot & 31);
  }

  /** True if it was in. */
  delete(slot: number): boolean {
    if (!this.has(slot)) return false;
    this.#words[slot >>> 5]! &= ~(1 << (slot & 31));
    return true;
  }

  has(slot: number): boolean {
    return ((this.#words[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0;
  }

  /** Calls for those in a stretch of the slots. Returns where the next stretch begins; -1 after the last. */
  each(from: number, slots: number, call: (slot: number) => void): number {
    const end = Math.min((from + slots) >>> 5, this.#words.length);
    for (let word = from >>> 5; word < end; word++) {
      for (let bits = this.#words[word]!; bits !== 0; bits &= bits - 1) {
        call((word << 5) | (31 - Math.clz32(bits & -bits)));
      }
    }
    return end === this.#words.length ? -1 : end << 5;
  }

  clear(): void {
    this.#words.fill(0);
  }
}
