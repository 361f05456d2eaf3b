import { closeSync, openSync } from 'node:fs';
import { devNull } from 'node:os';
import { isOutOfHandles } from './file-faults.js';

/**
 * One handle kept back for operations that cannot wait for one. Those that can may have all the
 * others: whoever has many of them under way would else be refused what he asks for at once.
 */
export class HandleReserve {
  #handle: number | undefined;

  /** Keeps one back, if there is one to be had. */
  take(): void {
    try {
      this.#handle ??= openSync(devNull, 'r');
    } catch {
      // The next operation that ends leaves one.
    }
  }

  give(): void {
    if (this.#handle === undefined) return;
    closeSync(this.#handle);
    this.#handle = undefined;
  }

  /** Does the work, which opens a file and closes it; once more with the kept handle where there is no other. */
  lend<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (!isOutOfHandles(error) || this.#handle === undefined) throw error;
    }
    this.give();
    try {
      return work();
    } finally {
      this.take();
    }
  }
}
