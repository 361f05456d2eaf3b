import type { TierLease } from '../stack/lower-tier.js';
import type { Fence } from '../stack/fences.js';
import type { FoundBelow } from '../stack/stack-reads.js';
import { askFactory, startHardTimeout } from './factory-call.js';
import type { FactoryWishes } from './factory-wishes.js';
import type { Flight, Landing } from './flight.js';
import type { Load } from './load.js';
import type { LoadParts } from './load-parts.js';
import type { Kept } from './load-keeping.js';
import { failed, loaded, type LoadOutcome } from './load-outcome.js';
import { standingOf, type LoadStart } from './load-start.js';
import { endLease, takeTurn, type Turn } from './machine-lock.js';
import type { Renewals } from './renewals.js';

/**
 * What a flight does between its start and its landing:
 *
 *     read below memory -> take a turn among the machine's processes, if they share a lock -> run the factory
 *                       -> store the value if the fence still stands -> land
 *
 * Everything between the factory's answer and the end of the flight happens in one synchronous
 * stretch: there is no moment at which the value is neither in memory nor in flight.
 */
export class FlightRun {
  readonly #load: Load;
  readonly #flight: Flight;
  readonly #start: LoadStart;
  readonly #parts: LoadParts;
  readonly #renewals: Renewals;
  readonly #started = performance.now();
  /** Whether a tier below memory has something that this load may not be served. */
  #leftBelow = false;
  #left = false;

  /** @param flight which others may join by now: what its factory calls must find it */
  constructor(load: Load, flight: Flight, start: LoadStart, parts: LoadParts, renewals: Renewals) {
    this.#load = load;
    this.#flight = flight;
    this.#start = start;
    this.#parts = parts;
    this.#renewals = renewals;
  }

  begin(): void {
    void this.#fly().then(
      (landing) => this.#flight.land(landing),
      // What no part may throw: it ends those who wait, and not the process.
      (fault: unknown) => {
        this.#leave();
        this.#flight.land({ outcome: failed(fault, 0, 'none'), overtaken: false });
      },
    );
  }

  async #fly(): Promise<Landing> {
    const { category, key, plan } = this.#load;
    const { selection, staleness, forceRefresh } = plan;
    // All that ask in one go share one run.
    if (this.#flight.isAhead) await undefined;
    const lacksOld = staleness.keptMs > 0 && this.#flight.old === undefined;
    if (selection.lower.length > 0 && (!forceRefresh || lacksOld)) {
      const landing = await this.#lookBelow();
      if (landing !== undefined) return landing;
    }
    if (plan.lock !== 'machine') return this.#run(this.#start);
    const { start, below, lease } = await this.#turn();
    this.#flight.standing = standingOf(this.#parts.stack, category, key, selection, start);
    try {
      if (below !== undefined) return this.#landWith(below, start.fence);
      return await this.#run(start, lease);
    } finally {
      start.fence.close();
    }
  }

  /** What the tiers below memory have ends the flight if it may be served; else it is what is to be replaced. */
  async #lookBelow(): Promise<Landing | undefined> {
    const { category, key, plan } = this.#load;
    const { stack, stale: serving } = this.#parts;
    const flight = this.#flight;
    const { fence } = this.#start;
    // What memory has may have been replaced by another process.
    const wanted = { stale: plan.staleness.keptMs > 0, laterThan: flight.old?.expiresAt };
    const below = await stack.reads.find(category, key, plan.selection, fence, wanted);
    if (!('hit' in below)) {
      this.#leftBelow = below.reason !== 'absent';
      return undefined;
    }
    const { value, source, stale, expiresAt = Infinity } = below.hit;
    flight.old = { value, source, expiresAt, tags: below.tags, standing: flight.standing };
    // Nothing, if it was removed while it was read. Asked while the fence is open.
    const old = flight.present;
    if (plan.forceRefresh) return undefined;
    if (!stale) {
      const landing = this.#landWith(below, fence);
      if (old !== undefined && serving.isLate(plan, expiresAt, below.bornAt)) {
        this.#renewals.start('refreshAhead', this.#load, old);
      }
      return landing;
    }
    const atOnce = flight.background ? undefined : serving.of(this.#load, expiresAt);
    if (atOnce === undefined) return undefined;
    const landing = this.#landWith(below, fence);
    if (old !== undefined && atOnce === 'stale, and renew') {
      this.#renewals.start('revalidate', this.#load, old);
    }
    return landing;
  }

  /** Waits for the other processes of the machine, no longer than a factory may take. */
  async #turn(): Promise<Turn> {
    const { stack } = this.#parts;
    const cancel = startHardTimeout(this.#load, this.#flight, this.#parts);
    try {
      return await stack.track(takeTurn(stack, this.#load, this.#flight));
    } finally {
      cancel();
    }
  }

  async #run(start: LoadStart, lease?: TierLease): Promise<Landing> {
    const { category, key, plan } = this.#load;
    const { stack, counts, keeping } = this.#parts;
    const flight = this.#flight;
    const wishes: FactoryWishes = {};
    const asked = performance.now();
    let outcome: LoadOutcome;
    let kept: Kept | undefined;
    let ended: Promise<unknown> | undefined;
    const isWanted = !flight.aborted;
    const mayReplace = (): boolean =>
      flight.old !== undefined || this.#leftBelow || plan.forceRefresh;
    try {
      flight.throwIfAborted();
      flight.isAhead = false;
      const value = await askFactory(this.#load, flight, wishes, this.#parts);
      kept = keeping.store(this.#load, value, wishes, start, mayReplace);
      outcome = loaded(value, performance.now() - asked, kept.expiresAt);
    } catch (thrown) {
      outcome = failed(thrown, performance.now() - asked);
      if (wishes.failure?.endsOld === true && mayReplace()) {
        ended = keeping.end(this.#load, start.fence);
      }
    }
    const old = outcome.ok || wishes.failure !== undefined ? undefined : flight.servable;
    this.#leave();
    if (lease !== undefined) void stack.track(endLease(lease, kept?.written ?? ended));
    const { stored = false, overtaken = false } = kept ?? {};
    if (isWanted) counts.ran(category, key, outcome, stored);
    return { outcome: outcome.ok ? told(outcome, wishes, stored) : outcome, overtaken, old };
  }

  /** @param since taken before it was read */
  #landWith(below: FoundBelow, since: Fence): Landing {
    const overtaken = this.#parts.keeping.isOvertaken(below.tags, since);
    this.#leave();
    const { value, source, expiresAt, stale } = below.hit;
    const durationMs = performance.now() - this.#started;
    return { outcome: { ok: true, value, source, durationMs, expiresAt, stale }, overtaken };
  }

  /** Nobody can join the flight any more. */
  #leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#parts.flights.leave(this.#load.category, this.#load.key, this.#flight);
    // Those who wait are about to have the landing; whether it was invalidated is forgotten with the fence.
    this.#flight.old = undefined;
    this.#start.fence.close();
  }
}

/** The outcome, once the factory has been told what became of it. */
function told(outcome: LoadOutcome, { whenOver }: FactoryWishes, isKept: boolean): LoadOutcome {
  try {
    whenOver?.(isKept);
    return outcome;
  } catch (thrown) {
    return failed(thrown, 0);
  }
}
