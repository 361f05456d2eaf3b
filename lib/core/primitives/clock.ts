import { setImmediate } from 'node:timers';

/** The time, as a value that can be replaced. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /**
   * Resolves when the clock has come as far as that instant. A clock that has it is what timeouts go
   * by; without it they take real time.
   */
  reached?(instant: number): Promise<void>;
}

export const systemClock: Clock = { now: () => Date.now() };

/** How far ahead of the last reading an expiry must lie to be believed without another one. */
const TRUSTED_AHEAD_MS = 1000;

/** Calls of `recent` in one turn of the event loop that each read the clock, and how many share a reading afterwards. */
const READ_BY_EACH = 64;
const SHARED_BY = 16;
/** What lasts shorter shares no reading: beside it a turn of the event loop may be long. */
const SHARED_FROM_MS = 60_000;

/**
 * The time that passes by itself, not a test's; undefined where it had been faked when this was loaded. The
 * immediate is of `node:timers` for the same reason: a faked one never comes, and the horizon would stay for good.
 */
const REAL_NOW = isNative(Date.now) ? Date.now : undefined;

function isNative(method: object): boolean {
  return Function.prototype.toString.call(method).includes('[native code]');
}

/**
 * A clock for the hot path. Reading the system's clock costs more than a whole look-up on some
 * virtual machines, so it is read at most once a turn of the event loop as long as nothing is
 * near its end: what expires after `horizon` is fresh, and only what expires before it asks `now()`.
 * The horizon falls back to Infinity (which trusts nothing) at the end of the turn, and always
 * stays there for a clock that is not the system's, and while a test has faked that.
 */
export class CoarseClock implements Clock {
  /** Expiries after this are in the future. One comparison on the hot path; `now()` otherwise. */
  horizon = Infinity;
  readonly reached?: (instant: number) => Promise<void>;
  private readonly source: Clock;
  /** The last reading. */
  private reading = -Infinity;
  /** Calls of `recent` in this turn; 0 wherever there is no horizon, so that nobody shares a reading there. */
  private recentCalls = 0;
  private readonly expireHorizon = (): void => {
    this.horizon = Infinity;
    this.recentCalls = 0;
  };

  constructor(source: Clock) {
    this.source = source;
    if (source.reached !== undefined) this.reached = (instant) => source.reached!(instant);
  }

  now(): number {
    const now = this.source.now();
    this.reading = now;
    if (this.source === systemClock && Date.now === REAL_NOW) {
      // A referenced immediate ends with this turn, so it never holds the process open.
      if (this.horizon === Infinity) setImmediate(this.expireHorizon);
      this.horizon = now + TRUSTED_AHEAD_MS;
    } else {
      this.horizon = Infinity;
      this.recentCalls = 0;
    }
    return now;
  }

  /**
   * The time from which something lasts so long, for one of many: a turn of the event loop that asks a hundred
   * times mostly does so within microseconds, so from the 65th on only every 16th call reads the clock. The
   * others are behind by no more than the turn lasts, which is small beside a minute; what lasts shorter always
   * reads it.
   */
  recent(lastsMs: number): number {
    // Whoever reads it, it is taken from there: as an answer in one of two ways it would be an object for V8.
    if (lastsMs < SHARED_FROM_MS || this.isReadNext()) this.now();
    return this.reading;
  }

  private isReadNext(): boolean {
    const calls = this.recentCalls + 1;
    this.recentCalls = calls;
    return calls <= READ_BY_EACH || calls % SHARED_BY === 0;
  }

  /** When the clock was read for a horizon, or now if it is none. */
  asOf(horizon: number): number {
    return horizon === Infinity ? this.now() : horizon - TRUSTED_AHEAD_MS;
  }
}
