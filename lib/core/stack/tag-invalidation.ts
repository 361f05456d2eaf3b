import { TimeSlice } from '../primitives/time-slice.js';
import type { Category } from './category.js';
import type { TagEpochs } from './tag-epochs.js';
import type { TierStack } from './tier-stack.js';

/** Removes what carries a tag, from every category and tier, and keeps out what was loaded before. */
export class TagInvalidation {
  readonly #categories: Iterable<Category>;
  readonly #epochs: TagEpochs;
  readonly #stack: TierStack;

  constructor(parts: { categories: Iterable<Category>; epochs: TagEpochs; stack: TierStack }) {
    this.#categories = parts.categories;
    this.#epochs = parts.epochs;
    this.#stack = parts.stack;
  }

  /** All are gone when it resolves. Large numbers are removed a slice at a time. */
  async run(tags: readonly string[]): Promise<void> {
    const release = this.#epochs.hold(tags);
    try {
      await this.#invalidateMemory(tags);
      await this.#stack.removals.tags(tags);
    } finally {
      release();
    }
  }

  async #invalidateMemory(tags: readonly string[]): Promise<void> {
    const slice = new TimeSlice();
    for (const { memory } of this.#categories) {
      for (const tag of tags) {
        if (slice.spent()) await slice.rest();
        for (const _ of memory.invalidateTag(tag)) if (slice.spent()) await slice.rest();
      }
    }
  }
}
