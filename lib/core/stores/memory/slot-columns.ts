const FIRST_SLOTS = 16;

/**
 * Where a memory store keeps its entries: columns indexed by slot. A slot is taken for an entry and
 * freed when it goes; freed ones are taken again first. Columns cost a third of what an object per
 * entry costs, and nothing to the garbage collector's marking.
 */
export class SlotColumns {
  readonly keys: string[] = [];
  readonly values: unknown[] = [];
  /** Epoch milliseconds; Infinity: never. */
  expiresAt = new Float64Array(0);
  /** Estimated bytes; empty unless the store is limited by bytes. */
  bytes = new Float64Array(0);
  readonly #weighed: boolean;
  readonly #free: number[] = [];
  #taken = 0;

  constructor(weighed: boolean) {
    this.#weighed = weighed;
  }

  get capacity(): number {
    return this.expiresAt.length;
  }

  /** Slots ever taken: every live one is below it. */
  get end(): number {
    return this.#taken;
  }

  /** True if the next `take` needs `grow` first. */
  get full(): boolean {
    return this.#free.length === 0 && this.#taken === this.expiresAt.length;
  }

  grow(): void {
    const capacity = Math.max(FIRST_SLOTS, this.expiresAt.length * 2);
    const expiresAt = new Float64Array(capacity);
    expiresAt.set(this.expiresAt);
    this.expiresAt = expiresAt;
    if (!this.#weighed) return;
    const bytes = new Float64Array(capacity);
    bytes.set(this.bytes);
    this.bytes = bytes;
  }

  take(key: string, value: unknown, expiresAt: number): number {
    const slot = this.#free.pop() ?? this.#taken++;
    this.keys[slot] = key;
    this.values[slot] = value;
    this.expiresAt[slot] = expiresAt;
    return slot;
  }

  free(slot: number): void {
    this.keys[slot] = '';
    this.values[slot] = undefined;
    if (this.#weighed) this.bytes[slot] = 0;
    this.#free.push(slot);
  }

  clear(): void {
    this.keys.length = this.values.length = this.#free.length = this.#taken = 0;
    this.bytes.fill(0);
  }
}
