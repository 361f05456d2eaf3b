import type { SampleReport } from '../../../model/cache-advice.js';
import type { RemovalCause } from '../../../model/removal-cause.js';
import type { CoarseClock } from '../../../primitives/clock.js';
import type { WhyGone } from '../../departed-keys.js';
import type { KeyTable } from '../key-table.js';
import type { SlotColumns } from '../slot-columns.js';
import { FARTHEST, MissRatioCurve } from './miss-ratio-curve.js';
import { SampledStack } from './sampled-stack.js';
import { SamplingBudget } from './sampling-budget.js';
import { SlotSet } from './slot-set.js';

const FIRST_SAMPLES = 64;

/** Keys watched at a time, at most: 35 bytes each, 24 more in a category limited by bytes. */
const MOST_SAMPLES = 2048;

/** Watched accesses after which half of them is forgotten. */
const FADES_AFTER = 2 ** 19;

/** Slots looked at in one go when marks are put on again: a fraction of a millisecond. */
const MARKED_AT_ONCE = 4096;

const ALL_HASHES = 2 ** 32;

/** Hits that wait to be recorded, at most. */
const MOST_WAITING = 64;
const LAST_WAITING = MOST_WAITING - 1;

/**
 * Watches a share of the keys, chosen by their hashes, to tell what a smaller or larger cache would
 * have done with the same traffic: SHARDS (Waldspurger et al., "Efficient MRC construction with
 * SHARDS", FAST 2015). Among every hundredth key, a key's stack distance is a hundredth of the whole.
 * The share is halved whenever there would be too many; what lies deeper than four limits is let go.
 *
 * A hit on a key that is not watched costs nothing: the expiry of a watched entry is marked, and a
 * marked one fails the comparison that every hit makes anyway. A hash is made of a key that missed or
 * came, not of one that hit. Where even that would be too dear, most of all in a small category, where
 * most keys must be watched, watching goes on in stretches (`SamplingBudget`); when one begins, nothing
 * is known but which entries are to be marked.
 */
export class TrafficSample {
  private readonly maxEntries: number;
  private readonly maxBytes: number;
  private readonly columns: SlotColumns;
  private readonly table: KeyTable;
  private readonly clock: CoarseClock;
  private readonly budget: SamplingBudget;
  private readonly curve = new MissRatioCurve();
  /** Slots of the entries in the cache that are sampled, or were when they came. */
  private readonly slots = new SlotSet();
  private stack: SampledStack;
  private threshold = ALL_HASHES;
  private records = 0;
  /** Accesses while watching, up to the last `tick`. */
  private watchedAccesses = 0;
  private accesses = 0;
  private recent = { watched: 0, records: 0, absent: 0, forgotten: 0 };
  /** Where marking goes on; -1: all are marked. */
  private marking = -1;
  /** Slots of the hits that are not recorded yet, in their order. */
  private readonly waiting = new Int32Array(MOST_WAITING);
  private waits = 0;

  constructor(
    limits: { readonly maxEntries: number; readonly maxBytes: number },
    columns: SlotColumns,
    table: KeyTable,
    clock: CoarseClock,
  ) {
    this.maxEntries = limits.maxEntries;
    this.maxBytes = limits.maxBytes;
    this.columns = columns;
    this.table = table;
    this.clock = clock;
    this.budget = new SamplingBudget(clock.now());
    this.stack = this.emptyStack();
  }

  /** Only keys of a lower hash, in quarters, need be told of, which fits a small integer of V8; 0: none. */
  get watched(): number {
    return this.watching ? this.threshold / 4 : 0;
  }

  private get watching(): boolean {
    return !this.budget.resting;
  }

  /**
   * A fresh entry with a mark was asked for. It is recorded with others, before anything else is told:
   * what is done so seldom is not inlined where a hit is made, which would leave no room there for the rest.
   */
  hit(slot: number): void {
    const waits = this.waits;
    this.waiting[waits] = slot;
    this.waits = waits + 1;
    if (waits === LAST_WAITING) this.settle();
  }

