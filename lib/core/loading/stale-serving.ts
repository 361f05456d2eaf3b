import type { Clock } from '../primitives/clock.js';
import { goesThrough } from '../stack/category.js';
import type { TierStack } from '../stack/tier-stack.js';
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
  readonly #stack: TierStack;

  constructor(clock: Clock, stack: TierStack) {
    this.#clock = clock;
    this.#stack = stack;
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
  meanwhile(flight: Flight, load: Load): OldValue | undefined {
    const old = flight.servableTo(load.plan.selection);
    return old !== undefined && this.of(load, old.expiresAt) !== undefined ? old : undefined;
  }

  /**
   * What there is by now in the place of something old, fresh or stale; undefined if there is nothing below memory. A load
   * beside this one may have brought it, or another process have set it, which shows in no other way.
   */
  async current({ category, key, plan }: Load, old: OldValue): Promise<OldValue | undefined> {
    if (old.source === 'memory') {
      const entry = category.memory.findStale(key);
      return entry === undefined ? old : { ...entry, source: 'memory' };
    }
    // Not to memory: a load is under way, whose value might be there before this. Nor counted: the load has asked already.
    const below = { ...plan.selection, memory: false };
    const found = await this.#stack.reads.read(category, key, below, { stale: true, peek: true });
    if (!found.success) return found.reason === 'error' ? old : undefined;
    const { value, source, expiresAt = Infinity } = found;
    return { value, source, expiresAt, tags: old.tags };
  }

  /** As `current`; what is old itself if there is nothing. */
  async latest(load: Load, old: OldValue): Promise<OldValue> {
    return (await this.current(load, old)) ?? old;
  }

  /** As `answer`, with what there is by now. */
  async currentAnswer(load: Load, landing: Landing): Promise<LoadOutcome> {
    const answer = this.answer(load, landing);
    const { outcome, old } = landing;
    if (old === undefined || answer === outcome) return answer;
    return this.answer(load, { ...landing, old: await this.latest(load, old) });
  }

  /** The outcome; of a failure something old, if that may be served instead. */
  answer({ category, key, plan }: Load, { outcome, old, goesOn }: Landing): LoadOutcome {
    const { staleness, selection } = plan;
    if (outcome.ok || old === undefined || staleness.errorMs === 0) return outcome;
    if (!goesThrough(selection, old.source)) return outcome;
    const now = this.#clock.now();
    if (now >= old.expiresAt + staleness.errorMs) return outcome;
    if (goesOn !== true) this.pauses.begin(category, key, now);
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
