/** When a value's load, or its `set`, began. */
export interface Birth {
  /** The invalidation journal in which `position` is one. */
  readonly journal?: string;
  /** Where the invalidation journal was. */
  readonly position: number;
  /** What the clock said: epoch milliseconds. */
  readonly bornAt: number;
  /** What the machine's `tick` was. Files of earlier versions have none. */
  readonly tick?: number | undefined;
}

/** The real ones, whatever somebody's test has faked. */
const { hrtime } = process;
const { now: clock } = Date;

/**
 * Milliseconds, with fractions, since some moment that is the same for all processes of the machine until it
 * is started again: nobody sets this clock.
 */
export function tick(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** What the system's clock says, and what nobody can set. */
export function presentTimes(): { readonly bornAt: number; readonly tick: number } {
  return { bornAt: clock(), tick: tick() };
}

/**
 * Whether what is there began after a load that ends now. The journal tells, if anything was invalidated in it in
 * between; otherwise one of two clocks is enough. Clocks are set back and forth, and ticks begin anew with each
 * boot, and in some sandboxes: what one of them puts between the load's beginning and now is taken for newer. If
 * that is wrong, this one load's value is not kept; nothing is newer than what begins later, whatever time it bears.
 */
export function isNewer(there: Birth, load: Birth, now = presentTimes()): boolean {
  if (there.journal === load.journal && there.position !== load.position) {
    return there.position > load.position;
  }
  return (
    isBetween(load.tick, there.tick, now.tick) || isBetween(load.bornAt, there.bornAt, now.bornAt)
  );
}

function isBetween(from = NaN, time = NaN, to = NaN): boolean {
  return from < time && time <= to;
}

/** Whether it is the same value's, of the same write. */
export function isSameBirth(there: Birth | undefined, birth: Birth): boolean {
  return there?.tick === birth.tick && there?.bornAt === birth.bornAt;
}
