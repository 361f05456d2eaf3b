import type { MissReason } from '../model/cache-result.js';
import type { RemovalCause } from '../model/removal-cause.js';
import { PROCESS_HASH } from '../primitives/key-hash.js';
import { DepartedKeys, type WhyGone } from '../stores/departed-keys.js';

/** Why entries of a tier below memory have gone, as far as this process has seen it, so that a miss can say it. */
export class Departures {
  readonly #entriesOf: (category: string) => number;
  readonly #byCategory = new Map<string, DepartedKeys>();

  /** @param entriesOf how many a category may hold */
  constructor(entriesOf: (category: string) => number) {
    this.#entriesOf = entriesOf;
  }

  note(category: string, key: string, cause: RemovalCause): void {
    const why = whyAfter(cause);
    if (why === 'deleted') return this.forget(category, key);
    let departed = this.#byCategory.get(category);
    if (departed === undefined) {
      this.#byCategory.set(category, (departed = new DepartedKeys(this.#entriesOf(category))));
    }
    departed.add(PROCESS_HASH.of(key), why);
  }

  /** Why it went does not matter any more: it is there again, or was deleted. */
  forget(category: string, key: string): void {
    this.#byCategory.get(category)?.forget(PROCESS_HASH.of(key));
  }

  /** Those of a category, or of all. */
  clear(category: string | undefined): void {
    if (category === undefined) this.#byCategory.clear();
    else this.#byCategory.delete(category);
  }

  reasonFor(category: string, key: string): MissReason {
    const departed = this.#byCategory.get(category);
    return departed === undefined ? 'absent' : departed.missReasonFor(PROCESS_HASH.of(key));
  }
}

function whyAfter(cause: RemovalCause): WhyGone {
  if (cause === 'replaced' || cause === 'oversized') return 'deleted';
  return cause;
}
