import type { SampleReport } from '../../../model/cache-advice.js';
import type { RemovalCause } from '../../../model/removal-cause.js';
import type { CoarseClock } from '../../../primitives/clock.js';
import { WHY_GONE } from '../../departed-keys.js';
import type { KeyTable } from '../key-table.js';
import { NO_ENTRY, type SlotColumns } from '../slot-columns.js';
import { SamplingBudget, STRETCH } from './sampling-budget.js';
import { WatchedKeys } from './watched-keys.js';

/** Slots looked at in one go when marks are put on again: a fraction of a millisecond. */
const MARKED_AT_ONCE = 4096;

/** Events that wait to be recorded, at most. */
const MOST_WAITING = 64;
const LAST_WAITING = MOST_WAITING - 1;

/** What may happen. A miss is told by its place in `WHY_GONE`, which are fewer. */
const HIT = 8;
const CAME = 9;
const REPLACED = 10;
const EVICTED = 11;
const REMOVED = 12;
const DELETED = 13;

/**
 * Watches a share of the keys, chosen by their hashes, to tell what a smaller or larger cache would
 * have done with the same traffic: SHARDS (Waldspurger et al., "Efficient MRC construction with
 * SHARDS", FAST 2015). Among every hundredth key, a key's stack distance is a hundredth of the whole.
 *
 * A hit on a key that is not watched costs nothing: the expiry of a watched entry is marked, and a
 * marked one fails the comparison that every hit makes anyway. A hash is made of a key that missed or
 * came, not of one that hit. Where even that would be too dear, most of all in a small category, where
 * most keys must be watched, watching goes on in stretches (`SamplingBudget`); when one begins, nothing
 * is known but which entries are to be marked.
 *
 * What happens to watched keys within a turn of the event loop is written down, and recorded with others later: what is called so seldom
 * is not inlined where an entry is read or written, which would leave no room there for the rest.
 */
export class TrafficSample {
  private readonly columns: SlotColumns;
  private readonly table: KeyTable;
  private readonly clock: CoarseClock;
  private readonly budget: SamplingBudget;
  private readonly keys: WatchedKeys;
  private accesses: number;
  /** Where marking goes on; -1: all are marked. */
  private marking = -1;
  /** What has happened and is not recorded yet, in its order, and to what. */
  private waits = 0;
  /** A hit where nothing else was written. */
  private readonly events = new Uint8Array(MOST_WAITING).fill(HIT);
  private readonly slots = new Int32Array(MOST_WAITING);
  private readonly hashes = new Int32Array(MOST_WAITING);
  private readonly ends = new Float64Array(MOST_WAITING);
  private readonly bytes = new Float64Array(MOST_WAITING);
  /** The horizon of the clock then, but for hits. */
  private readonly horizons = new Float64Array(MOST_WAITING);
  /** Of those that wait, the last to leave its slot; -1: none. */
  private lastLeaver = -1;
  private readonly weighed: boolean;

  /**
   * @param since when the traffic began, epoch milliseconds
   * @param misses there have been since then, on keys never seen, and nothing else. More than one stretch would not all have been recorded
   */
  constructor(
    limits: { readonly maxEntries: number; readonly maxBytes: number },
    columns: SlotColumns,
    table: KeyTable,
    clock: CoarseClock,
    since: number,
    misses: number,
  ) {
    this.columns = columns;
    this.table = table;
    this.clock = clock;
    this.weighed = limits.maxBytes !== Infinity;
    this.budget = new SamplingBudget(since);
    const recorded = Math.min(misses, STRETCH);
    this.accesses = misses - recorded;
    this.keys = new WatchedKeys(limits, recorded);
  }

  /** Only keys of a lower hash, in quarters, need be told of, which fits a small integer of V8; 0: none. */
  get watched(): number {
    // A product is no small integer to V8, whatever it comes to.
    return this.watching ? (this.keys.rate * 2 ** 30) | 0 : 0;
  }

  private get watching(): boolean {
    return !this.budget.resting;
  }

  /** A fresh entry with a mark was asked for. Nothing else is written down of it, as this is inlined where a hit is made. */
  hit(slot: number): void {
    const waits = this.waits;
    this.slots[waits] = slot;
    this.waits = waits + 1;
    if (waits === LAST_WAITING) this.settle();
  }

  /** A key that is not there, or past its time, was asked for. @param code the place of the reason in `WHY_GONE` */
  missed(hash: number, code: number): void {
    this.note(code, NO_ENTRY, hash);
  }

  /** An entry has come. */
  inserted(slot: number, hash: number): void {
    this.columns.mark(slot);
    this.note(CAME, slot, hash);
  }

  /** An entry has a new value, and new times. */
  replaced(slot: number, hash: number): void {
    this.columns.mark(slot);
    this.note(REPLACED, slot, hash);
  }

  /** An entry larger than the whole cache has come, and had to go at once. */
  refused(hash: number, expiresAt: number, bytes: number): void {
    this.settle();
    if (this.keys.has(hash)) this.keys.refused(hash, expiresAt, bytes);
  }

