import {
  entriesWhenFull,
  type EvictionPolicy,
  type PolicyLimits,
  type PolicyNode,
} from './eviction-policy.js';
import { FrequencySketch } from './frequency-sketch.js';
import { SlotLists } from './slot-lists.js';
import { WindowClimber } from './window-climber.js';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;
/** Of the whole, what neither the window nor the protected segment may hold. */
const UNPROTECTED_SHARE = 0.2;
/** Entries moved when the window's share changes; the others follow as they come and go. */
const MOST_MOVED = 1000;
/** A newcomer used as often as this is now and then let in by lot, whatever it stands against. */
const USES_FOR_A_LOT = 6;
const LOTS = 128;

/**
 * Newcomers come into a window, least recently used first out. What the window cannot hold is a
 * candidate for the main space and stands against the entry that would leave there: the one used more
 * often stays, by a sketch that counts the uses of all keys of late, those that are gone included. The
 * main space is two lists, an entry used again on probation moves to the protected one, and back when
 * that is full. A scan therefore passes through the window and moves nothing else, while a working set
 * that shifts needs a window that is large: its share is found by climbing (`window-climber.ts`).
 *
 * An attacker who knew which keys share counters could keep favoured entries in for good. The key table,
 * whose hashes these are, notices keys that are alike, and a candidate that was used often is now and then let
 * in by lot.
 *
 * Einziger, Friedman and Manes, "TinyLFU: a highly efficient cache admission policy", ACM
 * Transactions on Storage 13(4), 2017; "Adaptive software cache management", Middleware 2018.
 */
export class WTinyLfuPolicy implements EvictionPolicy {
  readonly hashed = true;
  /** Each slot's own number there is the hash of its key. */
  private readonly lists: SlotLists;
  private readonly sketch = new FrequencySketch();
  private readonly climber = new WindowClimber();
  private readonly limits: PolicyLimits;
  private readonly limit: number;
  /** What the entries may weigh together: at first the limit, then what they weighed when full. */
  private whole: number;
  /** The oldest entry that came out of the window and has not been stood against another; -1: none. */
  private candidate = -1;
  /** The victim that was named last; -1: something has happened since. */
  private named = -1;
  /**
   * Since a victim was asked for, until an entry goes that was none: newcomers then leave the window only to stand against
   * others. That there is room says nothing: where entries weigh, each victim leaves some.
   */
  private full = false;
  private lot: number;

  constructor(limits: PolicyLimits) {
    const { maxEntries, maxBytes, seed } = limits;
    const weighed = maxBytes !== Infinity;
    this.limits = limits;
    this.limit = this.whole = weighed ? maxBytes : maxEntries;
    this.lists = new SlotLists(3, weighed);
    this.lot = seed | 1;
  }

  resize(slots: number): void {
    this.lists.resize(slots);
    const entries = entriesWhenFull(this.limits, slots);
    this.sketch.resize(slots, entries);
    this.climber.resize(entries);
  }

  add(node: PolicyNode, hash: number, weight: number): void {
    this.candidate = this.named = -1;
    this.sketch.increment(hash);
    const isShifting = this.climber.miss();
    if (isShifting) this.shift();
    this.lists.append(WINDOW, node, weight, hash);
    if (isShifting || !this.full) this.overflow();
  }

  touch(node: PolicyNode): void {
    this.named = -1;
    this.climber.hit();
    this.sketch.increment(this.lists.own(node));
    const lists = this.lists;
    if (lists.listOf(node) !== PROBATION) {
      lists.move(lists.listOf(node), node);
      return;
    }
    if (node === this.candidate) this.candidate = lists.newer(node);
    lists.move(PROTECTED, node);
    this.demote();
  }

  reweigh(node: PolicyNode, weight: number): void {
    this.named = -1;
    this.lists.reweigh(node, weight);
    if (!this.full) this.overflow();
    this.demote();
  }

