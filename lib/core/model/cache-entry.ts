/** A value with what a tier must know to keep it. */
export interface CacheEntry {
  readonly value: unknown;
  /** Epoch milliseconds; Infinity: never. */
  readonly expiresAt: number;
  readonly tags: readonly string[];
  /** Until when a load may serve it stale, epoch milliseconds. @default `expiresAt` */
  readonly staleUntil?: number;
  /** When it was made, epoch milliseconds, where that is known. */
  readonly createdAt?: number;
}

/** When an entry is of no use to anybody any more. */
export function endOf({ expiresAt, staleUntil = expiresAt }: CacheEntry): number {
  return staleUntil;
}
