import { endOf, type CacheEntry } from '../../../lib/core/model/cache-entry.js';
import type { CacheEvent, CacheObserver } from '../../../lib/core/model/cache-event.js';
import type { TierCleanupReport } from '../../../lib/core/model/cache-stats.js';
import { missReasonAfter, type RemovalCause } from '../../../lib/core/model/removal-cause.js';
import type { PutOutcome } from '../../../lib/core/stores/memory/memory-entry.js';
import type { TextFamily } from '../../../lib/core/stores/memory/key-family.js';
import { NOT_FOUND, UNSEEN } from '../../../lib/core/stores/memory/key-table.js';
import { MemoryStore } from '../../../lib/core/stores/memory/memory-store.js';
import { estimateEntryBytes } from '../../../lib/core/stores/memory/size-estimate.js';
import type { ManualClock } from '../../../lib/testing.js';
import { demandSame } from '../../support/demand-same.js';

type Stored = Required<CacheEntry> & { readonly bytes: number };

/**
 * A category as a plain map, under any policy: which entry goes when there is no room is the store's to say,
 * all the rest is known. Does everything in both, and throws where they part.
 */
export class ShadowStore implements CacheObserver {
  readonly listening = true;
  readonly entries = new Map<string, Stored>();
  readonly counts = { hits: 0, misses: 0, sets: 0 };
  /** Writes in the way of plain entries. */
  plain = 0;
  readonly removals = new Map<RemovalCause, number>();
  readonly #departed = new Map<string, string>();
  /** All keys that end with a dot are in it. */
  #family: TextFamily | undefined;
  readonly #clock: ManualClock;
  #events: CacheEvent[] = [];
  #isDated = false;
  #reads = 0;
  store!: MemoryStore;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  emit(event: CacheEvent): void {
    this.#events.push(event);
  }

