import { TimeSlice } from '../../primitives/time-slice.js';
import type { DeadFiles } from './dead-files.js';
import type { IndexedEntry } from './index/file-index.js';
import type { Mark } from './journal/invalidation-journal.js';
import type { StoredFiles } from './stored-files.js';

/**
 * Takes out of the index what other processes have ended. They change nothing but the journal, and a read
 * learns from it without looking through the index; so somebody has to, when the journal has grown.
 */
export class EndedEntries {
  readonly #files: StoredFiles;
  readonly #dead: DeadFiles;
  /** How far the journal was known at the last look. */
  #looked: Mark | undefined;

  constructor(files: StoredFiles, dead: DeadFiles) {
    this.#files = files;
    this.#dead = dead;
  }

  /** Their files go afterwards, unless something newer is there. Never rejects. */
  async take(): Promise<void> {
    const { folder, index } = this.#files;
    const known = folder.known();
    const looked = this.#looked;
    if (known === undefined) return;
    if (looked?.journal === known.journal && looked.position === known.position) return;
    this.#looked = known;
    if (looked !== undefined && looked.journal !== known.journal) {
      // Positions of the journal before mean nothing in this one; what is of this one comes back.
      this.#dead.add(index.removeAll(), 'invalidated');
      return;
    }
    const slice = new TimeSlice();
    const { journal } = known;
    const isOver = (entry: IndexedEntry): boolean =>
      !this.#files.isLeaving(entry.name) && folder.isKnownDead(entry.name, { ...entry, journal });
    for (const { taken, seen } of index.takeWhere(isOver)) {
      if (taken.length > 0) this.#dead.add(taken, 'invalidated');
      if (slice.spent(seen)) await slice.rest();
    }
  }
}
