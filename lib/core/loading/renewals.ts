import type { Category } from '../stack/category.js';
import { BackgroundWork } from './background-work.js';
import type { OldValue } from './flight.js';
import type { Load } from './load.js';
import type { LoadParts, TakeOff } from './load-parts.js';
import { Renewal, type RenewalReason } from './renewal.js';

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
    const renewal = (): Renewal => new Renewal(reason, load, old, this.#parts, this.#takeOff);
    this.#workOf(category).start(key, renewal);
  }

  /** Whether one of the key runs, or waits for its turn, that nothing has overtaken. */
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
}