  /** Called before anything that a waiting hit came before. */
  private settle(): void {
    const waits = this.waits;
    this.waits = 0;
    for (let at = 0; at < waits; at++) this.recordHit(this.waiting[at]!);
  }

  private recordHit(slot: number): void {
    if (!this.watching) return this.columns.unmark(slot);
    const sample = this.stack.ofSlot(slot);
    if (sample < 0) return this.hitUnknown(slot);
    const stack = this.stack;
    this.record();
    this.curve.reused(this.distance(sample), this.weight);
    stack.order.use(sample);
    const expiresAt = this.columns.endOf(slot);
    if (stack.freshUntil[sample] !== expiresAt && !this.isFresh(sample)) {
      stack.freshUntil[sample] = expiresAt;
    }
  }

  /** A key that is not there, or past its time, was asked for. */
  missed(hash: number, reason: WhyGone): void {
    this.settle();
    if (!this.isSampled(hash)) return;
    this.record();
    const weight = this.weight;
    if (reason === 'absent') this.recent.absent += weight;
    const stack = this.stack;
    const sample = stack.ofHash(hash);
    if (sample < 0) {
      // It was there, but before the watching began.
      if (reason === 'evicted') this.curve.unknown(this.depth(), weight);
      else this.curve.missed(weight);
    } else if (stack.isPresent(sample)) this.curve.missed(weight);
    else if (this.isFresh(sample)) {
      if (reason === 'absent') this.recent.forgotten += weight;
      this.curve.reused(this.distance(sample), weight);
      stack.missed(sample);
    } else {
      this.curve.missed(weight);
      stack.remove(sample);
    }
  }

  /** An entry has come. */
  inserted(slot: number, hash: number): void {
    this.settle();
    if (!this.isSampled(hash)) return;
    this.slots.add(slot);
    this.add(slot, hash);
    this.columns.mark(slot);
  }

  /** An entry has a new value, and new times. */
  replaced(slot: number): void {
    this.settle();
    if (!this.slots.has(slot)) return;
    this.columns.mark(slot);
    const sample = this.stack.ofSlot(slot);
    if (sample < 0) return;
    this.stack.freshUntil[sample] = this.columns.endOf(slot);
    this.stack.order.resize(sample, this.columns.bytes[slot] ?? 0);
  }

  /** An entry has gone. */
  removed(slot: number, cause: RemovalCause): void {
    this.settle();
    if (!this.slots.delete(slot)) return;
    const sample = this.stack.ofSlot(slot);
    if (sample < 0) return;
    if (cause === 'evicted') this.stack.evicted(sample);
    else this.stack.remove(sample);
  }

  /** A key that is not there was deleted. */
  deleted(hash: number): void {
    this.settle();
    const sample = this.isSampled(hash) ? this.stack.ofHash(hash) : -1;
    if (sample >= 0 && !this.stack.isPresent(sample)) this.stack.remove(sample);
  }

  /** All entries have gone, or have other hashes. */
  clear(): void {
    this.settle();
    this.startAnew();
  }

  /** Now and then, with all accesses since the start. */
  tick(accesses: number, now: number): void {
    this.settle();
    if (this.watching) this.watch(accesses);
    this.accesses = accesses;
    if (this.budget.spend(accesses, this.records, now)) this.startAnew();
    if (this.marking >= 0) this.markMore();
  }

  /**
   * @param sizes in limits, ascending
   * @param accesses all since the start
   */
  report(sizes: readonly number[], accesses: number): SampleReport {
    this.settle();
    const { watched, records, absent, forgotten } = this.recent;
    const sinceTick = this.watching ? accesses - this.accesses : 0;
    return {
      rate: this.threshold / ALL_HASHES,
      records,
      forgotten: absent === 0 ? 0 : forgotten / absent,
      hitRates: this.curve.hitRates(sizes, watched + sinceTick),
    };
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    this.stack.checkInvariants();
  }

