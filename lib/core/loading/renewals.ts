import type { Factory } from '../model/options.js';
import { closedMeanwhile } from '../primitives/errors.js';
import type { Category } from '../stack/category.js';
import { BackgroundWork, type BackgroundRun } from './background-work.js';
import type { OldValue } from './flight.js';
import type { Load } from './load.js';
import type { LoadParts, TakeOff } from './load-parts.js';
import type { LoadPlan } from './load-plan.js';

/** Why a value is loaded that nobody waits for. */
type RenewalReason = 'revalidate' | 'refreshAhead';

/** Loads that nobody waits for: flights like any other, begun through the door of background work. */
export class Renewals {
  readonly #background = new Map<Category, BackgroundWork>();
  readonly #parts: LoadParts;
  readonly #takeOff: TakeOff;
  #closed = false;

  constructor(parts: LoadParts, takeOff: TakeOff) {
    this.#parts = parts;
    this.#takeOff = takeOff;
  }

  /**
   * Loads a key once more, unless it is being loaded or has just failed.
   *
   * @param old what is to be replaced, and may be handed out until then: no removal has ended it
   */
  start(reason: RenewalReason, load: Load, old: OldValue): void {
    const { category, key } = load;
    const { flights, stale, clock } = this.#parts;
    if (this.#closed || flights.joinable(category, key) !== undefined) return;
    if (stale.pauses.isOn(category, key, clock.now())) return;
    // It may have to wait for its turn, and be needless by then: there is something newer, or nothing to be replaced.
    const fence = category.fences.open(key);
    const isBegun = this.#workOf(category).start(key, () => {
      const isLeft = fence.stands(old.tags) && old.standing?.(old.tags) !== false;
      fence.close();
      if (!isLeft || flights.joinable(category, key) !== undefined) return undefined;
      return this.#run(reason, load, old);
    });
    if (!isBegun) fence.close();
  }

  /** Whether one of the key runs, or waits for its turn. */
  has(category: Category, key: string): boolean {
    return this.#background.get(category)?.has(key) === true;
  }

  /** Ends what runs. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(Array.from(this.#background.values(), (work) => work.close()));
  }

  #workOf(category: Category): BackgroundWork {
    let work = this.#background.get(category);
    if (work === undefined) {
      this.#background.set(category, (work = new BackgroundWork(this.#parts.clock)));
    }
    return work;
  }

  #run(reason: RenewalReason, load: Load, old: OldValue): BackgroundRun {
    const { category, key, factory, renewal: own = factory } = load;
    const { stale, clock } = this.#parts;
    const { signal: _signal, ...plan } = load.plan;
    let quiet: Promise<unknown> = Promise.resolve();
    const watched: Factory<unknown> = (context) => {
      const answer = own(context);
      quiet = Promise.resolve(answer).catch(() => {});
      return answer;
    };
    const renewing: LoadPlan = { ...plan, forceRefresh: reason === 'refreshAhead' };
    const renewal = { category, key, factory: watched, plan: renewing };
    const flight = this.#takeOff(renewal, { background: true, old });
    const ended = flight.landed.then(({ outcome }) => {
      if (!outcome.ok) stale.pauses.begin(category, key, clock.now());
    });
    return {
      ended,
      quiet: () => ended.then(() => quiet),
      abort: () => flight.abort(closedMeanwhile()),
    };
  }
}
