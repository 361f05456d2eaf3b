import type { RemovalCause } from '../../model/removal-cause.js';
import type { IndexedEntry } from './index/file-index.js';
import type { StoredFiles } from './stored-files.js';

/** Files in hand at once. */
const AT_ONCE = 4;

interface Batch {
  readonly entries: Iterator<IndexedEntry>;
  readonly cause: RemovalCause;
  /** Ended by this process, which tells of each; what others have ended it tells of where it removes the file. */
  readonly isOwn: boolean;
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

  /** What is over, for whatever reason; it is told of if its file is found. */
  add(entries: Iterable<IndexedEntry>, cause: RemovalCause): void {
    this.#add({ entries: entries[Symbol.iterator](), cause, isOwn: false });
  }

  /** What this process has just ended, by a way out of the index on which it can be seen; each is told of. */
  addEnded(entries: Iterable<IndexedEntry>, cause: RemovalCause): void {
    this.#add({ entries: entries[Symbol.iterator](), cause, isOwn: true });
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

  #add(batch: Batch): void {
    this.#batches.push(batch);
    this.#working ??= this.#work();
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
      const { entry, batch } = next;
      if (batch.isOwn) this.#files.ended.add(entry.name);
      // What cannot be removed now is dead all the same, and is found, and told of, by the next scan.
      const gone = await this.#files.unlinkOver(entry).catch(() => undefined);
      this.#files.ended.delete(entry.name);
      if (gone === true || (gone === false && batch.isOwn)) {
        this.#files.removed(entry.category, entry.key, batch.cause);
      }
    }
  }

  #next(): { entry: IndexedEntry; batch: Batch } | undefined {
    for (let batch = this.#batches[0]; batch !== undefined; batch = this.#batches[0]) {
      const { value, done } = batch.entries.next();
      if (done !== true && !this.#stopped) return { entry: value, batch };
      this.#batches.shift();
    }
    return undefined;
  }
}
