import { setTimeout } from 'node:timers';
import type { FileLease, FileLeases } from './file-leases.js';

/** No entry has this name. */
const NAME = '0'.repeat(64);

/** Between two looks at whether it is this process's turn. */
const POLL_MS = 20;

/** Whoever waits longer than this leaves it to the next cleanup. */
const LONGEST_WAIT_MS = 10_000;

/**
 * One process at a time trims a folder. Each of several that begin at the same moment, as cleanups do at
 * the full hour, knows other times of use than the others, and would give up what they keep.
 */
export class TrimTurn {
  readonly #leases: FileLeases;

  constructor(leases: FileLeases) {
    this.#leases = leases;
  }

  /**
   * @param isOver nobody wants the turn any more
   * @returns what ends the turn; undefined: another has it, and for long
   */
  async take(isOver: () => boolean): Promise<Pick<FileLease, 'release'> | undefined> {
    const since = performance.now();
    while (!isOver()) {
      try {
        const lease = await this.#leases.take(NAME);
        if (lease !== undefined) return lease;
      } catch {
        // On a full disk no lease can be made, and trimming is what makes room.
        return { release: () => Promise.resolve() };
      }
      if (performance.now() - since > LONGEST_WAIT_MS) return undefined;
      await new Promise((resolve) => {
        setTimeout(resolve, POLL_MS);
      });
    }
    return undefined;
  }
}
