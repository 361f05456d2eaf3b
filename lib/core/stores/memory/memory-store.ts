import { endOf, type CacheEntry } from '../../model/cache-entry.js';
import type { CacheObserver } from '../../model/cache-event.js';
import type { MissReason } from '../../model/cache-result.js';
import type { TrafficReport } from '../../model/cache-advice.js';
import type { TierCleanupReport } from '../../model/cache-stats.js';
import { missReasonAfter, type RemovalCause } from '../../model/removal-cause.js';
import type { CoarseClock } from '../../primitives/clock.js';
import { PROCESS_HASH, type KeyHash } from '../../primitives/key-hash.js';
import { DepartedKeys, missReasonOf, type WhyGone } from './departed-keys.js';
import { ExpiryIndex } from './expiry-index.js';
import type { KeyPlaces } from './key-places.js';
import { KeyTable, NOT_FOUND } from './key-table.js';
import type { EvictionPolicy } from './policies/eviction-policy.js';
import type { PeekedEntry, PutOutcome, StaleEntry } from './memory-entry.js';
import { estimateEntryBytes, estimateTotalBytes } from './size-estimate.js';
import { Traffic } from './sampling/traffic.js';
import { SlotColumns } from './slot-columns.js';
import { NO_TAGS, TagIndex } from './tag-index.js';

export interface MemoryStoreOptions {
  readonly category: string;
  /** Infinity: no limit. */
  readonly maxEntries: number;
  /** Estimated bytes. Infinity: no limit, and nothing is weighed on the way in. */
  readonly maxBytes: number;
  /** What keys are hashed under. Unset: the secret of the process. */
  readonly keyHash?: KeyHash;
}

/** Hits, and misses, between two readings of the clock within one turn of the event loop, less one: a mask. */
const UNTIL_READING = 1023;

