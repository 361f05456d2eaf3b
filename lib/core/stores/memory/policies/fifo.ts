import type { EvictionPolicy, PolicyNode } from './eviction-policy.js';
import { SlotQueue } from './slot-queue.js';

/**
 * First in, first out: the entry that came first leaves first, used or not. The cheapest hit there
 * is, since a use changes nothing, and the yardstick for every other policy.
 *
 * Belady, "A study of replacement algorithms for a virtual-storage computer", IBM Systems Journal
 * 5(2), 1966.
 */
export class FifoPolicy implements EvictionPolicy {
  private readonly queue = new SlotQueue();

  resize(slots: number): void {
    this.queue.resize(slots);
  }

  add(node: PolicyNode): void {
    this.queue.append(node);
  }

  touch(_node: PolicyNode): void {}

  remove(node: PolicyNode): void {
    this.queue.remove(node);
  }

  victim(): PolicyNode {
    return this.queue.head();
  }

  clear(): void {
    this.queue.clear();
  }

  checkInvariants(): void {
    this.queue.checkInvariants();
  }
}
