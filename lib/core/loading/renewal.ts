import type { Factory } from '../model/options.js';
import { closedMeanwhile } from '../primitives/errors.js';
import type { Fence } from '../stack/fences.js';
import type { BackgroundRun, BackgroundTask } from './background-work.js';
import type { Flight, OldValue } from './flight.js';
import type { Load } from './load.js';
import type { LoadParts, TakeOff } from './load-parts.js';
import type { LoadPlan } from './load-plan.js';

/** Why a value is loaded that nobody waits for. */
export type RenewalReason = 'revalidate' | 'refreshAhead';

/** One load that nobody waits for. It may have to wait for its turn, and be overtaken before and after. */
export class Renewal implements BackgroundTask {
  readonly #reason: RenewalReason;
  readonly #load: Load;
  readonly #old: OldValue;
  readonly #parts: LoadParts;
  readonly #takeOff: TakeOff;
  readonly #fence: Fence;
  #flight: Flight | undefined;

  constructor(
    reason: RenewalReason,
    load: Load,
    old: OldValue,
    parts: LoadParts,
    takeOff: TakeOff,
  ) {
    this.#reason = reason;
    this.#load = load;
    this.#old = old;
    this.#parts = parts;
    this.#takeOff = takeOff;
    this.#fence = load.category.fences.open(load.key);
  }

  get isCurrent(): boolean {
    return this.#flight === undefined ? this.#isOldLeft : this.#flight.isCurrent;
  }

  begin(): BackgroundRun | undefined {
    const { category, key } = this.#load;
    const isNeeded = this.#isOldLeft && this.#parts.flights.joinable(category, key) === undefined;
    this.#fence.close();
    return isNeeded ? this.#run() : undefined;
  }

  drop(): void {
    this.#fence.close();
  }

  /** Neither removed nor replaced since. */
  get #isOldLeft(): boolean {
    const { tags, standing } = this.#old;
    return this.#fence.stands(tags) && standing?.(tags) !== false;
  }

  #run(): BackgroundRun {
    const { category, key, factory, renewal: own = factory } = this.#load;
    const { stale, clock } = this.#parts;
    const { signal: _signal, ...plan } = this.#load.plan;
    let quiet: Promise<unknown> = Promise.resolve();
    const watched: Factory<unknown> = (context) => {
      // Once: what is no promise, but has a `then`, may run its query each time that is called.
      const answer = Promise.resolve(own(context));
      quiet = answer.catch(() => {});
      return answer;
    };
    const renewing: LoadPlan = { ...plan, forceRefresh: this.#reason === 'refreshAhead' };
    const load = { category, key, factory: watched, plan: renewing };
    const flight = this.#takeOff(load, { background: true, old: this.#old });
    this.#flight = flight;
    const ended = flight.landed.then(({ outcome }) => {
      if (!outcome.ok) stale.pauses.begin(category, key, clock.now());
    });
    return {
      ended,
      quiet: () => ended.then(() => quiet),
      abort: () => flight.leaveToCallers(closedMeanwhile()),
    };
  }
}
