import type { CacheEntry } from '../../model/cache-entry.js';
import type { CacheObserver } from '../../model/cache-event.js';
import type { MissReason } from '../../model/cache-result.js';
import type { TrafficReport } from '../../model/cache-advice.js';
import type { TierCleanupReport } from '../../model/cache-stats.js';
import type { RemovalCause } from '../../model/removal-cause.js';
import type { CoarseClock } from '../../primitives/clock.js';
import { ABSENT, EVICTED, EXPIRED, MISS_REASONS } from '../departed-keys.js';
import { EntrySlots, type EntrySlotsOptions } from './entry-slots.js';
import { ALL_SEEN, ExpiryScan, NONE_HERE } from './expiry-scan.js';
import type { KeyFamily, NumberFamily, TextFamily } from './key-family.js';
import { NOT_FOUND, type KeyTable } from './key-table.js';
import type { PeekedEntry, PutOutcome, StaleEntry } from './memory-entry.js';
import { MemoryEvents } from './memory-events.js';
import type { EvictionPolicy } from './policies/eviction-policy.js';
import type { Traffic } from './sampling/traffic.js';
import type { TrafficSample } from './sampling/traffic-sample.js';
import { estimateEntryBytes, estimateTotalBytes } from './size-estimate.js';
import type { SlotColumns } from './slot-columns.js';
import { NO_TAGS } from './tag-index.js';

export interface MemoryStoreOptions extends EntrySlotsOptions {
  readonly category: string;
}

/**
 * The entries of one category in memory: one look-up a hit. It alone removes entries, always
 * with a cause; the policy only says which. Expiry is checked when an entry is read; `startPrune`
 * and `pruneNext` remove what has expired unread. What may be served stale stays for that long, found
 * by `findStale` alone.
 */
export class MemoryStore {
  readonly category: string;
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

  /** Columns of its entries, read from outside where a hit is made: `valueAt` and `expiryAt` say how. */
  expiresAt: Float64Array;
  pairs: unknown[];

  /** Whether an entry has gone for a newcomer that took its slot: others will. */
  exchanges = false;

  /** Why the last `find` that found nothing found nothing: a code of `WHY_GONE`. */
  private lastCode = ABSENT;
  private readonly entries: EntrySlots;
  /** Some of its parts, where a hit finds them at once. */
  private readonly table: KeyTable;
  private readonly policy: EvictionPolicy;
  private readonly columns: SlotColumns;
  private readonly expired: ExpiryScan;
  private readonly accesses: Traffic;
  /** None before there is an entry. */
  private sample: TrafficSample | undefined = undefined;
  private readonly clock: CoarseClock;
  private readonly observer: CacheObserver;
  private readonly events: MemoryEvents;
  /** Mean estimate at the start of the pass: weighing each entry would cost more than removing it. */
  private bytesAnEntry = 0;

  constructor(
    options: MemoryStoreOptions,
    policy: EvictionPolicy,
    clock: CoarseClock,
    observer: CacheObserver,
  ) {
    this.category = options.category;
    this.entries = new EntrySlots(options, policy, clock);
    this.table = this.entries.table;
    this.policy = policy;
    this.columns = this.entries.columns;
    this.expiresAt = this.columns.expiresAt;
    this.pairs = this.columns.pairs;
    this.expired = new ExpiryScan(this.columns, this.table);
    this.accesses = this.entries.traffic;
    this.clock = clock;
    this.observer = observer;
    this.events = new MemoryEvents(observer, options.category);
  }

  get maxEntries(): number {
    return this.entries.maxEntries;
  }

  get maxBytes(): number {
    return this.entries.maxBytes;
  }

  get size(): number {
    return this.table.size;
  }

  /** Why the last read that found nothing found nothing. */
  get lastMiss(): MissReason {
    return MISS_REASONS[this.lastCode]!;
  }

  /**
   * The slot of a fresh entry, or NOT_FOUND, and then `lastMiss` says why. The slot is good for `valueAt`
   * and `expiryAt` until the next call that is not one of these.
   */
  find(key: string): number {
    const slot = this.table.find(key);
    return slot < 0 ? this.countMiss(key) : this.use(slot);
  }

  /** Keys of this store that differ in a text: see there. */
  textFamily(before: (length: number) => string, after: string): TextFamily {
    return this.table.textFamily(before, after);
  }

