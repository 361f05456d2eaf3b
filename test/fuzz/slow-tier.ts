import type { CacheEntry } from '../../lib/core/model/cache-entry.js';
import type { MissReason } from '../../lib/core/model/cache-result.js';
import type { TierLook } from '../../lib/core/stack/lower-tier.js';
import { deferred, type Deferred } from '../support/deferred.js';
import { FakeTier } from '../scenario/support/fake-tier.js';

/**
 * A tier whose every answer waits until it is released, in any order. What is asked takes effect in
 * the order of the calls; a read that waits has read what was there when it came.
 */
export class SlowTier extends FakeTier {
  readonly waiting: Deferred<void>[] = [];
  /** True: answers come at once. */
  free = false;

  override async read(
    category: string,
    key: string,
    look?: TierLook,
  ): Promise<CacheEntry | MissReason> {
    return this.#later(super.read(category, key, look));
  }

  override async write(category: string, key: string, entry: CacheEntry): Promise<void> {
    return this.#later(super.write(category, key, entry));
  }

  override async delete(category: string, keys: readonly string[]): Promise<number> {
    return this.#later(super.delete(category, keys));
  }

  override async clear(category: string): Promise<void> {
    return this.#later(super.clear(category));
  }

  override async invalidateTags(tags: readonly string[]): Promise<void> {
    return this.#later(super.invalidateTags(tags));
  }

  release(which: number): void {
    const [gate] = this.waiting.splice(which % Math.max(1, this.waiting.length), 1);
    gate?.resolve();
  }

  async #later<T>(work: Promise<T>): Promise<T> {
    if (this.free) return work;
    const gate = deferred<void>();
    this.waiting.push(gate);
    const answer = await work;
    await gate.promise;
    return answer;
  }
}