  /** @param byText as a caller asks that knows the key by a text in it */
  find(key: string, byText: boolean): void {
    const slot = byText && key.endsWith('.') ? this.#findByText(key) : this.#findByKey(key);
    const entry = this.entries.get(key);
    if (entry !== undefined && entry.expiresAt > this.#now) {
      this.counts.hits++;
      demandSame(this.store.valueAt(slot), entry.value);
      demandSame(this.store.expiryAt(slot), entry.expiresAt);
    } else {
      this.counts.misses++;
      demandSame(slot, NOT_FOUND);
      if (entry === undefined) this.#expectReason(key, this.store.lastMiss);
      else demandSame(this.store.lastMiss, 'expired');
      if (entry !== undefined && entry.staleUntil <= this.#now) this.#drop(key, 'expired');
    }
    this.#expectRemoved();
  }

  /** By either way in turn: at once, or the entry first and then whether it counts. */
  #findByKey(key: string): number {
    if (this.#reads++ % 2 === 0) return this.store.find(key);
    const slot = this.store.locate(key);
    if (slot === NOT_FOUND) return this.store.countMiss(key);
    return this.store.countUse(slot, this.store.expiresAt[slot]!) ? slot : NOT_FOUND;
  }

  #findByText(key: string): number {
    const family = (this.#family ??= this.store.textFamily(() => '', '.'));
    const text = key.slice(0, -1);
    const slot = this.store.findNoted(family.hashOf(text), family, text);
    return slot === UNSEEN ? this.store.findAndNote(key, family, text) : slot;
  }

  put(key: string, entry: CacheEntry): PutOutcome {
    const { maxBytes } = this.store;
    const bytes = estimateEntryBytes(key, entry.value);
    const outcome = this.#write(key, entry);
    if (bytes > maxBytes) {
      demandSame(outcome, 'oversized');
      this.#count('oversized');
      this.entries.delete(key);
      this.#departed.set(key, 'evicted');
      this.#expectRemoved();
      return outcome;
    }
    this.counts.sets++;
    if (this.entries.has(key)) this.#count('replaced');
    const createdAt = this.#isDated ? (entry.createdAt ?? 0) : 0;
    this.entries.set(key, { ...entry, staleUntil: endOf(entry), createdAt, bytes });
    for (const event of this.#events) {
      if (event.type !== 'remove' || event.cause !== 'evicted') continue;
      if (!this.#isOver) throw new Error(`${event.key} was evicted, and there was room`);
      if (!this.entries.has(event.key)) throw new Error(`${event.key} was evicted, and not there`);
      this.#drop(event.key, 'evicted');
    }
    demandSame(outcome, this.entries.has(key) ? 'stored' : 'refused');
    this.#expectRemoved();
    return outcome;
  }

  /** A plain entry, set now, in the way of such ones. */
  #write(key: string, entry: CacheEntry): PutOutcome {
    const { value, expiresAt, tags, staleUntil, createdAt } = entry;
    const isPlain = tags.length === 0 && staleUntil === undefined && createdAt === this.#now;
    if (!isPlain || this.store.maxBytes !== Infinity) return this.store.put(key, entry);
    this.plain++;
    const slot = this.store.putPlain(key, value, expiresAt - this.#now);
    if (slot === NOT_FOUND) return 'refused';
    demandSame(this.store.valueAt(slot), value);
    demandSame(this.store.expiryAt(slot), expiresAt);
    return 'stored';
  }

  delete(key: string): void {
    const entry = this.entries.get(key);
    const isFresh = entry !== undefined && entry.expiresAt > this.#now;
    demandSame(this.store.delete(key), isFresh);
    if (entry !== undefined) this.#drop(key, isFresh ? 'deleted' : 'expired');
    this.#departed.delete(key);
    this.#expectRemoved();
  }

  invalidate(tag: string): void {
    for (const _ of this.store.invalidateTag(tag));
    for (const [key, { tags }] of this.entries) {
      if (tags.includes(tag)) this.#drop(key, 'invalidated');
    }
    this.#expectRemoved();
  }

  prune(): void {
    const report: TierCleanupReport = { expired: 0, evicted: 0, bytesFreed: 0 };
    this.store.startPrune();
    while (this.store.pruneNext(report));
    const over = [...this.entries].filter(([, { staleUntil }]) => staleUntil <= this.#now);
    for (const [key] of over) this.#drop(key, 'expired');
    demandSame(report.expired, over.length);
    const freed = over.reduce((sum, [, { bytes }]) => sum + bytes, 0);
    if (this.store.maxBytes !== Infinity) demandSame(report.bytesFreed, freed);
    this.#expectRemoved();
  }

  clear(): void {
    this.store.clear();
    for (const key of this.entries.keys()) this.#drop(key, 'deleted');
    this.#departed.clear();
    this.#expectRemoved();
  }

  keepBirths(): void {
    this.store.keepBirths();
    this.#isDated = true;
  }

  /** Looks at every key in every way that changes nothing. */
  compare(keys: readonly string[]): void {
    const { store } = this;
    const isFresh = (key: string): boolean => (this.entries.get(key)?.expiresAt ?? 0) > this.#now;
    demandSame(new Set(store.keys()), new Set([...this.entries.keys()].filter(isFresh)));
    demandSame(store.size, this.entries.size);
    if (store.maxBytes !== Infinity) demandSame(store.bytes(), this.#bytes);
    for (const key of keys) {
      demandSame([key, store.has(key)], [key, isFresh(key)]);
      const entry = this.entries.get(key);
      const peeked = store.peek(key);
      if (entry === undefined) this.#expectReason(key, peeked);
      else if (entry.staleUntil <= this.#now) demandSame(peeked, 'expired');
      else {
        const { createdAt: bornAt, ...others } = entry;
        demandSame(peeked, { ...others, bornAt });
        const { bytes: _bytes, staleUntil: _staleUntil, ...stale } = others;
        demandSame(store.findStale(key), { ...stale, bornAt });
      }
    }
    const { hits, misses, sets } = store;
    demandSame({ hits, misses, sets }, this.counts);
    for (const [cause, count] of Object.entries(store.removals)) {
      demandSame([cause, count], [cause, this.removals.get(cause as RemovalCause) ?? 0]);
    }
    demandSame(this.#events, []);
  }

  get #now(): number {
    return this.#clock.now();
  }

  get #bytes(): number {
    return [...this.entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get #isOver(): boolean {
    return this.entries.size > this.store.maxEntries || this.#bytes > this.store.maxBytes;
  }

  #drop(key: string, cause: RemovalCause): void {
    this.#count(cause);
    this.entries.delete(key);
    const reason = missReasonAfter(cause);
    if (reason === 'absent') this.#departed.delete(key);
    else this.#departed.set(key, reason);
  }

  /** What the store told of the removals since it was last asked is what the model has counted. */
  #expectRemoved(): void {
    for (const event of this.#events) {
      if (event.type !== 'remove') continue;
      const left = this.#untold.get(event.cause) ?? 0;
      if (left === 0) throw new Error(`${event.key} left by ${event.cause}, and should not have`);
      this.#untold.set(event.cause, left - 1);
    }
    for (const [cause, left] of this.#untold) {
      if (left !== 0) throw new Error(`${left} that left by ${cause} were told to nobody`);
    }
    this.#events = [];
  }

  readonly #untold = new Map<RemovalCause, number>();

  #count(cause: RemovalCause): void {
    this.removals.set(cause, (this.removals.get(cause) ?? 0) + 1);
    this.#untold.set(cause, (this.#untold.get(cause) ?? 0) + 1);
  }

  /** The table of the departed is small: a newer departure may have taken the place. */
  #expectReason(key: string, reason: unknown): void {
    if (reason !== 'absent') demandSame(reason, this.#departed.get(key));
  }
}
