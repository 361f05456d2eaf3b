import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isOutOfHandles } from './file-errors.js';

/** Whether so many more files can be opened at once. */
export function hasHandles(count: number): boolean {
  const opened: number[] = [];
  try {
    while (opened.length < count) opened.push(openSync(devNull, 'r'));
    return true;
  } catch {
    return false;
  } finally {
    for (const handle of opened) closeSync(handle);
  }
}

/**
 * One handle kept back for operations that cannot wait for one. Those that can may have all the
 * others: whoever has many of them under way would else be refused what he asks for at once.
 */
export class HandleReserve {
  #handle: number | undefined;
  #isWanted = false;

  /** From now on one is kept back, as soon as there is one to be had. */
  take(): void {
    this.#isWanted = true;
    this.#refill();
  }

  give(): void {
    this.#isWanted = false;
    this.#release();
  }

  /** Does the work, which opens a file and closes it; once more with the kept handle where there is no other. */
  lend<T>(work: () => T): T {
    this.#refill();
    try {
      return work();
    } catch (error) {
      if (!isOutOfHandles(error) || this.#handle === undefined) throw error;
    }
    this.#release();
    try {
      return work();
    } finally {
      this.#refill();
    }
  }

  #refill(): void {
    if (!this.#isWanted || this.#handle !== undefined) return;
    try {
      this.#handle = openSync(devNull, 'r');
    } catch {
      // Somebody else was quicker: it is tried again before the next work.
    }
  }

  #release(): void {
    if (this.#handle !== undefined) closeSync(this.#handle);
    this.#handle = undefined;
  }
}
