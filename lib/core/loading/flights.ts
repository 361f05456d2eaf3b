import type { Category } from '../stack/category.js';
import type { Flight } from './flight.js';

/** The loads under way: the newest of each key. */
export class Flights {
  readonly #byCategory = new Map<Category, Map<string, Flight>>();

  /** Whether one of the key is under way, be it overtaken or not. */
  has(category: Category, key: string): boolean {
    return this.get(category, key) !== undefined;
  }

  /** The newest of the key, be it overtaken or not. */
  get(category: Category, key: string): Flight | undefined {
    return this.#byCategory.get(category)?.get(key);
  }

  /** The one that a caller who comes now may join. */
  joinable(category: Category, key: string): Flight | undefined {
    const flight = this.get(category, key);
    return flight?.joinable === true ? flight : undefined;
  }

  enter(category: Category, key: string, flight: Flight): void {
    let flights = this.#byCategory.get(category);
    if (flights === undefined) this.#byCategory.set(category, (flights = new Map()));
    flights.set(key, flight);
  }

  /** Unless a newer one has taken its place. */
  leave(category: Category, key: string, flight: Flight): void {
    const flights = this.#byCategory.get(category);
    if (flights?.get(key) === flight) flights.delete(key);
  }
}
