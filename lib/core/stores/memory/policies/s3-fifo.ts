import { grown, NO_BYTES } from '../grown-column.js';
import type { EvictionPolicy, PolicyLimits, PolicyNode } from './eviction-policy.js';
import { GhostList } from './ghost-list.js';
import { SlotLists } from './slot-lists.js';

const SMALL = 0;
const MAIN = 1;
/** Of the whole, what the small queue may hold. */
const SMALL_SHARE = 0.1;
/** Uses that are counted. */
const MOST_USES = 3;
/** Uses that take an entry from the small queue to the main one. */
const USES_TO_STAY = 2;
/** Entries examined for one victim, so that no eviction holds the event loop. */
const MOST_EXAMINED = 100_000;

/**
 * Three queues, each in the order of arrival. Newcomers pass through a small one that holds a tenth:
 * most entries of most caches are never used again, and leave by it soon. Those used twice there go
 * on to the main queue, where each use (up to three) buys another round. Of those that leave by the
 * small queue the hash is kept in the third, as a ghost, for about as many as the main queue holds; a
 * key that comes back while its ghost is there goes to the main queue at once. A hit writes a byte.
 *
 * Until the first eviction there is room for everybody, and no reason to sort: what the small queue
 * cannot hold goes to the main queue then. The paper lets all entries pass through the small queue,
 * and loses a loop that began while the cache was filling.
 *
 * The latest newcomer waits beside the queues until the next one comes: as in the paper, room is made
 * before it is let in. Limited by bytes, shares are of bytes.
 *
 * Yang, Zhang, Qiu, Yue and Rashmi, "FIFO queues are all you need for cache eviction", SOSP 2023.
 */
export class S3FifoPolicy implements EvictionPolicy {
  readonly hashed = true;
  private uses = NO_BYTES;
  /** Each slot's own number there is the hash of its key. */
  private readonly lists: SlotLists;
  private readonly ghosts: GhostList;
  private readonly limit: number;
  private filling = true;
  private newcomer = -1;
  private newcomerHash = 0;
  private newcomerWeight = 0;
  /** The queue that the newcomer is to go to. */
  private newcomerList = SMALL;

  constructor({ maxEntries, maxBytes }: PolicyLimits) {
    const weighed = maxBytes !== Infinity;
    this.limit = weighed ? maxBytes : maxEntries;
    this.lists = new SlotLists(2, weighed);
    this.ghosts = new GhostList(weighed);
  }

  resize(slots: number): void {
    this.uses = grown(this.uses, new Uint8Array(slots));
    this.lists.resize(slots);
    this.ghosts.expect(slots);
  }

  add(node: PolicyNode, hash: number, weight: number): void {
    this.letIn();
    this.uses[node] = 0;
    this.newcomer = node;
    this.newcomerHash = hash;
    this.newcomerWeight = weight;
    const isBack = this.ghosts.delete(hash);
    const isLate = this.filling && this.lists.held(SMALL) >= smallShare(this.limit);
    this.newcomerList = isBack || isLate ? MAIN : SMALL;
  }

  touch(node: PolicyNode): void {
    if (this.uses[node]! < MOST_USES) this.uses[node]!++;
  }

  reweigh(node: PolicyNode, weight: number): void {
    if (node === this.newcomer) this.newcomerWeight = weight;
    else this.lists.reweigh(node, weight);
  }

  remove(node: PolicyNode, evicted: boolean): void {
    if (node === this.newcomer) {
      this.newcomer = -1;
      return;
    }
    const lists = this.lists;
    if (evicted && lists.listOf(node) === SMALL) {
      const held = lists.held(SMALL) + lists.held(MAIN);
      this.ghosts.add(lists.own(node), lists.weightOf(node));
      this.ghosts.trim(held - smallShare(held));
    }
    lists.remove(node);
  }

  victim(): PolicyNode {
    this.filling = false;
    const lists = this.lists;
    const held = lists.held(SMALL) + lists.held(MAIN);
    const mainShare = held - smallShare(held);
    for (let examined = 0; ; examined++) {
      const last = examined >= MOST_EXAMINED;
      const small = lists.oldest(SMALL);
      if (small >= 0 && lists.held(MAIN) <= mainShare) {
        if (this.uses[small]! < USES_TO_STAY || last) return small;
        this.uses[small] = 0;
        lists.move(MAIN, small);
        continue;
      }
      const main = lists.oldest(MAIN);
      if (main < 0) return this.newcomer;
      if (this.uses[main] === 0 || last) return main;
      this.uses[main]!--;
      lists.move(MAIN, main);
    }
  }

  clear(): void {
    this.lists.clear();
    this.ghosts.clear();
    this.newcomer = -1;
    this.filling = true;
  }

  checkInvariants(): void {
    this.lists.checkInvariants();
    this.ghosts.checkInvariants();
    if (this.newcomer >= 0 && this.lists.listOf(this.newcomer) >= 0)
      throw new Error('s3-fifo: the newcomer is in a queue already');
  }

  /** What was the newcomer until now is an entry like others. */
  private letIn(): void {
    const { newcomer, newcomerList, newcomerWeight, newcomerHash } = this;
    if (newcomer >= 0) this.lists.append(newcomerList, newcomer, newcomerWeight, newcomerHash);
  }
}

function smallShare(whole: number): number {
  return Math.max(1, Math.floor(whole * SMALL_SHARE));
}
