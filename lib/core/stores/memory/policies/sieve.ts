import { grown, NO_BYTES } from '../grown-column.js';
import type { EvictionPolicy, PolicyNode } from './eviction-policy.js';
import { SlotLists } from './slot-lists.js';

const QUEUE = 0;
/** Entries examined for one victim, so that no eviction holds the event loop. */
const MOST_EXAMINED = 100_000;

/**
 * A queue in the order of arrival, and a hand that goes over it from the oldest entry to the newest:
 * an entry used since the hand was last there is spared and its mark taken away, the first without
 * a mark is the victim. Spared entries stay where they are, so the hand sifts: behind it gather
 * entries that were used twice, before it are newcomers that have yet to prove themselves. A hit
 * writes one byte. Weak where a loop is longer than the cache, and where entries are used in bursts.
 *
 * The latest newcomer waits beside the queue until the next one comes. It is then as in the paper,
 * which makes room before it inserts: the hand never meets the entry that it makes room for.
 *
 * Zhang, Yang, Yue, Vigfusson and Rashmi, "SIEVE is simpler than LRU: an efficient turn-key eviction
 * algorithm for web caches", NSDI 2024.
 */
export class SievePolicy implements EvictionPolicy {
  /** 1: used since the hand was there. */
  private used = NO_BYTES;
  private readonly lists = new SlotLists(1, false);
  /** Where the hand goes on; -1: at the oldest. */
  private hand = -1;
  private newcomer = -1;

  resize(slots: number): void {
    this.used = grown(this.used, new Uint8Array(slots));
    this.lists.resize(slots);
  }

  add(node: PolicyNode): void {
    if (this.newcomer >= 0) this.lists.append(QUEUE, this.newcomer, 1);
    this.newcomer = node;
    this.used[node] = 0;
  }

  touch(node: PolicyNode): void {
    this.used[node] = 1;
  }

  remove(node: PolicyNode): void {
    if (node === this.newcomer) {
      this.newcomer = -1;
      return;
    }
    if (node === this.hand) this.hand = this.lists.newer(node);
    this.lists.remove(node);
  }

  victim(): PolicyNode {
    const lists = this.lists;
    let node = this.hand;
    for (let examined = 0; ; examined++) {
      if (node < 0) node = lists.oldest(QUEUE);
      if (node < 0) return this.newcomer;
      if (this.used[node] === 0 || examined === MOST_EXAMINED) break;
      this.used[node] = 0;
      node = lists.newer(node);
    }
    this.hand = node;
    return node;
  }

  clear(): void {
    this.lists.clear();
    this.hand = this.newcomer = -1;
  }

  checkInvariants(): void {
    this.lists.checkInvariants();
    if (this.newcomer >= 0 && this.lists.listOf(this.newcomer) >= 0)
      throw new Error('sieve: the newcomer is in the queue already');
    if (this.hand >= 0 && this.lists.listOf(this.hand) < 0)
      throw new Error('sieve: the hand is at an entry that has gone');
  }
}