  private isSampled(hash: number): boolean {
    return hash >>> 0 < this.threshold;
  }

  /** Accesses that a recorded one stands for. */
  private get weight(): number {
    return ALL_HASHES / this.threshold;
  }

  private emptyStack(): SampledStack {
    return new SampledStack(FIRST_SAMPLES, this.maxBytes !== Infinity);
  }

  /** Nothing is known; what is there is to be looked through. */
  private startAnew(): void {
    this.stack = this.emptyStack();
    this.slots.clear();
    this.marking = this.watching ? 0 : -1;
  }

  private record(): void {
    this.records++;
    this.recent.records++;
  }

  /** Marked, and not in the stack: not used since the watching began, or not sampled any more. */
  private hitUnknown(slot: number): void {
    const hash = this.table.hashIn(slot);
    if (!this.isSampled(hash)) {
      this.slots.delete(slot);
      this.columns.unmark(slot);
      return;
    }
    this.record();
    this.curve.unknown(this.depth(), this.weight);
    // Marked by a watching before this one, perhaps, which knew it and has forgotten it.
    this.slots.add(slot);
    this.add(slot, hash);
  }

  private add(slot: number, hash: number): void {
    const bytes = this.columns.bytes[slot] ?? 0;
    const expiresAt = this.columns.endOf(slot);
    const known = this.stack.ofHash(hash);
    if (known >= 0 && !this.stack.isPresent(known)) {
      this.stack.return(known, slot, expiresAt, bytes);
      return;
    }
    // Two keys of one hash: the later one has it.
    if (known >= 0) this.stack.remove(known);
    if (this.stack.full) this.makeRoom();
    if (!this.isSampled(hash)) return;
    this.stack.add(hash, slot, expiresAt, bytes);
    while (this.depth() > FARTHEST) this.stack.remove(this.stack.order.bottom());
  }

  private makeRoom(): void {
    const { capacity } = this.stack;
    if (capacity < MOST_SAMPLES) {
      this.stack = this.stack.grown(capacity * 2);
      return;
    }
    while (this.stack.full) {
      this.threshold /= 2;
      this.stack.thin(this.threshold);
    }
  }

  private isFresh(sample: number): boolean {
    const freshUntil = this.stack.freshUntil[sample]!;
    return freshUntil > this.clock.horizon || freshUntil > this.clock.now();
  }

  /** The least cache, in limits, in which the key would still be. */
  private distance(sample: number): number {
    const { order } = this.stack;
    const entries = order.above(sample) * this.weight + 1;
    const own = order.bytesOf(sample);
    const bytes = (order.bytesDownTo(sample) - own) * this.weight + own;
    return Math.max(entries / this.maxEntries, bytes / this.maxBytes);
  }

  /** Everything in the stack, in limits. */
  private depth(): number {
    const { size, bytes } = this.stack.order;
    const weight = this.weight;
    return Math.max((size * weight) / this.maxEntries, (bytes * weight) / this.maxBytes);
  }

  /** Entries that came while nobody watched are sampled too: they are looked through some at a time. */
  private markMore(): void {
    const { end } = this.columns;
    const from = this.marking;
    const to = Math.min(from + MARKED_AT_ONCE, end);
    for (let slot = from; slot < to; slot++) {
      if (!this.table.holds(slot) || this.slots.has(slot)) continue;
      if (!this.isSampled(this.table.hashIn(slot))) continue;
      this.slots.add(slot);
      this.columns.mark(slot);
    }
    this.marking = to === end ? -1 : to;
  }

  private watch(accesses: number): void {
    const recent = this.recent;
    const more = accesses - this.accesses;
    this.watchedAccesses += more;
    recent.watched += more;
    if (this.watchedAccesses < FADES_AFTER) return;
    this.watchedAccesses -= FADES_AFTER;
    this.curve.fade();
    for (const name of Object.keys(recent) as (keyof typeof recent)[]) recent[name] /= 2;
  }
}
