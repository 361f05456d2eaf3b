import { grown, NO_INTS } from '../grown-column.js';
import type { EvictionPolicy, PolicyNode } from './eviction-policy.js';
import { StampedQueue } from './stamped-queue.js';

/**
 * First in, first out: the entry that came first leaves first, used or not. The cheapest hit there
 * is, since a use changes nothing, and the yardstick for every other policy.
 *
 * Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal
 * 5(2), 1966.
 */
export class FifoPolicy implements EvictionPolicy {
  /** By slot: the number of its arrival, under which it waits; 0: nobody does. */
  private arrivals = NO_INTS;
  private readonly queue = new StampedQueue();
  private arrived = 0;

  resize(slots: number): void {
    this.arrivals = grown(this.arrivals, new Int32Array(slots));
    this.queue.resize(this.arrivals);
  }

  add(node: PolicyNode): void {
    // Round the 32 bits and past 0: no item is in the queue for so long that its number comes again.
    this.arrived = (this.arrived + 1) | 0 || 1;
    this.arrivals[node] = this.arrived;
    this.queue.append(node, this.arrived);
  }

  touch(_node: PolicyNode): void {}

  remove(node: PolicyNode): void {
    this.arrivals[node] = 0;
  }

  victim(): PolicyNode {
    return this.queue.head();
  }

  clear(): void {
    this.arrivals.fill(0);
    this.queue.clear();
  }

  checkInvariants(): void {
    const live = this.arrivals.reduce((count, arrival) => count + (arrival === 0 ? 0 : 1), 0);
    const waiting = [...this.queue].length;
    if (waiting !== live) throw new Error(`fifo: ${live} entries, ${waiting} in the queue`);
  }
}
