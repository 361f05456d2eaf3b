import type { Narrator } from './narrator.js';

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
  tell(narrator: Narrator): Promise<Measure>;
}
