import { endOf, type CacheEntry } from '../../model/cache-entry.js';
import type { CacheObserver } from '../../model/cache-event.js';
import type { MissReason } from '../../model/cache-result.js';
import type { TierCleanupReport } from '../../model/cache-stats.js';
import { missReasonAfter, type RemovalCause } from '../../model/removal-cause.js';
import type { CoarseClock } from '../../primitives/clock.js';
import { DepartedKeys } from './departed-keys.js';
import { ExpiryIndex } from './expiry-index.js';
import type { EvictionPolicy } from './policies/eviction-policy.js';
import { estimateEntryBytes } from './size-estimate.js';
import { SlotColumns } from './slot-columns.js';
import { TagIndex } from './tag-index.js';

export interface MemoryStoreOptions {
  readonly category: string;
  /** Infinity: no limit. */
  readonly maxEntries: number;
  /** Estimated bytes. Infinity: no limit, and nothing is weighed on the way in. */
  readonly maxBytes: number;
}

/** An entry that may be past its time. */
export interface StaleEntry {
  readonly value: unknown;
  /** Epoch milliseconds; Infinity: never. */
  readonly expiresAt: number;
  /** Epoch milliseconds; 0 if that is not known. */
  readonly bornAt: number;
  readonly tags: readonly string[];
}

/** A key, and the slot that its entry was last seen in: that of another entry by now, perhaps. */
export interface KeyPlace {
  readonly key: string;
  slot: number;
}

/** `find` found nothing; `lastMiss` says why. */
export const NOT_FOUND = -1;

/** Hits between two readings of the clock within one turn of the event loop, less one: a mask. */
const HITS_PER_READING = 1023;

/** Values weighed to estimate the size of a store that is not limited by bytes. */
const SAMPLE = 16;

/**
 * The entries of one category in memory: one `Map` look-up a hit. It alone removes entries, always
 * with a cause; the policy only says which. Expiry is checked when an entry is read; `startPrune`
 * and `pruneNext` remove what has expired unread. What may be served stale stays for that long, found
 * by `findStale` alone.
 */
export class MemoryStore {
  readonly category: string;
  readonly maxEntries: number;
  readonly maxBytes: number;
  hits = 0;
  misses = 0;
  sets = 0;
  readonly removals: Record<RemovalCause, number> = {
    expired: 0,
    evicted: 0,
    replaced: 0,
    deleted: 0,
    invalidated: 0,
    oversized: 0,
  };
  /** Why the last `find` that found nothing found nothing. */
  lastMiss: MissReason = 'absent';

  readonly #slots = new Map<string, number>();
  readonly #columns: SlotColumns;
  readonly #policy: EvictionPolicy;
  readonly #expiries: ExpiryIndex;
  readonly #tags = new TagIndex();
  readonly #departed: DepartedKeys;
  readonly #clock: CoarseClock;
  readonly #observer: CacheObserver;
  readonly #weighed: boolean;
  #bytes = 0;
  /** Mean estimate at the start of the pass: weighing each entry would cost more than removing it. */
  #bytesAnEntry = 0;

  constructor(
    options: MemoryStoreOptions,
    policy: EvictionPolicy,
    clock: CoarseClock,
    observer: CacheObserver,
  ) {
    this.category = options.category;
    this.maxEntries = options.maxEntries;
    this.maxBytes = options.maxBytes;
    this.#weighed = options.maxBytes !== Infinity;
    this.#columns = new SlotColumns(options.maxEntries + 1, this.#weighed);
    this.#departed = new DepartedKeys(options.maxEntries);
    this.#expiries = new ExpiryIndex(clock.now());
    this.#policy = policy;
    this.#clock = clock;
    this.#observer = observer;
  }

  get size(): number {
    return this.#slots.size;
  }

  /**
   * The slot of a fresh entry, or NOT_FOUND. The slot is good for `valueAt` and `expiryAt` until the
   * next call that is not one of these.
   */
  find(key: string): number {
    const slot = this.#slots.get(key);
    if (slot === undefined) return this.#missed(key, this.#departed.reasonFor(key));
    return this.#use(slot, key);
  }

