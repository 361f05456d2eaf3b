import { grown } from '../grown-column.js';
import type { EvictionPolicy, PolicyNode } from './eviction-policy.js';
import { SlotHeap } from './slot-heap.js';
import { StampedQueue } from './stamped-queue.js';

/** Ticks fit a small integer of V8, which needs no box. */
const LAST_TICK = 2 ** 31 - 2;

/**
 * Entries examined for one victim. Only a category of more entries than this, all of them used
 * since the last eviction, ever meets the bound; its victim is then the least recently used of
 * those examined.
 */
const MOST_EXAMINED = 100_000;

/**
 * Least recently used, exactly, at the price of one write a hit.
 *
 * The textbook list is relinked at every hit: five writes to four places of memory, more than the
 * look-up itself. Here a hit only stamps its entry with the next tick. The order is made when it is
 * needed: each entry waits under the stamp it had when it was queued, and when it comes up as the
 * victim and has been used since, it is queued again under its newer stamp. Because every stamp in
 * the queue is at most the true one, the first entry whose two stamps agree is the oldest of all.
 *
 * Newcomers have the newest stamp, so a plain queue keeps them in order; entries queued again go
 * into a heap beside it; the victim is the lesser of the two heads. Each hit pays for at most one
 * re-queueing, and the many hits of a popular entry pay for it together.
 *
 * The rule itself: Denning, "The working set model for program behavior", CACM 11(5), 1968.
 */
export class LruPolicy implements EvictionPolicy {
  /** Tick of the last use; of no meaning for a free slot. */
  private used = new Int32Array(0);
  /** Tick under which the slot waits, at most `used`: among the newcomers, or, negative, queued again; 0: not at all. */
  private queued = new Int32Array(0);
  private readonly newcomers = new StampedQueue();
  private readonly requeued = new SlotHeap((a, b) => this.queued[a]! > this.queued[b]!);
  private tick: number;

  /** @param tick where to start counting, for tests of what happens at the last one */
  constructor(tick = 0) {
    this.tick = tick;
  }

  resize(slots: number): void {
    this.used = grown(this.used, new Int32Array(slots));
    this.queued = grown(this.queued, new Int32Array(slots));
    this.newcomers.resize(this.queued);
    this.requeued.resize(slots);
  }

  add(node: PolicyNode): void {
    // The tick of its first use, which is that it came.
    const tick = this.tick + 1;
    this.queued[node] = tick;
    this.newcomers.append(node, tick);
    this.touch(node);
  }

  touch(node: PolicyNode): void {
    const tick = this.tick + 1;
    this.used[node] = tick;
    this.tick = tick;
    if (tick >= LAST_TICK) this.restartTicks();
  }

  remove(node: PolicyNode): void {
    if (this.queued[node]! < 0) this.requeued.remove(node);
    this.queued[node] = 0;
  }

  victim(): PolicyNode {
    for (let examined = 0; ; examined++) {
      const node = this.head();
      if (node < 0 || examined === MOST_EXAMINED) return node;
      const used = this.used[node]!;
      const queued = this.queued[node]!;
      if (queued === used || queued === -used) return node;
      this.queued[node] = -used;
      if (queued < 0) this.requeued.sink(node);
      else this.requeued.push(node);
    }
  }

  clear(): void {
    this.queued.fill(0);
    this.newcomers.clear();
    this.requeued.clear();
  }

  checkInvariants(): void {
    this.requeued.checkInvariants();
    let last = 0;
    for (const node of this.newcomers) {
      if (this.queued[node]! <= last) throw new Error(`lru: newcomer ${node} is out of order`);
      last = this.queued[node]!;
    }
    const waiting = [...this.newcomers, ...this.requeued];
    const live = this.queued.reduce((count, tick) => count + (tick === 0 ? 0 : 1), 0);
    if (live !== waiting.length) throw new Error('lru: a slot waits nowhere');
    for (const node of waiting) {
      if (Math.abs(this.queued[node]!) > this.used[node]!)
        throw new Error(`lru: ${node} waits ahead of its use`);
    }
  }

  private head(): PolicyNode {
    const newcomer = this.newcomers.head();
    const requeued = this.requeued.head();
    if (newcomer < 0) return requeued;
    if (requeued < 0) return newcomer;
    return this.queued[newcomer]! < -this.queued[requeued]! ? newcomer : requeued;
  }

  /** Once in two thousand million uses: the same order under ticks from 1. */
  private restartTicks(): void {
    const used = this.used;
    const nodes = [...this.newcomers, ...this.requeued].sort((a, b) => used[a]! - used[b]!);
    this.clear();
    this.tick = 0;
    for (const node of nodes) this.add(node);
  }
}