  /** Keys of this store that differ in a number: see there. */
  numberFamily(before: string, after: string): NumberFamily {
    return this.table.numberFamily(before, after);
  }

  /** As `find`, by the value that a key differs by in its family; UNSEEN, and nothing is counted, if `findAndNote` must be asked. */
  findNoted(hash: number, family: KeyFamily, value: string | number): number {
    const slot = this.table.findNoted(hash, family, value);
    return slot < 0 ? slot : this.use(slot);
  }

  /** As `find`, of the key that a value makes in its family: by that `findNoted` may find it from now on. */
  findAndNote(key: string, family: KeyFamily, value: string | number): number {
    const slot = this.table.find(key);
    if (slot < 0) return this.countMiss(key);
    this.table.note(slot, family, value);
    return this.use(slot);
  }

  /** The slot of a key's entry, over or not, or NOT_FOUND; nothing is counted. */
  locate(key: string): number {
    return this.table.find(key);
  }

  /**
   * Whether the entry in a slot is fresh: then this was a use of it, and a hit, and else a miss. Listeners are told, so who wants
   * what is in the slot has read it before.
   *
   * The hot path: what is rare is in methods of its own, so that this much is inlined where it is called (docs/design/memory-tier.md
   * has what there is room for). Between them V8 forgets what it knows of this object, so there are no more than two.
   *
   * @param expiresAt as it stands in the column
   */
  countUse(slot: number, expiresAt: number): boolean {
    if (expiresAt <= this.clock.horizon && !this.isHit(slot)) return this.over(slot);
    this.policy.touch(slot);
    // A chain of awaited hits never ends its turn, so the clock is read again at every 1024th.
    if (!(++this.hits & 0x3ff) || this.observer.listening === true) this.afterHit(slot);
    return true;
  }

  /** What `locate` has not found was asked for. */
  countMiss(key: string): typeof NOT_FOUND {
    // A key that is no string comes this far before its caller refuses it.
    if (typeof key !== 'string') return NOT_FOUND;
    const hash = this.table.hashOfMissing(key);
    return this.missed(key, hash, this.entries.departed.codeFor(hash));
  }

  private use(slot: number): number {
    if (this.observer.listening === true) return this.useAloud(slot);
    return this.countUse(slot, this.expiresAt[slot]!) ? slot : NOT_FOUND;
  }

  /** What is there, fresh or stale, for a load to fall back on. Not counted. */
  findStale(key: string, isUse = false): StaleEntry | undefined {
    const slot = this.table.find(key);
    if (slot === NOT_FOUND || !this.mayBeServed(slot)) return undefined;
    if (isUse) this.policy.touch(slot);
    return this.entryAt(slot);
  }

  /** What is there and until when, or why nothing is. Neither a use of it nor counted. */
  peek(key: string): PeekedEntry | MissReason {
    const slot = this.table.find(key);
    if (slot === NOT_FOUND) {
      return this.entries.departed.missReasonFor(this.table.hashOfMissing(key));
    }
    if (!this.mayBeServed(slot)) return 'expired';
    const { weighed, columns } = this.entries;
    return {
      ...this.entryAt(slot),
      staleUntil: columns.staleEndOf(slot),
      bytes: weighed ? columns.bytes[slot]! : estimateEntryBytes(key, columns.valueIn(slot)),
    };
  }

  /** From now on it is kept when an entry was made. */
  keepBirths(): void {
    this.columns.keepBirths();
  }

  valueAt(slot: number): unknown {
    return this.pairs[(slot << 1) | 1];
  }

  expiryAt(slot: number): number {
    return Math.abs(this.expiresAt[slot]!);
  }

  /** Whether there is a fresh entry. Neither a use of it nor a hit. */
  has(key: string): boolean {
    const slot = this.table.find(key);
    return slot !== NOT_FOUND && !this.isOver(slot);
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
    const entries = this.entries;
    const bytes = entries.weighed ? estimateEntryBytes(key, entry.value) : 0;
    const present = this.table.findForWrite(key);
    if (bytes > entries.maxBytes) {
      this.refuseOversized(key, present, entry.expiresAt, bytes);
      return 'oversized';
    }
    this.sets++;
    const slot = this.opened(key, present);
    entries.write(slot, entry);
    return this.closed(slot, key, present === NOT_FOUND, entry.tags, bytes) ? 'stored' : 'refused';
  }

