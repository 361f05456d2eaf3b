import type { TierPatience } from './tier-patience.js';

/** By which an operation was let through: a number of its own for each that tries the tier. */
export type Admission = number;

/** Of all that start while the tier is not left alone, and of those that do not ask. */
export const USUAL: Admission = 0;

/**
 * Leaves a tier alone that was given up several times in a row. After a pause one operation tries it:
 * if it comes to an end the others follow, else there is another pause.
 */
export class CircuitBreaker {
  readonly #patience: TierPatience;
  #failures = 0;
  #closedAgain: number | undefined;
  /** The operation that tries the tier. */
  #probe: Admission | undefined;
  #probes = 0;
  #cause: Error | undefined;

  constructor(patience: TierPatience) {
    this.#patience = patience;
  }

  get isOpen(): boolean {
    return this.#closedAgain !== undefined;
  }

  /** What it opened for. */
  get cause(): Error | undefined {
    return this.#cause;
  }

  /** Whether the next operation would be let through. */
  get lets(): boolean {
    return (
      this.#closedAgain === undefined ||
      (this.#probe === undefined && this.#now() >= this.#closedAgain)
    );
  }

  /** Undefined if the operation may not start. Of an open breaker it is the one that tries the tier: it must say how it ended. */
  enter(): Admission | undefined {
    if (!this.lets) return undefined;
    return this.isOpen ? (this.#probe = ++this.#probes) : USUAL;
  }

  /**
   * The tier has answered.
   *
   * @returns whether it was left alone until now
   */
  answered(): boolean {
    this.#failures = 0;
    if (this.#closedAgain === undefined) return false;
    this.#closedAgain = undefined;
    this.#probe = undefined;
    this.#cause = undefined;
    return true;
  }

  /** What was begun says nothing of the tier as it is: it came to nothing before that was asked, or belongs to an earlier time. */
  unasked(admission: Admission): void {
    this.#ended(admission);
  }

  /** @returns whether it has just opened */
  failed(error: Error, admission: Admission): boolean {
    this.#failures++;
    this.#ended(admission);
    if (this.#failures < this.#patience.failures) return false;
    const opens = this.#closedAgain === undefined;
    this.#closedAgain = this.#now() + this.#patience.pauseMs;
    this.#cause = error;
    return opens;
  }

  /** Another that was begun before the tier was left alone, or in spite of it, says nothing of the one that tries it. */
  #ended(admission: Admission): void {
    if (admission === this.#probe) this.#probe = undefined;
  }

  #now(): number {
    return this.#patience.clock?.now() ?? performance.now();
  }
}
