import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CacheObserver } from '../model/cache-event.js';
import type { CacheLogger } from '../model/logger.js';
import { asError, CacheError } from '../primitives/errors.js';
import type { Category } from './category.js';
import type { LowerTier } from './lower-tier.js';

/** What is asked of a tier. A full disk reads and removes, but does not write. */
export type TierWork = 'read' | 'write' | 'remove' | 'lease' | 'prune';

/** What a tier's operation came to, where it came to nothing. */
export class TierFailure {
  constructor(readonly error: Error) {}
}

/**
 * Stands between the stack and its tiers: what fails there is told and logged, once per change of state,
 * and comes back as a `TierFailure`; what is under way is known, so that `close` can wait for it.
 */
export class TierGuard {
  readonly #observer: CacheObserver;
  readonly #logger: CacheLogger;
  /** What of each tier's work failed when it was last tried. */
  readonly #failing = new Map<string, Set<TierWork>>();
  /** Categories of which it was said that a value cannot be kept below memory. */
  readonly #unkept = new Set<string>();
  readonly #background = new Set<Promise<unknown>>();
  #closing = false;
  #closed = false;

  constructor(observer: CacheObserver, logger: CacheLogger) {
    this.#observer = observer;
    this.#logger = logger;
  }

  /** Nothing that takes long is begun any more. */
  get closing(): boolean {
    return this.#closing;
  }

  /** Nothing is begun any more. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Does something in a tier; never throws, never rejects. At once if the tier answers at once. */
  attempt<T>(
    tier: LowerTier,
    kind: TierWork,
    category: Category | undefined,
    work: () => T | Promise<T>,
  ): T | TierFailure | Promise<T | TierFailure> {
    if (this.#closed) {
      return new TierFailure(new CacheError('CACHE_CLOSED', 'the cache was closed meanwhile'));
    }
    try {
      const answer = work();
      if (answer instanceof Promise) return this.track(this.#tried(tier, kind, category, answer));
      this.#recovered(tier, kind);
      return answer;
    } catch (thrown) {
      return this.#failed(tier, kind, category, thrown);
    }
  }

  async #tried<T>(
    tier: LowerTier,
    kind: TierWork,
    category: Category | undefined,
    work: Promise<T>,
  ): Promise<T | TierFailure> {
    try {
      const answer = await work;
      this.#recovered(tier, kind);
      return answer;
    } catch (thrown) {
      return this.#failed(tier, kind, category, thrown);
    }
  }

  #failed(
    tier: LowerTier,
    kind: TierWork,
    category: Category | undefined,
    thrown: unknown,
  ): TierFailure {
    const error = asError(thrown);
    this.#complain(tier, kind, category, error);
    if (this.#observer.listening) {
      const { name = '' } = category ?? {};
      this.#observer.emit({ type: 'tierFailed', tier: tier.name, category: name, error });
    }
    const said = `the ${tier.name} tier failed: ${error.message}`;
    return new TierFailure(
      error instanceof CacheError ? error : new CacheError('CACHE_TIER', said, { cause: error }),
    );
  }

  /** A tier works again when all that failed does; one that writes is taken to do the rest. */
  #recovered({ name }: LowerTier, kind: TierWork): void {
    if (this.#failing.size === 0) return;
    const failing = this.#failing.get(name);
    if (failing === undefined) return;
    const reads = failing.has('read') && kind !== 'read';
    if (kind === 'write') failing.clear();
    else failing.delete(kind);
    if (reads) failing.add('read');
    if (failing.size > 0) return;
    this.#failing.delete(name);
    this.#logger.warn(`The ${name} tier works again`);
  }

  /** Once per change of state; of a value that no tier could keep faithfully, once per category. */
  #complain(tier: LowerTier, kind: TierWork, category: Category | undefined, error: Error): void {
    if (error instanceof CacheError && error.code === 'CACHE_SERIALIZATION') {
      const { name = '' } = category ?? {};
      if (this.#unkept.has(name)) return;
      this.#unkept.add(name);
      this.#logger.error(`${name}: not kept in the ${tier.name} tier: ${error.message}`);
      return;
    }
    const failing = this.#failing.get(tier.name);
    failing?.add(kind);
    if (failing === undefined) {
      this.#failing.set(tier.name, new Set([kind]));
      this.#logger.error(`The ${tier.name} tier fails; going on without it: ${error.message}`);
    }
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

  /** What was under way has ended, and what it led to at once. */
  async close(): Promise<void> {
    this.#closing = true;
    do {
      await Promise.allSettled(this.#background);
      await nextTurn();
    } while (this.#background.size > 0);
    this.#closed = true;
  }
}