  /**
   * As `put`, of an entry with no tags that is fresh for `ttlMs` and no longer there: the common write, in
   * which nothing is made that is not kept. Only for a category that is not limited by bytes.
   *
   * @returns the slot, or NOT_FOUND if it is not kept
   */
  putPlain(key: string, value: unknown, ttlMs: number): number {
    if (this.exchanges === true) return this.exchangePlain(key, value, ttlMs);
    return this.fillPlain(key, value, ttlMs);
  }

  private fillPlain(key: string, value: unknown, ttlMs: number): number {
    const present = this.table.findForWrite(key);
    if (present !== NOT_FOUND) return this.replacePlain(present, key, value, ttlMs);
    if (this.table.size === this.entries.exchangesAt && this.observer.listening !== true) {
      this.exchanges = true;
      return this.exchangePlain(key, value, ttlMs);
    }
    this.sets++;
    if (this.columns.full) this.grow();
    const slot = this.entries.insertPlain(key, value, ttlMs);
    if (this.observer.listening === true) return this.toldPlain(slot, key, true);
    return this.trim(slot, true) ? slot : NOT_FOUND;
  }

  /**
   * As `putPlain`, and the shorter way once `exchanges` says so; right in any case.
   *
   * A function of its own, since V8 inlines what was called often while it watched, and a category is filled first; with all that it
   * calls it is as much as V8 inlines (docs/design/memory-tier.md), so what would be short calls is written out.
   */
  exchangePlain(key: string, value: unknown, ttlMs: number): number {
    const { table, entries, columns, accesses } = this;
    const present = table.findForWrite(key);
    if (present !== NOT_FOUND) return this.replacePlain(present, key, value, ttlMs);
    if (table.size !== entries.exchangesAt || this.observer.listening === true) {
      return this.fillPlain(key, value, ttlMs);
    }
    this.sets++;
    this.removals.evicted++;
    const bornAt = this.clock.recent(ttlMs);
    const end = bornAt + ttlMs;
    const slot = this.policy.exchange!(table.hashOfNext);
    entries.departed.mark(table.hashIn(slot), EVICTED);
    if (entries.tags.size !== 0) entries.tags.remove(slot);
    const { pairs, expiresAt } = this;
    if (expiresAt[slot]! < 0) accesses.removed(slot, true, 'evicted');
    pairs[slot << 1] = key;
    pairs[(slot << 1) | 1] = value;
    expiresAt[slot] = end;
    if (columns.staleUntil !== expiresAt) columns.staleUntil[slot] = end;
    if (columns.dated === true) columns.bornAt[slot] = bornAt;
    const hash = table.exchange(slot);
    if (hash >>> 2 < accesses.watched) accesses.inserted(slot, hash);
    return slot;
  }

  private replacePlain(slot: number, key: string, value: unknown, ttlMs: number): number {
    this.sets++;
    const now = this.clock.recent(ttlMs);
    this.reopened(slot);
    this.columns.write(slot, value, now + ttlMs, now + ttlMs, now);
    this.entries.settleAgain(slot, NO_TAGS, 0);
    return this.observer.listening === true ? this.toldPlain(slot, key, false) : slot;
  }

  /** The caller has what was written, whatever a listener does to it. */
  private toldPlain(slot: number, key: string, isNew: boolean): number {
    const value = this.valueAt(slot);
    const expiresAt = this.expiryAt(slot);
    return this.trimAloud(slot, key, isNew) ? this.asItWas(slot, value, expiresAt) : NOT_FOUND;
  }

  /** True if there was a fresh entry. */
  delete(key: string): boolean {
    const slot = this.table.find(key);
    if (slot === NOT_FOUND) {
      const missing = this.table.hashOfMissing(key);
      this.entries.departed.forget(missing);
      this.accesses.deleted(missing);
      return false;
    }
    const fresh = !this.isOver(slot);
    const hash = this.table.hashIn(slot);
    const cause = fresh ? 'deleted' : 'expired';
    this.entries.remove(slot, cause);
    this.entries.departed.add(hash, 'deleted');
    this.noteRemoval(key, cause);
    return fresh;
  }

