import type { RemovalCause } from '../../model/removal-cause.js';
import type { IndexedEntry } from './index/file-index.js';
import type { StoredFiles } from './stored-files.js';

/** Files in hand at once. */
const AT_ONCE = 4;

interface Batch {
  readonly entries: Iterator<IndexedEntry>;
  readonly cause: RemovalCause;
}

/**
 * Removes in the background the files of entries that an invalidation has ended. They are dead
 * already, by the journal; this only gives their space back.
 */
export class DeadFiles {
  readonly #files: StoredFiles;
  readonly #batches: Batch[] = [];
  #working: Promise<void> | undefined;
  #stopped = false;

  constructor(files: StoredFiles) {
    this.#files = files;
  }

  add(entries: Iterable<IndexedEntry>, cause: RemovalCause): void {
    this.#batches.push({ entries: entries[Symbol.iterator](), cause });
    this.#working ??= this.#work();
  }

  /** Nothing is left to remove. */
  async gone(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  /** What is left stays on disk, and is found dead by whoever opens the folder next. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.gone();
  }

  async #work(): Promise<void> {
    try {
      // More may have come when the last worker ends.
      while (this.#batches.length > 0) {
        await Promise.all(Array.from({ length: AT_ONCE }, () => this.#workOn()));
      }
    } finally {
      this.#working = undefined;
    }
  }

  async #workOn(): Promise<void> {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const { entry, cause } = next;
      // What cannot be removed now is dead all the same, and is found by the next scan; what another
      // has found dead before is told of by him.
      const gone = await this.#files.unlinkOver(entry).catch(() => false);
      if (gone) this.#files.removed(entry.category, entry.key, cause);
    }
  }

  #next(): { entry: IndexedEntry; cause: RemovalCause } | undefined {
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      const { value, done } = batch.entries.next();
      if (done !== true && !this.#stopped) return { entry: value, cause: batch.cause };
      this.#batches.shift();
    }
    return undefined;
  }
}
