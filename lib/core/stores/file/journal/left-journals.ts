import type { JournalFile } from './journal-file.js';
import type { Mark } from './invalidation.js';

/** Far above the volumes that anybody takes away and mounts again while a process runs. */
const MOST_REPLACED = 10_000;

/**
 * The journals whose files this process has left. One that was left for another does not have what was
 * invalidated since, and may still come back: a volume that is mounted again, a folder put back from a copy.
 */
export class LeftJournals {
  /** How far which one had been read when it was left. */
  #last: Mark | undefined;
  /** Ids of those that another one was opened after, the longest ago first. */
  readonly #replaced = new Set<string>();

  left({ id, position }: JournalFile): void {
    if (id !== '') this.#last = { journal: id, position };
  }

  /** Whether a file that is opened may lack invalidations that this process knew of. */
  mayLack({ id, end }: JournalFile): boolean {
    const last = this.#last;
    if (last === undefined || id === '') return false;
    // Less of a journal than was read of it before: it was cut off, or put back from a copy.
    if (last.journal === id) return end < last.position || this.#replaced.has(id);
    this.#replaced.delete(last.journal);
    this.#replaced.add(last.journal);
    if (this.#replaced.size > MOST_REPLACED) this.#forgetOldest();
    return this.#replaced.has(id);
  }

  #forgetOldest(): void {
    const [oldest] = this.#replaced;
    this.#replaced.delete(oldest!);
  }
}
