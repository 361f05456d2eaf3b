import type { Clock } from '../primitives/clock.js';

/** How long a tier is waited for, and when it is left alone. */
export interface TierPatience {
  /** What one operation may take, milliseconds; Infinity: as long as it likes. */
  readonly timeoutMs: number;
  /** After so many operations in a row that were given up, the tier is left alone. */
  readonly failures: number;
  /** For how long, milliseconds; then one operation tries it. */
  readonly pauseMs: number;
  /** Whether one that fails by itself counts like one that was given up. What fails at once holds nobody up. */
  readonly countsFailures?: boolean;
  /** Whether operations wait for one another in the tier: the time of each begins when those before it are through. */
  readonly queues?: boolean;
  /** What `timeoutMs` and `pauseMs` go by. @default real time: a disk knows no other */
  readonly clock?: Clock;
}

export const ENDLESS: TierPatience = { timeoutMs: Infinity, failures: Infinity, pauseMs: 0 };
