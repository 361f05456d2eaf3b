/**
 * What became of a write. `refused`: the policy holds every other entry to be worth more. `oversized`:
 * the entry is by itself over the limit in bytes. In both cases the key is not there.
 */
export type PutOutcome = 'stored' | 'refused' | 'oversized';

/** An entry that may be past its time. */
export interface StaleEntry {
  readonly value: unknown;
  /** Epoch milliseconds; Infinity: never. */
  readonly expiresAt: number;
  /** Epoch milliseconds; 0 if that is not known. */
  readonly bornAt: number;
  readonly tags: readonly string[];
}

/** An entry as it stands, for someone who only looks. */
export interface PeekedEntry extends StaleEntry {
  /** Until when it may be served stale, epoch milliseconds. */
  readonly staleUntil: number;
  /** As estimated. */
  readonly bytes: number;
}
