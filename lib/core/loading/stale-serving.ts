import type { Clock } from '../primitives/clock.js';
import { goesThrough } from '../stack/category.js';
import { FailurePauses } from './failure-pauses.js';
import type { Flight, Landing, OldValue } from './flight.js';
import type { Load } from './load.js';
import { plannedMs, type LoadPlan } from './load-plan.js';
import type { LoadedValue, LoadOutcome } from './load-outcome.js';

/** What may be done at once with a value that may be past its time. */
export type Serving = 'fresh' | 'stale' | 'stale, and renew';

/** What may be served when: how old it may be, and whether its source has just failed. */
export class StaleServing {
  readonly pauses = new FailurePauses();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What a caller may have at once of a value; undefined if it must wait for a newer one. */
  of({ category, key, plan }: Load, expiresAt: number): Serving | undefined {
    const { staleness } = plan;
    const now = this.#clock.now();
    const age = now - expiresAt;
    if (age < 0) return 'fresh';
    if (this.pauses.isOn(category, key, now)) return age < staleness.keptMs ? 'stale' : undefined;
    return age < staleness.revalidateMs ? 'stale, and renew' : undefined;
  }

  /** What a flight is to replace, for a caller that need not wait for it. */
  meanwhile(flight: Flight, load: Load): LoadedValue | undefined {
    const old = flight.servableTo(load.plan.selection);
    if (old === undefined) return undefined;
    const serving = this.of(load, old.expiresAt);
    return serving && oldOutcome(old, this.#clock.now());
  }

  /** The outcome; of a failure something old, if that may be served instead. */
  answer({ category, key, plan }: Load, { outcome, old }: Landing): LoadOutcome {
    const { staleness, selection } = plan;
    if (outcome.ok || old === undefined || staleness.errorMs === 0) return outcome;
    if (!goesThrough(selection, old.source)) return outcome;
    const now = this.#clock.now();
    if (now >= old.expiresAt + staleness.errorMs) return outcome;
    this.pauses.begin(category, key, now);
    return oldOutcome(old, now, outcome.durationMs);
  }

  /** Whether a fresh value is so late in its life that it is to be renewed. */
  isLate(plan: LoadPlan, expiresAt: number, bornAt: number): boolean {
    if (plan.refreshAhead === undefined) return false;
    const lifetime = bornAt > 0 ? expiresAt - bornAt : plannedMs(plan);
    if (lifetime === 0) return false;
    return this.#clock.now() - (expiresAt - lifetime) >= plan.refreshAhead * lifetime;
  }
}

/** Something old as the outcome of a load. */
export function oldOutcome(
  { value, source, expiresAt }: OldValue,
  now: number,
  durationMs?: number,
): LoadedValue {
  return { ok: true, value, source, durationMs, expiresAt, stale: expiresAt <= now };
}