  /** An entry with a mark goes. */
  removed(slot: number, cause: RemovalCause): void {
    this.lastLeaver = this.waits;
    this.note(cause === 'evicted' ? EVICTED : REMOVED, slot, this.table.hashIn(slot));
  }

  /** A key that is not there was deleted. */
  deleted(hash: number): void {
    this.note(DELETED, NO_ENTRY, hash);
  }

  /** All entries have gone, or have other hashes. */
  clear(): void {
    this.settle();
    this.startAnew();
  }

  /** Now and then, with all accesses since the start. */
  tick(accesses: number, now: number): void {
    this.settle();
    if (this.watching) this.keys.watched(accesses - this.accesses);
    this.accesses = accesses;
    if (this.budget.spend(accesses, this.keys.records, now)) this.startAnew();
    if (this.marking >= 0) this.markMore();
  }

  /**
   * @param sizes in limits, ascending
   * @param accesses all since the start
   */
  report(sizes: readonly number[], accesses: number): SampleReport {
    this.settle();
    return this.keys.report(sizes, this.watching ? accesses - this.accesses : 0);
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    this.settle();
    this.keys.checkInvariants();
  }

  /** Nothing is known; what is there is to be looked through. */
  private startAnew(): void {
    this.keys.clear();
    this.marking = this.watching ? 0 : -1;
  }

  /** Written down as it is now: its slot may be another's when it is recorded. */
  private note(event: number, slot: number, hash: number): void {
    const at = this.waits;
    this.events[at] = event;
    this.slots[at] = slot;
    this.hashes[at] = hash;
    if (slot !== NO_ENTRY) this.noteEntry(at, slot);
    const { horizon } = this.clock;
    this.horizons[at] = horizon;
    this.waits = at + 1;
    // Where the clock was not read yet, it is read now.
    if (at === LAST_WAITING || horizon === Infinity) this.settle();
  }

  private noteEntry(at: number, slot: number): void {
    this.ends[at] = this.columns.endOf(slot);
    if (this.weighed === true) this.bytes[at] = this.columns.bytes[slot]!;
  }

  private settle(): void {
    const waits = this.waits;
    if (waits === 0) return;
    this.waits = 0;
    const now = this.clock.asOf(this.clock.horizon);
    for (let at = 0; at < waits; at++) this.record(at, now);
    this.events.fill(HIT, 0, waits);
    this.lastLeaver = -1;
  }

  private record(at: number, now: number): void {
    const { keys } = this;
    const event = this.events[at]!;
    if (event === HIT) return this.recordHit(at, now);
    const slot = this.slots[at]!;
    const hash = this.hashes[at]!;
    const horizon = this.horizons[at]!;
    keys.now = horizon === Infinity ? now : this.clock.asOf(horizon);
    if (event === EVICTED) keys.evicted(slot);
    else if (event === REMOVED) keys.removed(slot);
    // Not sampled any more, as it may have been when its entry was marked.
    else if (!keys.has(hash)) this.unmark(slot, hash);
    else if (event === CAME) keys.came(slot, hash, this.ends[at]!, this.bytes[at]!);
    else if (event === REPLACED) keys.replaced(slot, this.ends[at]!, this.bytes[at]!);
    else if (event === DELETED) keys.deleted(hash);
    else keys.missed(hash, WHY_GONE[event]!);
  }

  private recordHit(at: number, now: number): void {
    const { columns, keys } = this;
    const slot = this.slots[at]!;
    if (!this.watching) return columns.unmark(slot);
    keys.now = now;
    // What was in the slot, if it may be another's by now.
    const left = this.leaverAfter(at, slot);
    const expiresAt = left < 0 ? columns.endOf(slot) : this.ends[left]!;
    if (keys.hit(slot, expiresAt)) return;
    const hash = left < 0 ? this.table.hashIn(slot) : this.hashes[left]!;
    const bytes = left < 0 ? (columns.bytes[slot] ?? 0) : this.bytes[left]!;
    // Marked by a watching before this one, or when more keys were watched.
    if (keys.has(hash)) keys.hitUnknown(slot, hash, expiresAt, bytes);
    else if (left < 0) columns.unmark(slot);
  }

  /** Which later event was that an entry left the slot, or -1. */
  private leaverAfter(at: number, slot: number): number {
    for (let later = at + 1; later <= this.lastLeaver; later++) {
      const event = this.events[later];
      if ((event === EVICTED || event === REMOVED) && this.slots[later] === slot) return later;
    }
    return -1;
  }

  private unmark(slot: number, hash: number): void {
    if (this.table.hashIn(slot) === hash) this.columns.unmark(slot);
  }

  /** Entries that came while nobody watched are sampled too: they are looked through some at a time. */
  private markMore(): void {
    const { end } = this.columns;
    const from = this.marking;
    const to = Math.min(from + MARKED_AT_ONCE, end);
    for (let slot = from; slot < to; slot++) {
      if (this.table.holds(slot) && this.keys.has(this.table.hashIn(slot))) this.columns.mark(slot);
    }
    this.marking = to === end ? -1 : to;
  }
}