  clear(): void {
    this.removals.deleted += this.size;
    const { columns } = this;
    const { listening } = this.observer;
    const cleared = listening ? Array.from(this.table.slots(), (slot) => columns.keyIn(slot)) : [];
    this.entries.clear();
    for (const key of cleared) this.events.removed(key, 'deleted');
    if (listening) this.events.cleared();
  }

  /** Keys of fresh entries, in the order they came. */
  *keys(): Generator<string> {
    const now = this.clock.now();
    for (const slot of this.table.slots()) {
      // It may have gone since the last step.
      const isFresh = this.table.holds(slot) && this.columns.endOf(slot) > now;
      if (isFresh) yield this.columns.keyIn(slot);
    }
  }

  /**
   * Removes one after the other the entries that carry the tag now, and not what is written meanwhile; each
   * step of the generator is one removal, so that the caller can rest in between.
   */
  *invalidateTag(tag: string): Generator<void> {
    for (const slot of this.entries.tags.slotsOf(tag)) {
      this.remove(slot, 'invalidated');
      yield;
    }
  }

  /** Begins a pass over what has expired by now. */
  startPrune(): void {
    this.bytesAnEntry = this.size === 0 ? 0 : this.bytes() / this.size;
    this.expired.start(this.clock.now());
  }

  /** Goes on by a step, in which an expired entry may be removed and counted in the report; false when the pass is over. */
  pruneNext(report: TierCleanupReport): boolean {
    const slot = this.expired.step();
    if (slot === ALL_SEEN) return false;
    if (slot === NONE_HERE) return true;
    report.expired++;
    report.bytesFreed += this.entries.weighed ? this.columns.bytes[slot]! : this.bytesAnEntry;
    this.remove(slot, 'expired');
    return true;
  }

  /** Bytes held: exact to the estimate of each entry under a byte limit, else scaled up from a sample. */
  bytes(): number {
    if (this.entries.weighed) return this.entries.bytes;
    const { columns } = this;
    return estimateTotalBytes(this.size, columns.end, (slot) =>
      this.table.holds(slot)
        ? { key: columns.keyIn(slot), value: columns.valueIn(slot) }
        : undefined,
    );
  }

  /**
   * What is known of the traffic of late.
   *
   * @param sizes at which the hit ratio is wanted, in limits, ascending
   */
  traffic(sizes: readonly number[]): TrafficReport {
    return this.accesses.report(sizes, this.hits, this.misses);
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    this.entries.checkInvariants();
  }

  /** Whether it is fresh, or kept to be served stale. */
  private mayBeServed(slot: number): boolean {
    return this.columns.staleEndOf(slot) > this.clock.now();
  }

  private entryAt(slot: number): StaleEntry {
    const { columns, tags } = this.entries;
    return {
      value: columns.valueIn(slot),
      expiresAt: columns.endOf(slot),
      bornAt: columns.bornAt[slot] ?? 0,
      tags: tags.tagsOf(slot),
    };
  }

  private isOver(slot: number): boolean {
    const end = this.columns.endOf(slot);
    return end <= this.clock.horizon && end <= this.clock.now();
  }

  /** Asked of an entry that is marked, or near its end. Short, since a watched hit is inlined where others are. */
  private isHit(slot: number): boolean {
    if (-this.expiresAt[slot]! <= this.clock.horizon) return this.isHitByTime(slot);
    this.sample!.hit(slot);
    return true;
  }

  private isHitByTime(slot: number): boolean {
    if (this.isOver(slot)) return false;
    if (this.columns.isMarked(slot)) this.sample!.hit(slot);
    return true;
  }

  private over(slot: number): false {
    const key = this.columns.keyIn(slot);
    const hash = this.table.hashIn(slot);
    if (!this.mayBeServed(slot)) this.remove(slot, 'expired');
    this.missed(key, hash, EXPIRED);
    return false;
  }

  /** The caller has what was there, whatever a listener does to it. */
  private useAloud(slot: number): number {
    const value = this.valueAt(slot);
    const expiresAt = this.expiryAt(slot);
    if (!this.countUse(slot, this.expiresAt[slot]!)) return NOT_FOUND;
    return this.asItWas(slot, value, expiresAt);
  }

