import { endOf, type CacheEntry } from '../../../lib/core/model/cache-entry.js';
import type { MissReason } from '../../../lib/core/model/cache-result.js';
import type { TierCleanupReport, TierStats } from '../../../lib/core/model/cache-stats.js';
import type { LowerTier, TierLook } from '../../../lib/core/stack/lower-tier.js';
import { deferred, type Deferred } from '../../support/deferred.js';

export type Operation = 'read' | 'write' | 'delete' | 'clear' | 'invalidateTags' | 'prune';

/**
 * A tier below memory whose every answer the test controls. Operations take effect in the order in
 * which they were called. `holdAnswers` lets them take effect at once and delays what is said of it: a
 * read that is held has read the old value. `holdEffects` delays the effect too, and everything behind it.
 */
export class FakeTier implements LowerTier {
  readonly name: 'file' | 'remote';
  /** What was asked, in order: `read default/key`. */
  readonly log: string[] = [];
  readonly failing = new Set<Operation>();
  closed = 0;
  readonly #entries = new Map<string, { entry: CacheEntry; category: string }>();
  readonly #heldAnswers = new Map<Operation, Deferred<void>>();
  readonly #heldEffects = new Map<Operation, Deferred<void>>();
  readonly #now: () => number;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(name: 'file' | 'remote' = 'file', now: () => number = () => 0) {
    this.name = name;
    this.#now = now;
  }

  /** The returned function lets the answers go. */
  holdAnswers(operation: Operation): () => void {
    return hold(this.#heldAnswers, operation);
  }

  /** The returned function lets the effects happen. */
  holdEffects(operation: Operation): () => void {
    return hold(this.#heldEffects, operation);
  }

  /** Puts an entry there behind the cache's back. */
  put(key: string, entry: Partial<CacheEntry> & { value: unknown }, category = 'default'): void {
    const whole = { expiresAt: Infinity, tags: [], ...entry };
    this.#entries.set(address(category, key), { entry: whole, category });
  }

  has(key: string, category = 'default'): boolean {
    return this.#entries.has(address(category, key));
  }

  valueOf(key: string, category = 'default'): unknown {
    return this.#entries.get(address(category, key))?.entry.value;
  }

  now(): undefined {}

  categories(): string[] {
    return [];
  }

  read(
    category: string,
    key: string,
    { stale = false }: TierLook = {},
  ): Promise<CacheEntry | MissReason> {
    return this.#do('read', `${category}/${key}`, () => {
      const entry = this.#entries.get(address(category, key))?.entry;
      if (entry === undefined) return 'absent';
      const end = stale ? endOf(entry) : entry.expiresAt;
      return end > this.#now() ? entry : 'absent';
    });
  }

  write(category: string, key: string, entry: CacheEntry): Promise<void> {
    return this.#do('write', `${category}/${key}=${String(entry.value)}`, () => {
      if (endOf(entry) > this.#now()) this.put(key, entry, category);
      else this.#entries.delete(address(category, key));
    });
  }

  delete(category: string, keys: readonly string[]): Promise<number> {
    return this.#do(
      'delete',
      `${category}/${keys.join()}`,
      () => keys.filter((key) => this.#entries.delete(address(category, key))).length,
    );
  }

  clear(category: string | undefined): Promise<void> {
    return this.#do('clear', category ?? '', () => {
      this.#drop((held) => category === undefined || held.category === category);
    });
  }

  invalidateTags(tags: readonly string[]): Promise<void> {
    return this.#do('invalidateTags', tags.join(), () => {
      this.#drop(({ entry }) => entry.tags.some((tag) => tags.includes(tag)));
    });
  }

  prune(): Promise<TierCleanupReport> {
    return this.#do('prune', '', () => {
      const before = this.#entries.size;
      this.#drop(({ entry }) => endOf(entry) <= this.#now());
      return { expired: before - this.#entries.size, evicted: 0, bytesFreed: 0 };
    });
  }

  stats(category: string): TierStats {
    const entries = [...this.#entries.values()].filter((held) => held.category === category).length;
    const none = { hits: 0, misses: 0, hitRate: 0, sets: 0, deletes: 0 };
    return { ...none, evictions: 0, expirations: 0, errors: 0, entries, bytes: 0 };
  }

  close(): Promise<void> {
    this.closed++;
    return Promise.resolve();
  }

  #drop(goes: (held: { entry: CacheEntry; category: string }) => boolean): void {
    for (const [at, held] of this.#entries) if (goes(held)) this.#entries.delete(at);
  }

  async #do<T>(operation: Operation, what: string, effect: () => T): Promise<T> {
    this.log.push(`${operation} ${what}`.trim());
    const heldEffect = this.#heldEffects.get(operation)?.promise;
    const heldAnswer = this.#heldAnswers.get(operation)?.promise;
    const fails = this.failing.has(operation);
    const before = this.#queue;
    const done = (async (): Promise<T> => {
      await before.catch(() => {});
      await heldEffect;
      if (fails) throw new Error(`the ${this.name} tier cannot ${operation}`);
      return effect();
    })();
    this.#queue = done;
    try {
      return await done;
    } finally {
      await heldAnswer;
    }
  }
}

function hold(held: Map<Operation, Deferred<void>>, operation: Operation): () => void {
  const gate = deferred<void>();
  held.set(operation, gate);
  return () => {
    held.delete(operation);
    gate.resolve();
  };
}

function address(category: string, key: string): string {
  return JSON.stringify([category, key]);
}
