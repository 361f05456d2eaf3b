import type { CacheObserver } from '../model/cache-event.js';
import type { LoadStats } from '../model/cache-stats.js';
import type { CacheLogger } from '../model/logger.js';
import type { Factory } from '../model/options.js';
import type { Clock } from '../primitives/clock.js';
import { asError } from '../primitives/errors.js';
import type { Category } from '../stack/category.js';
import type { Fence } from '../stack/fences.js';
import type { TagEpochs } from '../stack/tag-epochs.js';
import type { TierLease } from '../stack/lower-tier.js';
import type { FoundBelow, TierStack } from '../stack/tier-stack.js';
import { NOT_FOUND } from '../stores/memory/memory-store.js';
import { contextFor, type FactoryWishes } from './factory-wishes.js';
import { LoadCounts } from './load-counts.js';
import { loaded, valueOf, type LoadOutcome } from './load-outcome.js';
import { keepingOf, staticTags, type LoadPlan } from './load-plan.js';
import { startLoad, type LoadStart } from './load-start.js';
import { endLease, takeTurn } from './machine-lock.js';

/** A load under way, which callers of the same key join. */
interface Flight {
  readonly fence: Fence;
  /** Tags known before the factory has run. */
  readonly tags: readonly string[];
  readonly landed: Promise<Landing>;
}

/** What became of a loaded value. */
interface Kept {
  readonly stored: boolean;
  readonly expiresAt: number | undefined;
  readonly overtaken: boolean;
  /** Ends when the tiers below memory have it. */
  readonly written: Promise<unknown> | undefined;
}

interface Landing {
  readonly outcome: LoadOutcome;
  /** Whether one of the value's tags was invalidated after the start. */
  readonly overtaken: boolean;
}

/**
 * The algorithm of every load. The caller has looked into memory and found nothing fresh.
 *
 *     a flight of the key under way, and nothing written since it began?  -> join it
 *     else take off:  open a fence -> read below memory -> run the factory
 *                     -> store the value if the fence still stands -> land
 *
 * Joining is what makes the factory run once (single-flight). The fence is what makes invalidation
 * final: a `set`, `delete` or `clear` since the start both keeps the value out of the cache and
 * sends callers that come later into a flight of their own; those who had joined still get it.
 *
 * Tags may be known only when the factory has answered, so they are asked after as well: a caller
 * that joined after one of them was invalidated loads again instead of taking the older value.
 *
 * Everything between the factory's answer and the end of the flight happens in one synchronous
 * stretch: there is no moment at which the value is neither in memory nor in flight.
 */
export class ReadThrough {
  readonly #flights = new Map<Category, Map<string, Flight>>();
  readonly #stack: TierStack;
  readonly #tags: TagEpochs;
  readonly #clock: Clock;
  readonly #counts: LoadCounts;
  readonly #logger: CacheLogger;

  constructor(
    stack: TierStack,
    tags: TagEpochs,
    clock: Clock,
    observer: CacheObserver,
    logger: CacheLogger,
  ) {
    this.#stack = stack;
    this.#tags = tags;
    this.#clock = clock;
    this.#counts = new LoadCounts(observer);
    this.#logger = logger;
  }