  private afterHit(slot: number): void {
    if ((this.hits & 0x3ff) === 0) this.readClock();
    if (this.observer.listening === true) this.events.hit(this.columns.keyIn(slot));
  }

  /** The slot, or another one that has what the slot had before listeners were told. */
  private asItWas(slot: number, value: unknown, expiresAt: number): number {
    const isSame = Object.is(this.valueAt(slot), value) && this.expiryAt(slot) === expiresAt;
    return isSame ? slot : this.columns.hold(value, expiresAt);
  }

  private readClock(): void {
    this.accesses.tick(this.hits, this.misses, this.clock.now());
  }

  private missed(key: string, hash: number, code: number): typeof NOT_FOUND {
    this.lastCode = code;
    this.accesses.missed(hash, code);
    if ((++this.misses & 0x3ff) === 0) this.readClock();
    if (this.observer.listening === true) this.tellMiss(key, code);
    return NOT_FOUND;
  }

  private tellMiss(key: string, code: number): void {
    this.events.missed(key, this.lastMiss);
    // A listener may have read something else.
    this.lastCode = code;
  }

  /** The slot of a key that is to be written now: a newcomer's, or the one that has what is replaced. */
  private opened(key: string, present: number): number {
    if (present !== NOT_FOUND) return this.reopened(present);
    if (this.columns.full) this.grow();
    return this.entries.claim(key);
  }

  private reopened(slot: number): number {
    this.removals.replaced++;
    this.entries.withdraw(slot);
    return slot;
  }

  private grow(): void {
    this.entries.grow();
    this.expiresAt = this.columns.expiresAt;
    this.pairs = this.columns.pairs;
    this.sample = this.accesses.sample;
  }

  /** What has been written takes its place; false if the entry had to go. */
  private closed(
    slot: number,
    key: string,
    isNew: boolean,
    tags: readonly string[],
    bytes: number,
  ): boolean {
    if (isNew) this.entries.settle(slot, tags, bytes);
    else this.entries.settleAgain(slot, tags, bytes);
    return this.observer.listening === true
      ? this.trimAloud(slot, key, isNew)
      : this.trim(slot, isNew);
  }

  private trimAloud(slot: number, key: string, isNew: boolean): boolean {
    return this.events.after(() => {
      if (!isNew) this.events.removed(key, 'replaced');
      this.events.written(key);
      return this.trim(slot, isNew);
    });
  }

  /**
   * Evicts until the category is within its limits; false if the entry just written had to go. The
   * policy may refuse a newcomer; an entry that has grown makes room by others, which it always can: by itself it fits.
   */
  private trim(written: number, isNew: boolean): boolean {
    const entries = this.entries;
    while (entries.isOverLimit) {
      const victim = this.policy.victim();
      if (victim === written && !isNew) {
        this.makeRoomFor(written);
        return true;
      }
      this.evict(victim);
      if (victim === written) return false;
    }
    return true;
  }

  /** While the policy does not know of the entry it names others; then it comes anew. */
  private makeRoomFor(written: number): void {
    const entries = this.entries;
    this.policy.remove(written, false);
    while (entries.isOverLimit) this.evict(this.policy.victim());
    entries.admit(written, this.columns.bytes[written]!);
  }

  /** It may not come in, and what it was to replace goes. */
  private refuseOversized(key: string, present: number, expiresAt: number, bytes: number): void {
    const hash = present === NOT_FOUND ? this.table.hashOfNext : this.table.hashIn(present);
    if (present === NOT_FOUND) this.entries.depart(hash, 'oversized');
    else this.entries.remove(present, 'oversized');
    this.accesses.refused(hash, expiresAt, bytes);
    this.noteRemoval(key, 'oversized');
  }

  private remove(slot: number, cause: RemovalCause): void {
    const key = this.columns.keyIn(slot);
    this.entries.remove(slot, cause);
    this.noteRemoval(key, cause);
  }

  private evict(slot: number): void {
    const key = this.observer.listening === true ? this.columns.keyIn(slot) : undefined;
    this.entries.remove(slot, 'evicted');
    this.removals.evicted++;
    if (key !== undefined) this.events.removed(key, 'evicted');
  }

  private noteRemoval(key: string, cause: RemovalCause): void {
    this.removals[cause]++;
    if (this.observer.listening === true) this.events.removed(key, cause);
  }
}
