/** What the second process measured, once it has told everything. */
export interface Measured {
  /** Milliseconds a read from file. */
  readMs: number;
  /** Of the file tier, 0 to 1. */
  hitRate: number;
}

/** What it sends to the first, a message each. */
export type Told = { say: string } | { claim: string; holds: boolean } | Measured;