  /** The value, from a load that may be shared. Never rejects. */
  async load(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    plan: LoadPlan,
  ): Promise<LoadOutcome> {
    const running = plan.forceRefresh ? undefined : this.#flightsOf(category).get(key);
    if (running === undefined || !running.fence.joinable(running.tags)) {
      return (await this.#takeOff(category, key, factory, plan).landed).outcome;
    }
    this.#counts.joined(category, key);
    const joinedAt = this.#tags.now;
    const { outcome, overtaken } = await running.landed;
    // Which invalidation came first is not known: any before the joining may have been of the tag.
    if (!overtaken || joinedAt === running.fence.startedAt) return outcome;
    const slot = plan.selection.memory ? category.memory.find(key) : NOT_FOUND;
    if (slot === NOT_FOUND) return this.load(category, key, factory, plan);
    return {
      ...loaded(category.memory.valueAt(slot), outcome.durationMs, category.memory.expiryAt(slot)),
      source: 'memory',
    };
  }

  /** The factory's answer with no cache around it. Never rejects. */
  async loadUncached(factory: Factory<unknown>): Promise<LoadOutcome> {
    const started = performance.now();
    try {
      const value = await factory(contextFor({}));
      return loaded(value, performance.now() - started, undefined);
    } catch (thrown) {
      return { ok: false, thrown, durationMs: performance.now() - started };
    }
  }

  /** Whether a load of the key is under way. */
  loading(category: Category, key: string): boolean {
    return this.#flights.get(category)?.has(key) === true;
  }

  /**
   * Runs a function that may be synchronous: its value is stored and returned as it is. If it turns
   * out to give a promise, that becomes a load like any other, under the fence opened before the call.
   */
  loadSync(category: Category, key: string, run: () => unknown, plan: LoadPlan): unknown {
    if (this.loading(category, key)) category.fences.breakKey(key);
    const start = startLoad(this.#stack, category, key, plan.selection);
    const { fence } = start;
    const started = performance.now();
    let value: unknown;
    try {
      value = run();
    } catch (thrown) {
      fence.close();
      const durationMs = performance.now() - started;
      this.#counts.ran(category, key, { ok: false, thrown, durationMs }, false);
      throw thrown;
    }
    if (isThenable(value)) {
      const promised = value;
      const { landed } = this.#takeOff(category, key, () => promised, plan, start);
      return landed.then(({ outcome }) => valueOf(outcome));
    }
    const durationMs = performance.now() - started;
    const stored = this.#store(category, key, value, plan, {}, start).stored;
    fence.close();
    this.#counts.ran(category, key, loaded(value, durationMs, undefined), stored);
    return value;
  }

  statsOf(category: Category): Readonly<LoadStats> {
    return this.#counts.of(category);
  }

  #takeOff(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    plan: LoadPlan,
    opened?: LoadStart,
  ): Flight {
    const flights = this.#flightsOf(category);
    // An older flight must not store its value over this one's, whatever its tags turn out to be.
    if (flights.has(key) && opened === undefined) category.fences.breakKey(key);
    const start = opened ?? startLoad(this.#stack, category, key, plan.selection);
    const { fence } = start;
    let land!: (landing: Landing) => void;
    const landed = new Promise<Landing>((resolve) => {
      land = resolve;
    });
    const flight: Flight = { fence, tags: staticTags(plan), landed };
    // Before the factory runs: what it calls must find the flight.
    flights.set(key, flight);
    const leave = (): void => {
      if (flights.get(key) === flight) flights.delete(key);
      fence.close();
    };
    void this.#fly(category, key, factory, plan, start, leave).then(land);
    return flight;
  }

  async #fly(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    plan: LoadPlan,
    start: LoadStart,
    leave: () => void,
  ): Promise<Landing> {
    const { fence } = start;
    const started = performance.now();
    const land = (below: FoundBelow, since: Fence): Landing => {
      const overtaken = this.#isOvertaken(below.tags, since);
      leave();
      const { value, source, expiresAt } = below.hit;
      const durationMs = performance.now() - started;
      return { outcome: { ok: true, value, source, durationMs, expiresAt }, overtaken };
    };
    if (plan.selection.lower.length > 0 && !plan.forceRefresh) {
      const below = await this.#stack.readBelow(category, key, plan.selection, fence);
      if ('hit' in below) return land(below, fence);
    }
    if (plan.lock !== 'machine') return this.#run(category, key, factory, plan, start, leave);
    const {
      start: turn,
      below,
      lease,
    } = await this.#stack.track(takeTurn(this.#stack, category, key, plan));
    try {
      if (below !== undefined) return land(below, turn.fence);
      return await this.#run(category, key, factory, plan, turn, leave, lease);
    } finally {
      turn.fence.close();
    }
  }

  async #run(
    category: Category,
    key: string,
    factory: Factory<unknown>,
    plan: LoadPlan,
    start: LoadStart,
    leave: () => void,
    lease?: TierLease,
  ): Promise<Landing> {
    const wishes: FactoryWishes = {};
    const asked = performance.now();
    let outcome: LoadOutcome;
    let kept: Kept | undefined;
    try {
      const value = await factory(contextFor(wishes));
      kept = this.#store(category, key, value, plan, wishes, start);
      outcome = loaded(value, performance.now() - asked, kept.expiresAt);
    } catch (thrown) {
      outcome = { ok: false, thrown, durationMs: performance.now() - asked };
    }
    leave();
    if (lease !== undefined) void this.#stack.track(endLease(lease, kept?.written));
    const { stored = false, overtaken = false } = kept ?? {};
    this.#counts.ran(category, key, outcome, stored);
    return { outcome, overtaken };
  }

  /** Stores a value as the plan and the factory wish. What the user's functions throw loses only the storing. */
  #store(
    category: Category,
    key: string,
    value: unknown,
    plan: LoadPlan,
    wishes: FactoryWishes,
    { fence, began }: LoadStart,
  ): Kept {
    let tags = wishes.tags ?? (typeof plan.tags === 'function' ? undefined : (plan.tags ?? []));
    let kept: boolean | Promise<unknown> = false;
    let expiresAt: number | undefined;
    try {
      const keeping = keepingOf(plan, value, wishes, this.#clock.now());
      if (keeping !== undefined) {
        ({ tags } = keeping);
        const entry = { value, ...keeping };
        const { selection } = plan;
        kept = this.#stack.storeLoaded(category, key, entry, selection, fence, began);
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
      overtaken: this.#isOvertaken(tags, fence),
      written: typeof kept === 'boolean' ? undefined : kept,
    };
  }

  /**
   * Whether one of the value's tags was invalidated since its load began. Of tags that are not known,
   * because the value is not kept and their function was not asked, any may have been among them.
   */
  #isOvertaken(tags: readonly string[] | undefined, fence: Fence): boolean {
    const at = tags === undefined ? this.#tags.now : this.#tags.lastInvalidation(tags);
    return at > fence.startedAt;
  }

  #flightsOf(category: Category): Map<string, Flight> {
    let flights = this.#flights.get(category);
    if (flights === undefined) this.#flights.set(category, (flights = new Map()));
    return flights;
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
