/** A value with what a tier must know to keep it. */
export interface CacheEntry {
  readonly value: unknown;
  /** Epoch milliseconds; Infinity: never. */
  readonly expiresAt: number;
  readonly tags: readonly string[];
}
