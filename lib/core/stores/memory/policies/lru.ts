import { grown, NO_INTS } from '../grown-column.js';
import type { EvictionPolicy, PolicyNode } from './eviction-policy.js';
import { CalendarQueue } from './calendar-queue.js';
import { LAST_TICK, restartTicks } from './restarted-ticks.js';

/**
 * Least recently used, exactly, at the price of one write a hit.
 *
 * The textbook list is relinked at every hit: five writes to four places of memory, more than the
 * look-up itself. Here a hit only stamps its entry with the next tick. The order is made when it is needed: the entry
 * of the least tick is the victim, and a calendar queue finds it in constant time, as ticks only grow.
 *
 * The rule itself: Denning, "The working set model for program behavior", CACM 11(5), 1968.
 */
export class LruPolicy implements EvictionPolicy {
  /** By slot: the tick of its last use, from 1; -1 when the entry has gone; 0 when there never was one. */
  private used = NO_INTS;
  private readonly queue = new CalendarQueue();
  private tick: number;

  /** @param tick where to start counting, for tests of what happens at the last one */
  constructor(tick = 0) {
    this.tick = tick;
  }

  resize(slots: number): void {
    this.used = grown(this.used, new Int32Array(slots));
    this.queue.resize(this.used, this.tick);
  }

  add(node: PolicyNode): void {
    // Its first use is that it came.
    const tick = this.tick + 1;
    this.used[node] = tick;
    this.tick = tick;
    this.queue.add(node, tick);
    if (tick >= LAST_TICK) this.restartTicks();
  }

  touch(node: PolicyNode): void {
    const tick = this.tick + 1;
    this.used[node] = tick;
    this.tick = tick;
    if (tick >= LAST_TICK) this.restartTicks();
  }

  remove(node: PolicyNode): void {
    this.used[node] = -1;
    this.queue.remove(node);
  }

  victim(): PolicyNode {
    return this.queue.head(this.tick);
  }

  exchange(): PolicyNode {
    // The newcomer is the one used last, as if it had been there before.
    const tick = this.tick + 1;
    this.tick = tick;
    const node = this.queue.renewHead(tick);
    if (tick >= LAST_TICK) this.restartTicks();
    return node;
  }

  clear(): void {
    this.used.fill(0);
    this.queue.clear();
  }

  checkInvariants(): void {
    this.queue.checkInvariants();
  }

  /** Once in a thousand million uses, and twice as many at first. */
  private restartTicks(): void {
    this.tick = restartTicks(this.used, this.tick);
    this.queue.restart(this.tick);
  }
}
