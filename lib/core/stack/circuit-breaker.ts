import type { TierPatience } from './tier-patience.js';

/**
 * Leaves a tier alone that was given up several times in a row. After a pause one operation tries it:
 * if it comes to an end the others follow, else there is another pause.
 */
export class CircuitBreaker {
  readonly #patience: TierPatience;
  #failures = 0;
  #closedAgain: number | undefined;
  #probing = false;
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
    return this.#closedAgain === undefined || (!this.#probing && this.#now() >= this.#closedAgain);
  }

  /** Whether the operation may start. Of an open breaker it is the one that tries the tier: it must say how it ended. */
  enter(): boolean {
    if (!this.lets) return false;
    this.#probing = this.isOpen;
    return true;
  }

  /** The tier has answered. */
  answered(): void {
    this.#failures = 0;
    if (this.#closedAgain === undefined) return;
    this.#closedAgain = undefined;
    this.#probing = false;
    this.#cause = undefined;
  }

  /** What was begun came to nothing before the tier was asked. */
  unasked(): void {
    this.#probing = false;
  }

  /** @returns whether it has just opened */
  failed(error: Error): boolean {
    this.#failures++;
    this.#probing = false;
    if (this.#failures < this.#patience.failures) return false;
    const opens = this.#closedAgain === undefined;
    this.#closedAgain = this.#now() + this.#patience.pauseMs;
    this.#cause = error;
    return opens;
  }

  #now(): number {
    return this.#patience.clock?.now() ?? performance.now();
  }
}
