import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CacheEntry } from '../model/cache-entry.js';
import type { CacheObserver } from '../model/cache-event.js';
import type { MissReason } from '../model/cache-result.js';
import type { CacheLogger } from '../model/logger.js';
import type { Clock } from '../primitives/clock.js';
import {
  asError,
  CacheError,
  CacheTierTimeoutError,
  closedMeanwhile,
} from '../primitives/errors.js';
import type { Category } from './category.js';
import { USUAL, type Admission } from './circuit-breaker.js';
import { GuardedTier } from './guarded-tier.js';
import type { LowerTier } from './lower-tier.js';
import type { Removal } from './removal.js';
import { isUnkept, TierComplaints, type TierWork } from './tier-complaints.js';

/** What a tier's operation came to, where it came to nothing. */
export class TierFailure {
  constructor(readonly error: Error) {}
}

/** A cleanup may go through a hundred thousand files. */
const LONG = 60;

type Answer = CacheEntry | MissReason;

interface About {
  readonly kind: TierWork;
  readonly category: Category | undefined;
}

interface Task<T> extends About {
  readonly work: () => T | Promise<T>;
  /** How often the tier had recovered when that began which the work ends. @default now */
  readonly since?: number;
  /** Called with an answer that nobody waits for any more. */
  readonly missed?: (answer: T) => void;
}

/** What is to be known of an operation's beginning when it fails. */
interface Begun {
  readonly admission: Admission;
  /** How often the tier had recovered when it was asked. */
  readonly asked: number;
  /** And when that began which the operation ends. */
  readonly since: number;
}

type SyncTask<T> = Task<T> & { readonly category: Category };

/**
 * Stands between the stack and its tiers: what fails there, or does not answer in time, is told and logged,
 * once per change of state, and comes back as a `TierFailure`; what is under way is known, so that
 * `close` can wait for it. What was begun before the tier came to work again may fail for what was
 * wrong then, long after: that is a `TierFailure` too, and no change of state.
 *
 * A tier that does not answer time after time is left alone for a while. A removal is never lost by that:
 * what it concerns is fenced in the tier, and is not taken from there before the tier has removed it.
 */
export class TierGuard {
  readonly #observer: CacheObserver;
  readonly #complaints: TierComplaints;
  readonly #guarded = new Map<LowerTier, GuardedTier>();
  readonly #background = new Set<Promise<unknown>>();
  #closing = false;
  #closed = false;

  constructor(
    tiers: readonly LowerTier[],
    clock: Clock,
    observer: CacheObserver,
    logger: CacheLogger,
  ) {
    this.#observer = observer;
    this.#complaints = new TierComplaints(logger, clock);
    for (const tier of tiers) this.#guarded.set(tier, new GuardedTier(tier));
  }

  /** Nothing that takes long is begun any more. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Nothing is begun any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether the tier is left alone now. */
  isLeftAlone(tier: LowerTier): boolean {
    return !this.#of(tier).breaker.lets;
  }

  /** How often the tier has recovered: what begins now, and asks the tier later, says so as `since`. */
  recoveriesOf(tier: LowerTier): number {
    return this.#of(tier).recoveries;
  }

  /** Reads from a tier; nothing is taken from it that it is still to remove. */
  read(
    tier: LowerTier,
    category: Category,
    key: string,
    work: () => Answer | Promise<Answer>,
  ): Answer | TierFailure | Promise<Answer | TierFailure> {
    const { owed } = this.#of(tier);
    if (owed.isEmpty) return this.attempt(tier, { kind: 'read', category, work });
    if (owed.concerns(category.name, key, [])) {
      this.#payOwed(this.#of(tier));
      return 'invalidated';
    }
    const answer = this.attempt(tier, { kind: 'read', category, work });
    const judged = (found: Answer | TierFailure): Answer | TierFailure => {
      if (typeof found === 'string' || found instanceof TierFailure) return found;
      return owed.concerns(category.name, key, found.tags) ? 'invalidated' : found;
    };
    return answer instanceof Promise ? answer.then(judged) : judged(answer);
  }

