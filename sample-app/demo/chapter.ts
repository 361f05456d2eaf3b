import type { Teller } from './teller.js';

/** A row of the table at the end. Measured, printed, and never part of a claim. */
export interface Measure {
  what: string;
  /** Milliseconds without a cached value. */
  coldMs?: number;
  /** Milliseconds with one. */
  warmMs?: number;
  /** 0 to 1, as the cache's statistics gave it when the chapter had done its work. */
  hitRate: number;
}

export interface Chapter {
  title: string;
  /** @param folder one of its own, not made yet, that goes at the end */
  tell(teller: Teller, folder: string): Promise<Measure>;
}