  /** As `find`, for a caller that remembers where an entry was: then there is no look-up. */
  findAgain(place: KeyPlace): number {
    const { key, slot } = place;
    if (this.#columns.keys[slot] === key) return this.#use(slot, key);
    const found = this.find(key);
    if (found !== NOT_FOUND) place.slot = found;
    return found;
  }

  #use(slot: number, key: string): number {
    if (this.#columns.expiresAt[slot]! <= this.#clock.horizon && this.#isOver(slot)) {
      if (!this.#isKeptStale(slot)) this.#remove(slot, 'expired');
      return this.#missed(key, 'expired');
    }
    this.#policy.touch(slot);
    // A chain of awaited hits never ends its turn, so the clock is read again now and then.
    if ((++this.hits & HITS_PER_READING) === 0) this.#clock.now();
    if (this.#observer.listening) {
      this.#observer.emit({ type: 'hit', tier: 'memory', category: this.category, key });
    }
    return slot;
  }

  /** What is there, fresh or stale, for a load to fall back on. Not counted. */
  findStale(key: string, isUse = false): StaleEntry | undefined {
    const columns = this.#columns;
    const slot = this.#slots.get(key);
    if (slot === undefined || columns.staleUntil[slot]! <= this.#clock.now()) return undefined;
    if (isUse) this.#policy.touch(slot);
    return {
      value: columns.values[slot],
      expiresAt: columns.expiresAt[slot]!,
      bornAt: columns.bornAt[slot] ?? 0,
      tags: this.#tags.tagsOf(slot),
    };
  }

  /** From now on it is kept when an entry was made. */
  keepBirths(): void {
    this.#columns.keepBirths();
  }

  valueAt(slot: number): unknown {
    return this.#columns.values[slot];
  }

  expiryAt(slot: number): number {
    return this.#columns.expiresAt[slot]!;
  }

  /** Whether there is a fresh entry. Neither a use of it nor a hit. */
  has(key: string): boolean {
    const slot = this.#slots.get(key);
    return slot !== undefined && !this.#isOver(slot);
  }

  /**
   * Keeps a value until `expiresAt` (epoch milliseconds, in the future). False: it is by itself over
   * the limit in bytes, and not kept; nor is what was there before.
   */
  set(key: string, value: unknown, expiresAt: number, tags: readonly string[]): boolean {
    return this.put(key, { value, expiresAt, tags });
  }

  /** As `set`, with all that is known of the entry: it may stay stale for a while. */
  put(key: string, entry: CacheEntry): boolean {
    const { value } = entry;
    const bytes = this.#weighed ? estimateEntryBytes(key, value) : 0;
    const present = this.#slots.get(key);
    if (bytes > this.maxBytes) {
      if (present === undefined) this.#noteRemoval(key, 'oversized');
      else this.#remove(present, 'oversized');
      return false;
    }
    this.sets++;
    if (present === undefined) this.#insert(key, entry, bytes);
    else this.#replace(present, entry, bytes);
    while (this.#bytes > this.maxBytes && this.#slots.size > 1) this.#makeRoomFor(key);
    if (this.#observer.listening) {
      this.#observer.emit({ type: 'set', tier: 'memory', category: this.category, key });
    }
    return true;
  }

  /** True if there was a fresh entry. */
  delete(key: string): boolean {
    const slot = this.#slots.get(key);
    this.#departed.forget(key);
    if (slot === undefined) return false;
    const fresh = !this.#isOver(slot);
    this.#remove(slot, fresh ? 'deleted' : 'expired');
    if (!fresh) this.#departed.forget(key);
    return fresh;
  }

  clear(): void {
    this.removals.deleted += this.#slots.size;
    if (this.#observer.listening) {
      for (const key of this.#slots.keys()) this.#emitRemoval(key, 'deleted');
      this.#observer.emit({ type: 'clear', category: this.category });
    }
    this.#slots.clear();
    this.#columns.clear();
    this.#policy.clear();
    this.#expiries.clear();
    this.#tags.clear();
    this.#departed.clear();
    this.#bytes = 0;
  }

  /** Keys of fresh entries, in the order they came. */
  *keys(): Generator<string> {
    const now = this.#clock.now();
    for (const [key, slot] of this.#slots) if (this.#columns.expiresAt[slot]! > now) yield key;
  }

  /**
   * Removes one after the other the entries that carry the tag now; each step of the generator is
   * one removal, so that the caller can rest in between.
   */
  *invalidateTag(tag: string): Generator<void> {
    const slots = this.#tags.slotsOf(tag);
    if (slots === undefined) return;
    // Entries that come meanwhile are newer than the invalidation; they stand at the set's end.
    let left = slots.size;
    for (const slot of slots) {
      if (left-- === 0) return;
      this.#remove(slot, 'invalidated');
      yield;
    }
  }

  /** Begins a pass over what has expired by now. */
  startPrune(): void {
    this.#bytesAnEntry = this.#slots.size === 0 ? 0 : this.bytes() / this.#slots.size;
    this.#expiries.advance(this.#clock.now());
  }

  /** Removes one expired entry and counts it in the report; false when the pass is over. */
  pruneNext(report: TierCleanupReport): boolean {
    const slot = this.#expiries.next();
    if (slot < 0) return false;
    report.expired++;
    report.bytesFreed += this.#weighed ? this.#columns.bytes[slot]! : this.#bytesAnEntry;
    this.#remove(slot, 'expired');
    return true;
  }

  /** Bytes held: exact to the estimate of each entry under a byte limit, else scaled up from a sample. */
  bytes(): number {
    if (this.#weighed) return this.#bytes;
    const size = this.#slots.size;
    if (size === 0) return 0;
    const end = this.#columns.end;
    const step = Math.max(1, Math.floor(end / SAMPLE));
    let sampled = 0;
    let bytes = 0;
    for (let slot = 0; slot < end; slot += step) {
      if (this.#slots.get(this.#columns.keys[slot]!) !== slot) continue;
      bytes += estimateEntryBytes(this.#columns.keys[slot]!, this.#columns.values[slot]);
      sampled++;
    }
    return sampled === 0 ? 0 : Math.round((bytes / sampled) * size);
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    this.#policy.checkInvariants();
    this.#expiries.checkInvariants(
      (slot) => this.#slots.get(this.#columns.keys[slot] ?? '') === slot,
    );
    if (this.#slots.size > this.maxEntries) throw new Error('memory: over the limit of entries');
    let bytes = 0;
    for (const slot of this.#slots.values()) bytes += this.#columns.bytes[slot] ?? 0;
    if (bytes !== this.#bytes)
      throw new Error(`memory: ${bytes} bytes held, ${this.#bytes} counted`);
    if (this.#bytes > this.maxBytes) throw new Error('memory: over the limit of bytes');
  }

  /** Asked of an entry that is over. */
  #isKeptStale(slot: number): boolean {
    return this.#columns.split && this.#columns.staleUntil[slot]! > this.#clock.now();
  }

  #isOver(slot: number): boolean {
    return this.#columns.expiresAt[slot]! <= this.#clock.now();
  }

  #missed(key: string, reason: MissReason): typeof NOT_FOUND {
    this.misses++;
    this.lastMiss = reason;
    if (this.#observer.listening) {
      this.#observer.emit({ type: 'miss', tier: 'memory', category: this.category, key, reason });
    }
    return NOT_FOUND;
  }

  #insert(key: string, entry: CacheEntry, bytes: number): void {
    const columns = this.#columns;
    if (columns.full) {
      columns.grow();
      this.#policy.resize(columns.capacity);
      this.#expiries.resize(columns.staleUntil);
    }
    const slot = columns.take(key);
    this.#write(slot, entry);
    this.#slots.set(key, slot);
    this.#policy.add(slot);
    this.#expiries.add(slot);
    this.#tags.add(slot, entry.tags);
    this.#weigh(slot, bytes);
    if (this.#slots.size > this.maxEntries) this.#evict();
  }

  #replace(slot: number, entry: CacheEntry, bytes: number): void {
    this.removals.replaced++;
    if (this.#observer.listening) this.#emitRemoval(this.#columns.keys[slot]!, 'replaced');
    this.#expiries.remove(slot);
    this.#write(slot, entry);
    this.#expiries.add(slot);
    this.#tags.remove(slot);
    this.#tags.add(slot, entry.tags);
    this.#weigh(slot, bytes);
  }

  #write(slot: number, entry: CacheEntry): void {
    const { value, expiresAt, createdAt = 0 } = entry;
    const staleUntil = endOf(entry);
    const columns = this.#columns;
    if (staleUntil !== expiresAt && !columns.split) {
      columns.splitStale();
      this.#expiries.resize(columns.staleUntil);
    }
    columns.write(slot, value, expiresAt, staleUntil, createdAt);
  }

  #weigh(slot: number, bytes: number): void {
    if (!this.#weighed) return;
    this.#bytes += bytes - this.#columns.bytes[slot]!;
    this.#columns.bytes[slot] = bytes;
  }

  /** Evicts for the bytes of an entry that has grown: another one, since it is being written. */
  #makeRoomFor(key: string): void {
    const slot = this.#slots.get(key)!;
    if (this.#policy.victim() === slot) {
      this.#policy.remove(slot);
      this.#policy.add(slot);
    }
    this.#evict();
  }

  #evict(): void {
    this.#remove(this.#policy.victim(), 'evicted');
  }

  #remove(slot: number, cause: RemovalCause): void {
    const key = this.#columns.keys[slot]!;
    this.#slots.delete(key);
    this.#policy.remove(slot);
    this.#expiries.remove(slot);
    this.#tags.remove(slot);
    this.#weigh(slot, 0);
    this.#columns.free(slot);
    this.#noteRemoval(key, cause);
  }

  #noteRemoval(key: string, cause: RemovalCause): void {
    this.removals[cause]++;
    const reason = missReasonAfter(cause);
    if (reason !== 'absent') this.#departed.add(key, reason);
    if (this.#observer.listening) this.#emitRemoval(key, cause);
  }

  #emitRemoval(key: string, cause: RemovalCause): void {
    this.#observer.emit({ type: 'remove', tier: 'memory', category: this.category, key, cause });
  }
}