/**
 * The entries of one category in memory: one look-up a hit. It alone removes entries, always
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

  readonly #table: KeyTable;
  readonly #columns: SlotColumns;
  /** Two of the columns, where a hit finds them at once. */
  #expiresAt: Float64Array;
  #values: unknown[];
  readonly #policy: EvictionPolicy;
  readonly #expiries: ExpiryIndex;
  readonly #tags = new TagIndex();
  readonly #departed: DepartedKeys;
  readonly #traffic: Traffic;
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
    this.#expiresAt = this.#columns.expiresAt;
    this.#values = this.#columns.values;
    this.#departed = new DepartedKeys(options.maxEntries);
    this.#expiries = new ExpiryIndex(clock.now());
    this.#policy = policy;
    this.#table = new KeyTable(options.keyHash ?? PROCESS_HASH, (slot) => this.#forgetHashes(slot));
    this.#traffic = new Traffic(options, this.#columns, this.#table, clock);
    this.#clock = clock;
    this.#observer = observer;
  }

  get size(): number {
    return this.#table.size;
  }

  /**
   * The slot of a fresh entry, or NOT_FOUND, and then `lastMiss` says why. The slot is good for `valueAt`
   * and `expiryAt` until the next call that is not one of these.
   */
  find(key: string): number {
    const slot = this.#table.find(key);
    return slot < 0 ? this.#notThere(key) : this.#use(slot);
  }

  /** As `find`, for a caller that remembers where an entry was: then there is no look-up. */
  findAgain(places: KeyPlaces, place: number): number {
    const table = this.#table;
    const slot = places.seen[2 * place]!;
    const isSame = table.arrivalIn(slot) === places.seen[2 * place + 1] && table.era === places.era;
    return isSame ? this.#use(slot) : this.#findAnew(places, place);
  }

  #findAnew(places: KeyPlaces, place: number): number {
    const found = this.find(places.keys[place]!);
    if (found >= 0) places.note(place, found, this.#table.arrivalIn(found), this.#table.era);
    return found;
  }

  /** The hot path: what is rare is in methods of its own, so that this much is inlined where it is called. */
  #use(slot: number): number {
    if (this.#expiresAt[slot]! <= this.#clock.horizon && !this.#isHit(slot)) {
      return this.#over(slot);
    }
    this.#policy.touch(slot);
    // A chain of awaited hits never ends its turn, so the clock is read again now and then.
    if ((++this.hits & UNTIL_READING) === 0) this.#readClock();
    if (this.#observer.listening) this.#emitHit(this.#columns.keys[slot]!);
    return slot;
  }

  /** What is there, fresh or stale, for a load to fall back on. Not counted. */
  findStale(key: string, isUse = false): StaleEntry | undefined {
    const columns = this.#columns;
    const slot = this.#table.find(key);
    if (slot === NOT_FOUND || columns.staleEndOf(slot) <= this.#clock.now()) return undefined;
    if (isUse) this.#policy.touch(slot);
    return {
      value: columns.values[slot],
      expiresAt: columns.endOf(slot),
      bornAt: columns.bornAt[slot] ?? 0,
      tags: this.#tags.tagsOf(slot),
    };
  }

  /** What is there and until when, or why nothing is. Neither a use of it nor counted. */
  peek(key: string): PeekedEntry | MissReason {
    const entry = this.findStale(key);
    const slot = this.#table.find(key);
    if (slot === NOT_FOUND) return missReasonOf(this.#departed.reasonFor(this.#table.hashOf(key)));
    if (entry === undefined) return 'expired';
    const { bytes } = this.#columns;
    return {
      ...entry,
      staleUntil: this.#columns.staleEndOf(slot),
      bytes: this.#weighed ? bytes[slot]! : estimateEntryBytes(key, entry.value),
    };
  }

  /** From now on it is kept when an entry was made. */
  keepBirths(): void {
    this.#columns.keepBirths();
  }

  valueAt(slot: number): unknown {
    return this.#values[slot];
  }

  expiryAt(slot: number): number {
    return Math.abs(this.#expiresAt[slot]!);
  }

  /** Whether there is a fresh entry. Neither a use of it nor a hit. */
  has(key: string): boolean {
    const slot = this.#table.find(key);
    return slot !== NOT_FOUND && !this.#isOver(slot);
  }

  /**
   * Keeps a value until `expiresAt` (epoch milliseconds, in the future). False: it is not kept; nor
   * is what was there before.
   */
  set(key: string, value: unknown, expiresAt: number, tags: readonly string[]): boolean {
    return this.put(key, { value, expiresAt, tags }) === 'stored';
  }

  /** As `set`, with all that is known of the entry: it may stay stale for a while. */
  put(key: string, entry: CacheEntry): PutOutcome {
    const { value } = entry;
    const bytes = this.#weighed ? estimateEntryBytes(key, value) : 0;
    const present = this.#table.findForWrite(key);
    if (bytes > this.maxBytes) {
      if (present === NOT_FOUND) this.#noteRemoval(this.#table.hashOf(key), key, 'oversized');
      else this.#remove(present, 'oversized');
      return 'oversized';
    }
    this.sets++;
    const slot = this.#opened(key, present);
    this.#write(slot, entry);
    return this.#closed(slot, key, present === NOT_FOUND, entry.tags, bytes) ? 'stored' : 'refused';
  }

  /**
   * As `put`, of an entry with no tags that is fresh for `ttlMs` and no longer there: the common write, in
   * which nothing is made that is not kept.
   *
   * @returns the slot, or NOT_FOUND if it is not kept. @throws Error if the category is limited by bytes
   */
  putPlain(key: string, value: unknown, ttlMs: number): number {
    if (this.#weighed) throw new Error('memory: a plain write is not weighed');
    const now = this.#clock.recent();
    const present = this.#table.findForWrite(key);
    this.sets++;
    const slot = this.#opened(key, present);
    this.#columns.write(slot, value, now + ttlMs, now + ttlMs, now);
    return this.#closed(slot, key, present === NOT_FOUND, NO_TAGS, 0) ? slot : NOT_FOUND;
  }

  /** True if there was a fresh entry. */
  delete(key: string): boolean {
    const slot = this.#table.find(key);
    if (slot === NOT_FOUND) {
      this.#departed.forget(this.#table.hashOf(key));
      this.#traffic.deleted(key);
      return false;
    }
    const fresh = !this.#isOver(slot);
    const hash = this.#table.hashIn(slot);
    this.#remove(slot, fresh ? 'deleted' : 'expired');
    this.#departed.add(hash, 'deleted');
    return fresh;
  }

  clear(): void {
    this.removals.deleted += this.size;
    if (this.#observer.listening) {
      for (const slot of this.#table.slots())
        this.#emitRemoval(this.#columns.keys[slot]!, 'deleted');
      this.#observer.emit({ type: 'clear', category: this.category });
    }
    this.#table.clear();
    this.#columns.clear();
    this.#policy.clear();
    this.#expiries.clear();
    this.#tags.clear();
    this.#departed.clear();
    this.#traffic.clear();
    this.#bytes = 0;
  }

  /** Keys of fresh entries, in the order they came. */
  *keys(): Generator<string> {
    const now = this.#clock.now();
    for (const slot of this.#table.slots()) {
      // It may have gone since the last step.
      const isFresh = this.#table.holds(slot) && this.#columns.endOf(slot) > now;
      if (isFresh) yield this.#columns.keys[slot]!;
    }
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
    this.#bytesAnEntry = this.size === 0 ? 0 : this.bytes() / this.size;
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
    const { keys, values, end } = this.#columns;
    return estimateTotalBytes(this.size, end, (slot) =>
      this.#table.holds(slot) ? { key: keys[slot]!, value: values[slot] } : undefined,
    );
  }

  /**
   * What is known of the traffic of late.
   *
   * @param sizes at which the hit ratio is wanted, in limits, ascending
   */
  traffic(sizes: readonly number[]): TrafficReport {
    return this.#traffic.report(sizes, this.hits, this.misses);
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    this.#policy.checkInvariants();
    this.#traffic.checkInvariants();
    this.#table.checkInvariants();
    this.#expiries.checkInvariants((slot) => this.#table.holds(slot));
    if (this.size > this.maxEntries) throw new Error('memory: over the limit of entries');
    let bytes = 0;
    for (const slot of this.#table.slots()) bytes += this.#columns.bytes[slot] ?? 0;
    if (bytes !== this.#bytes)
      throw new Error(`memory: ${bytes} bytes held, ${this.#bytes} counted`);
    if (this.#bytes > this.maxBytes) throw new Error('memory: over the limit of bytes');
  }

  /** Keys have other hashes from now on, that of the newcomer in a slot too. What the policy knew of them it forgets. */
  #forgetHashes(newcomer: number): void {
    this.#departed.clear();
    this.#traffic.clear();
    if (!this.#policy.hashed) return;
    this.#policy.clear();
    for (const slot of this.#table.slots()) {
      if (slot !== newcomer) this.#admit(slot, this.#columns.bytes[slot] ?? 0);
    }
  }

  /** Asked of an entry that is over. */
  #isKeptStale(slot: number): boolean {
    return this.#columns.split && this.#columns.staleEndOf(slot) > this.#clock.now();
  }

  #isOver(slot: number): boolean {
    const end = this.#columns.endOf(slot);
    return end <= this.#clock.horizon && end <= this.#clock.now();
  }

  /** Asked of an entry that is near its end, or marked. */
  #isHit(slot: number): boolean {
    if (this.#isOver(slot)) return false;
    if (this.#columns.isMarked(slot)) this.#traffic.hit(slot);
    return true;
  }

  #notThere(key: string): typeof NOT_FOUND {
    // A key that is no string comes this far before its caller refuses it.
    const isKey = typeof key === 'string';
    return this.#missed(key, isKey ? this.#departed.reasonFor(this.#table.hashOf(key)) : 'absent');
  }

  #over(slot: number): typeof NOT_FOUND {
    const key = this.#columns.keys[slot]!;
    if (!this.#isKeptStale(slot)) this.#remove(slot, 'expired');
    return this.#missed(key, 'expired');
  }

  #emitSet(key: string): void {
    this.#observer.emit({ type: 'set', tier: 'memory', category: this.category, key });
  }

  #emitHit(key: string): void {
    this.#observer.emit({ type: 'hit', tier: 'memory', category: this.category, key });
  }

  #readClock(): void {
    this.#traffic.tick(this.hits, this.misses, this.#clock.now());
  }

  #missed(key: string, why: WhyGone): typeof NOT_FOUND {
    const reason = missReasonOf(why);
    this.lastMiss = reason;
    this.#traffic.missed(key, why);
    if ((++this.misses & UNTIL_READING) === 0) this.#readClock();
    if (this.#observer.listening) {
      this.#observer.emit({ type: 'miss', tier: 'memory', category: this.category, key, reason });
    }
    return NOT_FOUND;
  }

  /** The slot of a key that is to be written now: a newcomer's, or the one that has what is replaced. */
  #opened(key: string, present: number): number {
    if (present === NOT_FOUND) return this.#claim(key);
    this.#withdraw(present, key);
    return present;
  }

  /** What has been written takes its place; false if the entry had to go. */
  #closed(
    slot: number,
    key: string,
    isNew: boolean,
    tags: readonly string[],
    bytes: number,
  ): boolean {
    if (isNew) this.#settle(slot, tags, bytes);
    else this.#settleAgain(slot, tags, bytes);
    if (this.#observer.listening) this.#emitSet(key);
    return this.#trim(slot, isNew);
  }

  #claim(key: string): number {
    const columns = this.#columns;
    if (columns.full) {
      columns.grow();
      this.#expiresAt = columns.expiresAt;
      this.#values = columns.values;
      this.#policy.resize(columns.capacity);
      this.#expiries.resize(columns.staleUntil);
      this.#table.resize(columns.keys);
    }
    const slot = columns.take(key);
    this.#table.add(key, slot);
    return slot;
  }

  #settle(slot: number, tags: readonly string[], bytes: number): void {
    this.#admit(slot, bytes);
    this.#expiries.add(slot);
    this.#tags.add(slot, tags);
    this.#weigh(slot, bytes);
    this.#traffic.inserted(slot);
  }

  #admit(slot: number, bytes: number): void {
    const hash = this.#policy.hashed ? this.#table.hashIn(slot) : 0;
    this.#policy.add(slot, hash, this.#weighed ? bytes : 1);
  }

  /** What is in the slot is to be replaced by what is written there now. */
  #withdraw(slot: number, key: string): void {
    this.removals.replaced++;
    if (this.#observer.listening) this.#emitRemoval(key, 'replaced');
    this.#expiries.remove(slot);
    this.#tags.remove(slot);
  }

  #settleAgain(slot: number, tags: readonly string[], bytes: number): void {
    this.#expiries.add(slot);
    this.#tags.add(slot, tags);
    this.#weigh(slot, bytes);
    this.#traffic.replaced(slot);
    if (this.#weighed) this.#policy.reweigh?.(slot, bytes);
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

  /**
   * Evicts until the category is within its limits; false if the entry just written had to go. The
   * policy may refuse a newcomer; an entry that has grown makes room by another, if another can.
   */
  #trim(written: number, isNew: boolean): boolean {
    let spared = isNew;
    while (this.size > this.maxEntries || this.#bytes > this.maxBytes) {
      const victim = this.#policy.victim();
      if (victim === written && !spared) {
        spared = true;
        this.#policy.remove(victim, false);
        this.#admit(victim, this.#columns.bytes[victim]!);
        continue;
      }
      this.#remove(victim, 'evicted');
      if (victim === written) return false;
    }
    return true;
  }

  #remove(slot: number, cause: RemovalCause): void {
    const key = this.#columns.keys[slot]!;
    const hash = this.#table.hashIn(slot);
    this.#table.remove(slot);
    this.#policy.remove(slot, cause === 'evicted');
    this.#expiries.remove(slot);
    this.#tags.remove(slot);
    this.#weigh(slot, 0);
    this.#traffic.removed(slot, cause);
    this.#columns.free(slot);
    this.#noteRemoval(hash, key, cause);
  }

  #noteRemoval(hash: number, key: string, cause: RemovalCause): void {
    // By name where it is often: a property by a variable name costs ten times as much.
    if (cause === 'evicted') this.removals.evicted++;
    else this.removals[cause]++;
    const reason = missReasonAfter(cause);
    if (reason !== 'absent') this.#departed.add(hash, reason);
    if (this.#observer.listening) this.#emitRemoval(key, cause);
  }

  #emitRemoval(key: string, cause: RemovalCause): void {
    this.#observer.emit({ type: 'remove', tier: 'memory', category: this.category, key, cause });
  }
}
