import { grown, NO_INTS } from '../grown-column.js';
import type { EvictionPolicy, PolicyNode } from './eviction-policy.js';
import { LeastUsedHeap } from './least-used-heap.js';
import { LAST_TICK, restartTicks } from './restarted-ticks.js';

/** Entries set in order at a time, about: the larger of the two, the share being of the slots. */
const FEWEST_SORTED = 4096;
const SORTED_SHARE = 1 / 64;
/** Entries drawn to guess how little used those to be set in order are. */
const DRAWN = 1024;

/**
 * Least frequently used: the entry with the fewest uses since it came leaves first, and of those
 * with equally few the one used longest ago. The newcomer of the moment is spared, or nothing new
 * could ever enter a category whose entries have all been used twice: it waits beside the others until the next one comes.
 *
 * A hit only writes down what happened, and only those next to leave are set in order: all entries up to a bound, in a
 * heap, under what was known of each when it was put in. As uses only grow, whoever is beyond the bound stays there, and the first head of
 * the heap that has not been used since is the least of all. One that has been is put where it belongs, or left out. When the heap
 * has run out the next bound is guessed from some entries drawn by lot, and all are looked through once. So
 * no eviction sets more than a few thousand in order, however many hits came before it.
 *
 * Counts are not aged: what was popular once stays long. For traffic that changes, use another.
 *
 * Aho, Denning and Ullman, "Principles of optimal page replacement", JACM 18(1), 1971.
 */
export class LfuPolicy implements EvictionPolicy {
  /** Uses of an entry, its coming included; 0 for a free slot. */
  private uses = NO_INTS;
  /** Tick of the last use. */
  private used = NO_INTS;
  private entries = 0;
  /** All up to the bound but the newcomer, and others that were when they were put in. */
  private readonly sorted = new LeastUsedHeap();
  private boundUses = 0;
  private boundUsed = 0;
  private readonly fewestSorted: number;
  private tick: number;
  private newcomer = -1;
  private lot = 1;

  /**
   * @param tick where to start counting, for tests of what happens at the last one
   * @param fewestSorted how many entries are set in order at a time at least, for tests with few of them
   */
  constructor(tick = 0, fewestSorted = FEWEST_SORTED) {
    this.tick = tick;
    this.fewestSorted = fewestSorted;
  }

  /** Entries that are set in order. For tests. */
  get sortedEntries(): number {
    return this.sorted.size;
  }

  resize(slots: number): void {
    this.uses = grown(this.uses, new Int32Array(slots));
    this.used = grown(this.used, new Int32Array(slots));
    this.sorted.resize(slots);
  }

  add(node: PolicyNode): void {
    this.letIn();
    this.newcomer = node;
    this.entries++;
    this.uses[node] = 1;
    this.used[node] = this.nextTick();
  }

  touch(node: PolicyNode): void {
    if (this.uses[node]! < LAST_TICK) this.uses[node]!++;
    this.used[node] = this.nextTick();
  }

  remove(node: PolicyNode): void {
    this.uses[node] = 0;
    this.entries--;
    if (this.newcomer === node) this.newcomer = -1;
    else if (this.sorted.has(node)) this.sorted.remove(node);
  }

  victim(): PolicyNode {
    const { sorted } = this;
    for (;;) {
      const node = sorted.head();
      if (node < 0) {
        if (!this.gather()) return this.newcomer;
        continue;
      }
      const uses = this.uses[node]!;
      const used = this.used[node]!;
      if (sorted.headIs(uses, used)) return node;
      if (this.isWithinBound(uses, used)) sorted.sinkHead(uses, used);
      else sorted.remove(node);
    }
  }

  clear(): void {
    this.uses.fill(0);
    this.entries = 0;
    this.newcomer = -1;
    this.forgetOrder();
  }

  checkInvariants(): void {
    this.sorted.checkInvariants(this.uses, this.used);
    let live = 0;
    for (let slot = 0; slot < this.uses.length; slot++) {
      if (this.uses[slot] === 0) continue;
      live++;
      const isSorted = this.sorted.has(slot);
      if (slot === this.newcomer) {
        if (isSorted) throw new Error('lfu: the newcomer is among the others already');
      } else if (!isSorted && this.isWithinBound(this.uses[slot]!, this.used[slot]!))
        throw new Error(`lfu: ${slot} is missing among the least used`);
    }
    if (live !== this.entries) throw new Error(`lfu: ${live} entries, ${this.entries} counted`);
  }

  private isWithinBound(uses: number, used: number): boolean {
    return uses < this.boundUses || (uses === this.boundUses && used <= this.boundUsed);
  }

  private get mostSorted(): number {
    return Math.max(this.fewestSorted, Math.ceil(this.uses.length * SORTED_SHARE));
  }

  /** What was the newcomer until now is an entry like others. */
  private letIn(): void {
    const node = this.newcomer;
    if (node < 0 || !this.isWithinBound(this.uses[node]!, this.used[node]!)) return;
    this.sorted.push(node, this.uses[node]!, this.used[node]!);
    // All of them may be used before one is to leave: what is set in order then must be few.
    if (this.sorted.size > 4 * this.mostSorted) this.forgetOrder();
  }

  private forgetOrder(): void {
    this.sorted.clear();
    this.boundUses = this.boundUsed = 0;
  }

  /** Sets the least used in order, when none are. False: there are none but the newcomer. */
  private gather(): boolean {
    const { uses, used, newcomer, sorted } = this;
    if (this.entries - (newcomer < 0 ? 0 : 1) === 0) return false;
    this.chooseBound();
    for (let slot = 0; slot < uses.length; slot++) {
      const count = uses[slot]!;
      if (count === 0 || slot === newcomer || !this.isWithinBound(count, used[slot]!)) continue;
      sorted.push(slot, count, used[slot]!);
    }
    return true;
  }

  /** Such that about as many as may be sorted are up to it, and in any case one. */
  private chooseBound(): void {
    const { uses, used, mostSorted, entries } = this;
    this.boundUses = this.boundUsed = LAST_TICK;
    if (entries <= 2 * mostSorted) return;
    const drawn = Array.from({ length: DRAWN }, () => this.drawEntry());
    drawn.sort((a, b) => uses[a]! - uses[b]! || used[a]! - used[b]!);
    const last = drawn[Math.floor((DRAWN * mostSorted) / entries)]!;
    this.boundUses = uses[last]!;
    this.boundUsed = used[last]!;
  }

  /** Any entry but the newcomer. */
  private drawEntry(): PolicyNode {
    for (;;) {
      this.lot ^= this.lot << 13;
      this.lot ^= this.lot >>> 17;
      this.lot ^= this.lot << 5;
      const slot = (this.lot >>> 0) % this.uses.length;
      if (this.uses[slot]! > 0 && slot !== this.newcomer) return slot;
    }
  }

  private nextTick(): number {
    if (this.tick === LAST_TICK) this.restartTicks();
    return ++this.tick;
  }

  /** Once in a thousand million uses, and twice as many at first. */
  private restartTicks(): void {
    this.forgetOrder();
    this.tick = restartTicks(this.used, this.tick);
  }
}
