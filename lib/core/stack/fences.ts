import type { OpenWork, TagEpochs } from './tag-epochs.js';

/** What one key has seen while fences are open on it. */
interface KeyEpoch {
  /** Goes up with each write. */
  epoch: number;
  /** Goes up with each load that is to win over what is under way: it began beside that, or has stored its value. */
  newer: number;
  /** Writes under way that have not reached every tier. */
  writers: number;
  /** Fences open on the key. */
  fences: number;
}

/**
 * Taken when a load or a read below memory begins, and asked before its answer is stored: a `set`,
 * `delete`, `clear` or `invalidateTags` in between has broken it, and the answer is older than the
 * write.
 */
export interface Fence extends OpenWork {
  /** Whether a caller that comes now may share the answer: nothing was written since the start. */
  joinable(tags: readonly string[]): boolean;
  /** Whether the answer may be stored: beside that no newer load has begun or stored, and no write is under way. */
  stands(tags: readonly string[]): boolean;
  /** The work is over. */
  close(): void;
}

/**
 * The fences of one category. Epochs are kept only for keys on which a fence is open or a write is
 * under way, so they cost nothing at rest. A category has an epoch of its own for `clear`.
 */
export class Fences {
  readonly #keys = new Map<string, KeyEpoch>();
  /** Keys with epochs of their own: with none there is nothing to break. A field, which costs a write less than a look into the map. */
  keys = 0;
  readonly #tags: TagEpochs;
  #epoch = 0;
  #clears = 0;

  constructor(tags: TagEpochs) {
    this.#tags = tags;
  }

  open(key: string): Fence {
    const entry = this.#enter(key);
    entry.fences++;
    const { epoch, newer } = entry;
    const categoryEpoch = this.#epoch;
    const startedAt = this.#tags.now;
    const tagsEpochs = this.#tags;
    const fence: Fence = {
      startedAt,
      joinable: (tags) =>
        entry.epoch === epoch &&
        this.#epoch === categoryEpoch &&
        tagsEpochs.lastInvalidation(tags) <= startedAt,
      stands: (tags) =>
        entry.writers === 0 &&
        entry.newer === newer &&
        this.#clears === 0 &&
        !tagsEpochs.isHeld(tags) &&
        fence.joinable(tags),
      close: () => {
        entry.fences--;
        this.#leave(key, entry);
        tagsEpochs.close(fence);
      },
    };
    tagsEpochs.open(fence);
    return fence;
  }

  /** A write to the key has taken effect at once in every tier. */
  breakKey(key: string): void {
    if (this.keys === 0) return;
    const entry = this.#keys.get(key);
    if (entry !== undefined) entry.epoch++;
  }

  /** A load of the key wins over what is under way, which may not be stored over it: nothing was written. */
  supersede(key: string): void {
    const entry = this.#keys.get(key);
    if (entry !== undefined) entry.newer++;
  }

  /** A write to the key begins; the returned function says that it has reached every tier. */
  holdKey(key: string): () => void {
    const entry = this.#enter(key);
    entry.epoch++;
    entry.writers++;
    return () => {
      entry.epoch++;
      entry.writers--;
      this.#leave(key, entry);
    };
  }

  breakAll(): void {
    this.#epoch++;
  }

  /** A clear begins; the returned function says that it has reached every tier. */
  holdAll(): () => void {
    this.#epoch++;
    this.#clears++;
    return () => {
      this.#epoch++;
      this.#clears--;
    };
  }

  #enter(key: string): KeyEpoch {
    let entry = this.#keys.get(key);
    if (entry === undefined) {
      entry = { epoch: 0, newer: 0, writers: 0, fences: 0 };
      this.#keys.set(key, entry);
      this.keys = this.#keys.size;
    }
    return entry;
  }

  #leave(key: string, entry: KeyEpoch): void {
    if (entry.fences !== 0 || entry.writers !== 0) return;
    this.#keys.delete(key);
    this.keys = this.#keys.size;
  }
}
