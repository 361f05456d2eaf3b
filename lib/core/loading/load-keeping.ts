import type { CacheLogger } from '../model/logger.js';
import type { Clock } from '../primitives/clock.js';
import { asError } from '../primitives/errors.js';
import type { Fence } from '../stack/fences.js';
import type { TagEpochs } from '../stack/tag-epochs.js';
import type { TierStack } from '../stack/tier-stack.js';
import type { FactoryWishes } from './factory-wishes.js';
import type { Load } from './load.js';
import { keepingOf } from './load-plan.js';
import type { LoadStart } from './load-start.js';

/** What became of a loaded value. */
export interface Kept {
  readonly stored: boolean;
  readonly expiresAt: number | undefined;
  readonly overtaken: boolean;
  /** Ends when the tiers below memory have it. */
  readonly written: Promise<unknown> | undefined;
}

/** Puts loaded values into the tiers, unless something has overtaken their loads. */
export class LoadKeeping {
  readonly #stack: TierStack;
  readonly #tags: TagEpochs;
  readonly #clock: Clock;
  readonly #logger: CacheLogger;

  constructor(stack: TierStack, tags: TagEpochs, clock: Clock, logger: CacheLogger) {
    this.#stack = stack;
    this.#tags = tags;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Stores a value as the plan and the factory wish. What the user's functions throw loses only the storing.
   *
   * @param mayReplace whether something may be there, which a TTL of 0 then removes
   */
  store(
    { category, key, plan }: Pick<Load, 'category' | 'key' | 'plan'>,
    value: unknown,
    wishes: FactoryWishes,
    { fence, began }: LoadStart,
    mayReplace: () => boolean,
  ): Kept {
    let tags = wishes.tags ?? (typeof plan.tags === 'function' ? undefined : (plan.tags ?? []));
    let kept: boolean | Promise<unknown> = false;
    let expiresAt: number | undefined;
    let removed: Promise<unknown> | undefined;
    try {
      const keeping = keepingOf(plan, value, wishes, this.#clock.now());
      if (keeping === 'over') {
        if (mayReplace()) removed = this.end({ category, key, plan }, fence);
      } else if (keeping !== undefined) {
        ({ tags } = keeping);
        const entry = { value, ...keeping };
        const { selection } = plan;
        kept = this.#stack.writes.loaded(category, key, entry, selection, fence, began);
        if (kept !== false) ({ expiresAt } = keeping);
      }
    } catch (thrown) {
      this.#logger.error(
        `${category.name}: a loaded value was handed over but not kept: ${asError(thrown).message}`,
      );
    }
    return {
      stored: kept !== false,
      expiresAt,
      overtaken: this.isOvertaken(tags, fence),
      written: typeof kept === 'boolean' ? removed : kept,
    };
  }

  /** Removes what was there, unless something has overtaken the load. @returns ends when the tiers below memory have */
  end(
    { category, key, plan }: Pick<Load, 'category' | 'key' | 'plan'>,
    fence: Fence,
  ): Promise<unknown> | undefined {
    return this.#stack.removals.old(category, key, plan.selection, fence);
  }

  /**
   * Whether one of the value's tags was invalidated since its load began. Of tags that are not known,
   * because the value is not kept and their function was not asked, any may have been among them.
   */
  isOvertaken(tags: readonly string[] | undefined, fence: Fence): boolean {
    const at = tags === undefined ? this.#tags.now : this.#tags.lastInvalidation(tags);
    return at > fence.startedAt;
  }
}