  /** A user's write: what was there before is not taken from the tier any more, whatever becomes of it. */
  write<T>(
    tier: LowerTier,
    category: Category,
    key: string,
    work: () => Promise<T>,
  ): Promise<T | TierFailure> {
    return this.#fenced(
      tier,
      { type: 'keys', category: category.name, keys: [key] },
      { kind: 'write', category, work },
    );
  }

  /** Removes from a tier; if it cannot be told, what was to be removed is fenced in it. */
  remove(
    tier: LowerTier,
    category: Category | undefined,
    removal: Removal,
  ): Promise<number | TierFailure> {
    const work = (): Promise<number> => this.#of(tier).remove(removal);
    return this.#fenced(tier, removal, { kind: 'remove', category, work });
  }

  /** Does something in a tier; never throws, never rejects. At once if the tier answers at once. */
  attempt<T>(tier: LowerTier, task: Task<T>): T | TierFailure | Promise<T | TierFailure> {
    if (this.#closed) return new TierFailure(closedMeanwhile());
    const guarded = this.#of(tier);
    this.#payOwed(guarded);
    const admission = guarded.breaker.enter();
    if (admission === undefined) return this.#skipped(guarded, task);
    return this.#run(guarded, task, admission);
  }

  /** As `attempt`, of a tier that is left alone too: what was begun there is to be ended, or others wait for it. */
  finish<T>(tier: LowerTier, task: Task<T>): T | TierFailure | Promise<T | TierFailure> {
    return this.#closed
      ? new TierFailure(closedMeanwhile())
      : this.#run(this.#of(tier), task, USUAL);
  }

  /** As `attempt` of what does not wait. */
  attemptSync<T>(tier: LowerTier, task: SyncTask<T>): T | TierFailure {
    return this.attempt(tier, task) as T | TierFailure;
  }

  /** As `attemptSync` of a write or removal: if the tier is left alone, the key is fenced in it. */
  fencedSync<T>(tier: LowerTier, key: string, task: SyncTask<T>): T | TierFailure {
    const guarded = this.#of(tier);
    if (!guarded.breaker.lets) {
      guarded.fence({ type: 'keys', category: task.category.name, keys: [key] });
    }
    return this.attemptSync(tier, task);
  }

  async #fenced<T>(tier: LowerTier, removal: Removal, task: Task<T>): Promise<T | TierFailure> {
    if (this.#closed) return new TierFailure(closedMeanwhile());
    const guarded = this.#of(tier);
    this.#payOwed(guarded);
    const admission = guarded.breaker.enter();
    if (admission === undefined) {
      guarded.fence(removal);
      return this.#skipped(guarded, task);
    }
    const answer = await this.#run(guarded, task, admission);
    if (answer instanceof TierFailure && !isUnkept(answer.error)) {
      const { error } = answer;
      // A tier with fences of its own has set one when it was called; but not for a write it has not ended.
      if (tier.fence === undefined) guarded.owed.add(removal);
      else if (task.kind === 'write' && error instanceof CacheTierTimeoutError) {
        tier.fence(removal);
      }
    }
    return answer;
  }

  #run<T>(
    guarded: GuardedTier,
    task: Task<T>,
    admission: Admission,
  ): T | TierFailure | Promise<T | TierFailure> {
    const asked = guarded.recoveries;
    const begun = { admission, asked, since: task.since ?? asked };
    try {
      const answer = task.work();
      if (answer instanceof Promise) return this.track(this.#tried(guarded, task, answer, begun));
      this.#answered(guarded, task.kind);
      return answer;
    } catch (thrown) {
      return this.#failed(guarded, task, thrown, begun);
    }
  }

  async #tried<T>(
    guarded: GuardedTier,
    task: Task<T>,
    work: Promise<T>,
    begun: Begun,
  ): Promise<T | TierFailure> {
    const { deadlines, tier, timeoutMs } = guarded;
    const { kind, missed } = task;
    const times = kind === 'prune' || kind === 'list' ? LONG : 1;
    const late = (): Error => new CacheTierTimeoutError(tier.name, kind, timeoutMs * times);
    try {
      const answer = await deadlines.within(work, times, late, missed);
      this.#answered(guarded, kind);
      return answer;
    } catch (thrown) {
      if (thrown instanceof CacheTierTimeoutError) tier.givenUp?.(task.category?.name);
      return this.#failed(guarded, task, thrown, begun);
    }
  }

  #answered(guarded: GuardedTier, kind: TierWork): void {
    const closes = guarded.breaker.answered();
    if (this.#complaints.recovered(guarded.tier, kind) || closes) guarded.recoveries++;
  }

  #failed(
    guarded: GuardedTier,
    { kind, category }: About,
    thrown: unknown,
    { admission, asked, since }: Begun,
  ): TierFailure {
    const { tier, breaker } = guarded;
    const error = asError(thrown);
    const unkept = isUnkept(error);
    const isLate = error instanceof CacheTierTimeoutError;
    // What does not answer was asked later than a load began.
    const isPast = (isLate ? asked : since) < guarded.recoveries;
    if (unkept || !isPast) this.#complaints.failed(tier, kind, category, error);
    if (unkept || isPast) breaker.unasked(admission);
    else if (isLate || tier.patience?.countsFailures === true) {
      if (breaker.failed(error, admission)) this.#complaints.leftAlone(tier);
    } else if (breaker.answered()) guarded.recoveries++;
    this.#tell(tier, category, error);
    const said = `the ${tier.name} tier failed: ${error.message}`;
    return new TierFailure(
      error instanceof CacheError ? error : new CacheError('CACHE_TIER', said, { cause: error }),
    );
  }

  #skipped({ tier, breaker }: GuardedTier, { category }: About): TierFailure {
    const said = `the ${tier.name} tier is left alone: it has not answered`;
    const error = new CacheError('CACHE_TIER', said, { cause: breaker.cause });
    tier.givenUp?.(category?.name);
    this.#tell(tier, category, error);
    return new TierFailure(error);
  }

  #tell(tier: LowerTier, category: Category | undefined, error: Error): void {
    if (!this.#observer.listening) return;
    const { name = '' } = category ?? {};
    this.#observer.emit({ type: 'tierFailed', tier: tier.name, category: name, error });
  }

  /** Before anything else that is asked of the tier: for one key, operations take effect in the order of the calls. */
  #payOwed(guarded: GuardedTier): void {
    if (!guarded.owed.isDue) return;
    const admission = guarded.breaker.enter();
    if (admission !== undefined) this.#pay(guarded, admission);
  }

  #pay(guarded: GuardedTier, admission: Admission): void {
    const { owed } = guarded;
    const work = (): Promise<void> => guarded.pay();
    const paid = this.#run<void>(guarded, { kind: 'remove', category: undefined, work }, admission);
    void Promise.resolve(paid).then((answer) => owed.paid(!(answer instanceof TierFailure)));
  }

  #of(tier: LowerTier): GuardedTier {
    return this.#guarded.get(tier)!;
  }

  /** What `close` waits for. */
  async track<T>(work: Promise<T>): Promise<T> {
    this.#background.add(work);
    try {
      return await work;
    } finally {
      this.#background.delete(work);
    }
  }

  /** What was under way has ended, and what it led to at once; then the tiers, each in its time. */
  async close(): Promise<void> {
    this.#closing = true;
    // A last try: who starts next does not know what was owed.
    for (const guarded of this.#guarded.values()) if (guarded.owed.isDue) this.#pay(guarded, USUAL);
    do {
      await Promise.allSettled(this.#background);
      await nextTurn();
    } while (this.#background.size > 0);
    this.#closed = true;
    await Promise.all([...this.#guarded.values()].map((guarded) => this.#end(guarded)));
  }

  async #end({ tier, deadlines, timeoutMs }: GuardedTier): Promise<void> {
    const late = (): Error => new CacheTierTimeoutError(tier.name, 'close', timeoutMs);
    try {
      await deadlines.within(tier.close(), 1, late);
    } catch (thrown) {
      if (thrown instanceof CacheTierTimeoutError) this.#complaints.unended(thrown);
    }
  }
}