  remove(node: PolicyNode, evicted: boolean): void {
    this.named = -1;
    if (!evicted) this.full = false;
    if (node === this.candidate) this.candidate = this.lists.newer(node);
    this.lists.remove(node);
  }

  victim(): PolicyNode {
    if (this.named >= 0) return this.named;
    this.full = true;
    const lists = this.lists;
    const held = lists.held(WINDOW) + lists.held(PROBATION) + lists.held(PROTECTED);
    this.whole = Math.min(this.limit, held);
    this.named = this.choose();
    return this.named;
  }

  clear(): void {
    this.lists.clear();
    this.sketch.clear();
    this.climber.clear();
    this.candidate = this.named = -1;
    this.full = false;
  }

  checkInvariants(): void {
    this.lists.checkInvariants();
    if (this.candidate >= 0 && this.lists.listOf(this.candidate) !== PROBATION)
      throw new Error('w-tinylfu: the candidate is not on probation');
    if (this.named >= 0 && this.lists.listOf(this.named) < 0)
      throw new Error('w-tinylfu: the victim has gone');
    const { share } = this.climber;
    if (!(share >= 0 && share <= 1)) throw new Error(`w-tinylfu: the window's share is ${share}`);
  }

  private choose(): PolicyNode {
    const lists = this.lists;
    if (this.candidate < 0 && lists.held(WINDOW) > this.mostInWindow()) this.pass();
    const victim = lists.oldest(PROBATION);
    if (victim < 0) {
      const settled = lists.oldest(PROTECTED);
      return settled < 0 ? lists.oldest(WINDOW) : settled;
    }
    const candidate = this.candidate;
    if (candidate < 0 || candidate === victim) return victim;
    this.candidate = lists.newer(candidate);
    return this.isLetIn(candidate, victim) ? victim : candidate;
  }

  private isLetIn(candidate: PolicyNode, victim: PolicyNode): boolean {
    const { lists, sketch } = this;
    const uses = sketch.count(lists.own(candidate));
    if (uses > sketch.count(lists.own(victim))) return true;
    return uses >= USES_FOR_A_LOT && this.draw() % LOTS === 0;
  }

  /** What the window cannot hold goes on probation, the first of it as a candidate. */
  private overflow(): void {
    const most = this.mostInWindow();
    while (this.lists.held(WINDOW) > most) this.pass();
  }

  /** The window's oldest goes on probation, as the candidate unless there is one. */
  private pass(): void {
    const node = this.lists.oldest(WINDOW);
    this.lists.move(PROBATION, node);
    if (this.candidate < 0) this.candidate = node;
  }

  /** What the protected segment cannot hold goes back on probation. */
  private demote(): void {
    const lists = this.lists;
    const most = this.whole * (1 - UNPROTECTED_SHARE - this.climber.share);
    while (lists.held(PROTECTED) > most) lists.move(PROBATION, lists.oldest(PROTECTED));
  }

  private mostInWindow(): number {
    return Math.max(1, Math.ceil(this.whole * this.climber.share));
  }

  /** Entries follow the window's new bound: those worth least come into it, or leave it first. */
  private shift(): void {
    const lists = this.lists;
    this.demote();
    const most = this.mostInWindow();
    for (let moved = 0; moved < MOST_MOVED; moved++) {
      if (lists.held(WINDOW) > most) lists.move(PROBATION, lists.oldest(WINDOW));
      else {
        const probed = lists.oldest(PROBATION);
        const node = probed < 0 ? lists.oldest(PROTECTED) : probed;
        if (node < 0 || lists.held(WINDOW) + lists.weightOf(node) > most) return;
        lists.move(WINDOW, node);
      }
    }
  }

  /** Xorshift: good enough to draw lots. */
  private draw(): number {
    this.lot ^= this.lot << 13;
    this.lot ^= this.lot >>> 17;
    this.lot ^= this.lot << 5;
    return this.lot >>> 0;
  }
}
