import { grown } from '../grown-column.js';
import type { EvictionPolicy, PolicyNode } from './eviction-policy.js';
import { SlotHeap } from './slot-heap.js';

const LAST_TICK = 2 ** 31 - 2;

/**
 * Least frequently used: the entry with the fewest uses since it came leaves first, and of those
 * with equally few the one used longest ago. The newcomer of the moment is spared, or nothing new
 * could ever enter a category whose entries have all been used twice.
 *
 * As in the LRU policy a hit only writes down what happened; the heap holds each entry under the
 * count it had when it was last placed, and an entry that comes up having been used since is sunk
 * to its true place. Counts only grow, so the first head that is in its true place is the least.
 * Counts are not aged: what was popular once stays long. For traffic that changes, use another.
 *
 * Aho, Denning and Ullman, "Principles of optimal page replacement", JACM 18(1), 1971.
 */
export class LfuPolicy implements EvictionPolicy {
  /** Uses of an entry, its coming included; 0 for a free slot. */
  private uses = new Int32Array(0);
  /** Tick of the last use. */
  private used = new Int32Array(0);
  /** Uses and tick under which the slot stands in the heap. */
  private placedUses = new Int32Array(0);
  private placedUsed = new Int32Array(0);
  private readonly heap = new SlotHeap(
    (a, b) =>
      this.placedUses[a]! < this.placedUses[b]! ||
      (this.placedUses[a] === this.placedUses[b] && this.placedUsed[a]! < this.placedUsed[b]!),
  );
  private tick: number;
  private newcomer = -1;

  /** @param tick where to start counting, for tests of what happens at the last one */
  constructor(tick = 0) {
    this.tick = tick;
  }

  resize(slots: number): void {
    this.uses = grown(this.uses, new Int32Array(slots));
    this.used = grown(this.used, new Int32Array(slots));
    this.placedUses = grown(this.placedUses, new Int32Array(slots));
    this.placedUsed = grown(this.placedUsed, new Int32Array(slots));
    this.heap.resize(slots);
  }

  add(node: PolicyNode): void {
    this.uses[node] = 1;
    this.used[node] = this.nextTick();
    this.place(node);
    this.heap.push(node);
    this.newcomer = node;
  }

  touch(node: PolicyNode): void {
    if (this.uses[node]! < LAST_TICK) this.uses[node]!++;
    this.used[node] = this.nextTick();
  }

  remove(node: PolicyNode): void {
    this.uses[node] = 0;
    this.heap.remove(node);
    if (this.newcomer === node) this.newcomer = -1;
  }

  victim(): PolicyNode {
    const spared = this.newcomer;
    if (spared < 0 || this.heap.size === 1) return this.settledHead();
    this.heap.remove(spared);
    const victim = this.settledHead();
    this.place(spared);
    this.heap.push(spared);
    return victim;
  }

  clear(): void {
    this.uses.fill(0);
    this.heap.clear();
    this.newcomer = -1;
  }

  checkInvariants(): void {
    this.heap.checkInvariants();
    const live = this.uses.reduce((count, uses) => count + (uses > 0 ? 1 : 0), 0);
    if (live !== this.heap.size)
      throw new Error(`lfu: ${live} entries, ${this.heap.size} in the heap`);
    for (const node of this.heap) {
      if (this.placedUses[node]! > this.uses[node]!)
        throw new Error(`lfu: ${node} is placed too high`);
    }
  }

  private settledHead(): PolicyNode {
    for (;;) {
      const node = this.heap.head();
      if (node < 0) return node;
      if (this.placedUses[node] === this.uses[node] && this.placedUsed[node] === this.used[node]) {
        return node;
      }
      this.place(node);
      this.heap.sink(node);
    }
  }

  private place(node: PolicyNode): void {
    this.placedUses[node] = this.uses[node]!;
    this.placedUsed[node] = this.used[node]!;
  }

  private nextTick(): number {
    if (this.tick === LAST_TICK) this.restartTicks();
    return ++this.tick;
  }

  private restartTicks(): void {
    const nodes = [...this.heap].sort((a, b) => this.used[a]! - this.used[b]!);
    this.heap.clear();
    this.tick = 0;
    for (const node of nodes) {
      this.used[node] = ++this.tick;
      this.place(node);
      this.heap.push(node);
    }
  }
}
