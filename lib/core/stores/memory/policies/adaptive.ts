import { grown, NO_INTS } from '../grown-column.js';
import { AgedGhosts } from './aged-ghosts.js';
import {
  entriesWhenFull,
  type EvictionPolicy,
  type PolicyLimits,
  type PolicyNode,
} from './eviction-policy.js';
import { FrequencySketch, MOST_USES } from './frequency-sketch.js';
import { LIST, OWN_BIT, SlotLists } from './slot-lists.js';
import { WindowSteering } from './window-steering.js';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;
/** Of the main space, what the protected segment may hold. */
const PROTECTED_SHARE = 0.75;
/** Words of the sketch for each entry: counts that others disturb cost more than the memory does. */
const SKETCH_WORDS = 8;
/** A sketch that grows keeps the noise of its smaller days: it is this much ahead of the slots. */
const SKETCH_AHEAD = 4;
/** Uses counted for each entry before counts are halved: loops are longer than the category. */
const SKETCH_SAMPLE = 20;
/** Sides that an entry leaves by. */
const BY_WINDOW = 0;
const BY_MAIN = 1;
/** Entries that one step of an operation examines or moves; the others follow at the next ones. */
const MOST_MOVED = 1000;
/** In the state of a slot: the uses of its key, whether the sketch does not know of all of them, and those that are not counted yet. */
const COUNT = MOST_USES << OWN_BIT;
const UNTOLD_BIT = OWN_BIT + 4;
const UNTOLD = 1 << UNTOLD_BIT;
/** These are the highest bits: at sixteen the state is negative, and no more are counted. */
const PENDING_BIT = 27;
const ONE_PENDING = 1 << PENDING_BIT;

/**
 * Finds by itself how much to trust recency, and how much frequency.
 *
 * As in W-TinyLFU newcomers come into a window, the least recently used first out, and what leaves
 * it stands against the entry that the main space would lose: the one used more often, of all keys
 * of late, stays; at a tie the one that is in. Two things are added, and both are told by ghosts:
 * keys that have gone, with the time of their last use: of the latest five for each two entries those that have not come back.
 *
 * A key that comes back is compared with the main space's next victim once more, by time: if its last
 * use before it went is later than the last use of that victim, it has come back within less time
 * than the victim has been waiting, and takes its place at once. This is the rule of LIRS. It lets the
 * main space follow a change within one round of reuse, where counts take several; and in a loop too
 * large for the category it never fires, so the part of the loop that is in stays in.
 *
 * And the window's share, from 1 % to 99 %, follows the ghosts of both sides as ARC's split does:
 * see `window-steering.ts`.
 *
 * A hit only stamps its entry. Its list catches up when the entry comes up as the oldest there: if it has been used since it
 * was queued, its uses are counted, and it goes to the new end of the list that a use sends it to. So the
 * order of a list is that of CLOCK; the times are exact. The uses of a key that is in are counted beside its entry, and
 * halved when the sketch is: the sketch is asked when the entry comes, and told when it goes.
 *
 * Until the category is full all are let in, and what the window cannot hold goes to the main space,
 * so that a loop that began while it was filling is not lost. Limited by bytes, shares are of bytes.
 * Hashes are those of the key table, which notices keys that were chosen to be alike: see `key-table.ts`.
 *
 * Einziger, Friedman and Manes, "TinyLFU: a highly efficient cache admission policy", ACM
 * Transactions on Storage 13(4), 2017. Jiang and Zhang, "LIRS: an efficient low inter-reference
 * recency set replacement policy", SIGMETRICS 2002. Megiddo and Modha, "ARC: a self-tuning, low
 * overhead replacement cache", FAST 2003. Figures, and what did not pay: `docs/design/adaptive-policy.md`.
 */
export class AdaptivePolicy implements EvictionPolicy {
  readonly hashed = true;
  private readonly lists: SlotLists;
  private readonly sketch = new FrequencySketch(SKETCH_WORDS, SKETCH_SAMPLE, (share) =>
    this.halveTo(share),
  );
  private readonly ghosts = new AgedGhosts();
  private readonly steering = new WindowSteering();
  private readonly limits: PolicyLimits;
  private readonly weighed: boolean;
  private readonly limit: number;
  /** What the entries may weigh together: at first the limit, then what they weighed when full. */
  private whole: number;
  private entries = 0;
  /** Slots whose uses have been halved so far, while the sketch halves its counts. */
  private halved = 0;
  private hashes = NO_INTS;
  /**
   * Whether newcomers stand against others: since a victim was asked for, until an entry goes that was none. That there is room
   * says nothing: where entries weigh, each victim leaves some.
   */
  private full = false;
  /** Counts uses round and round; times are compared by their difference. */
  private tick = 0;
  /**
   * The slot that came last, where entries weigh 1: others go for it, as they do in `exchange`, which does not ask it either. -1: something
   * has gone since.
   */
  private newcomer = -1;
  /** The uses of the key that comes in an exchange, and has no slot yet where they could be halved. */
  private usesComing = 0;
  /** The victim that was named last, unless a tick has gone by since; -1: something has gone, or become heavier. */
  private named = -1;
  private namedAt = 0;

  constructor(limits: PolicyLimits) {
    const { maxEntries, maxBytes } = limits;
    this.weighed = maxBytes !== Infinity;
    this.limits = limits;
    this.limit = this.whole = this.weighed ? maxBytes : maxEntries;
    this.lists = new SlotLists(3, this.weighed);
  }

  resize(slots: number): void {
    this.hashes = grown(this.hashes, new Int32Array(slots));
    this.lists.resize(slots);
    const entries = entriesWhenFull(this.limits, slots);
    this.sketch.resize(Math.min(entries, SKETCH_AHEAD * slots), entries);
  }

  add(node: PolicyNode, hash: number, weight: number): void {
    this.hashes[node] = hash;
    const uses = this.sketch.increment(hash);
    const list = this.listFor(hash);
    this.entries++;
    this.lists.append(list, node, weight, this.nextTick(), uses << OWN_BIT);
    if (this.weighed !== true) this.newcomer = node;
    if (this.full === false) this.fill();
  }

  touch(node: PolicyNode): void {
    // In few words, since it is inlined where a hit is made (docs/design/memory-tier.md has what there is room for):
    // `rowOf(node) | OWN`, and beside it STATE.
    const rows = this.lists.rows;
    const own = ((node + 4) << 2) | 2;
    const tick = (this.tick + 1) | 0;
    this.tick = tick;
    rows[own] = tick;
    const state = rows[own | 1]!;
    if (state >= 0) rows[own | 1] = (state + ONE_PENDING) | 0;
  }

  reweigh(node: PolicyNode, weight: number): void {
    this.named = -1;
    this.lists.reweigh(node, weight);
    this.demote();
  }

  remove(node: PolicyNode, evicted: boolean): void {
    this.named = this.newcomer = -1;
    this.depart(node, evicted, this.entries);
    if (evicted !== true) this.full = false;
    this.lists.remove(node);
    this.entries--;
  }

  exchange(hash: number): PolicyNode {
    const uses = this.sketch.increment(hash);
    const list = this.listFor(hash);
    const tick = this.nextTick();
    this.usesComing = uses;
    this.named = this.newcomer = -1;
    this.full = true;
    this.whole = this.limit;
    const node = this.choose(list === WINDOW ? 1 : 0);
    this.depart(node, true, this.entries + 1);
    this.hashes[node] = hash;
    this.lists.renew(list, node, tick, this.usesComing << OWN_BIT);
    return node;
  }

  victim(): PolicyNode {
    if (this.named >= 0 && this.namedAt === this.tick) return this.named;
    const lists = this.lists;
    this.full = true;
    const held = this.held();
    this.whole = held < this.limit ? held : this.limit;
    this.named = this.choose(0);
    // What was moved meanwhile stands before it.
    if (this.newcomer >= 0) lists.move(lists.listOf(this.newcomer), this.newcomer);
    this.namedAt = this.tick;
    return this.named;
  }

  clear(): void {
    this.lists.clear();
    this.sketch.clear();
    this.ghosts.clear();
    this.steering.clear();
    this.whole = this.limit;
    this.entries = this.halved = 0;
    this.full = false;
    this.named = this.newcomer = -1;
  }

  checkInvariants(): void {
    this.lists.checkInvariants();
    this.ghosts.checkInvariants();
    this.steering.checkInvariants();
    let entries = 0;
    for (const list of [WINDOW, PROBATION, PROTECTED])
      for (const _node of this.lists.slotsOf(list)) entries++;
    for (let slot = 0; slot < this.hashes.length; slot++) {
      if (this.lists.listOf(slot) < 0 && this.lists.state(slot) !== 0)
        throw new Error('adaptive: a slot that is free has uses');
    }
    if (entries !== this.entries)
      throw new Error(`adaptive: ${entries} entries, ${this.entries} counted`);
    if (this.named >= 0 && this.namedAt === this.tick && this.lists.listOf(this.named) < 0)
      throw new Error('adaptive: the victim has gone');
  }

  /** Where the key of a hash comes in: one that has come back may take its place at once. */
  private listFor(hash: number): number {
    return this.ghosts.take(hash) === true && this.welcome() === true ? PROBATION : WINDOW;
  }

  /** An entry goes: the sketch hears of its uses, and if it is evicted it leaves a ghost. @param entries with it */
  private depart(node: PolicyNode, evicted: boolean, entries: number): void {
    const lists = this.lists;
    if (lists.state(node) >>> UNTOLD_BIT !== 0) this.tell(node);
    if (evicted !== true) return;
    const side = lists.listOf(node) === WINDOW ? BY_WINDOW : BY_MAIN;
    this.ghosts.add(this.hashes[node]!, side, lists.own(node), mostGhosts(entries));
  }

  /** @param coming entries that come into the window, and are not there yet */
  private choose(coming: number): PolicyNode {
    const lists = this.lists;
    const settled = this.settledVictim();
    if (settled >= 0 && lists.held(WINDOW) + coming <= this.mostInWindow()) return settled;
    const candidate = this.oldestInWindow();
    if (settled < 0 || candidate < 0) return candidate < 0 ? settled : candidate;
    if (!this.isUsedMore(candidate, settled)) return candidate;
    lists.move(PROBATION, candidate);
    return settled;
  }

  /** The entry that the main space would lose next, or -1. */
  private settledVictim(): PolicyNode {
    const node = this.oldestSettled();
    return node < 0 || this.isPending(node) === false ? node : this.settleUntilVictim();
  }

  private oldestSettled(): PolicyNode {
    const lists = this.lists;
    let node = lists.oldest(PROBATION);
    if (node >= 0 && node === this.newcomer) node = lists.newer(node);
    return node < 0 ? lists.oldest(PROTECTED) : node;
  }

  /** Those used since they were queued go to the new end, and what that pushes out goes on probation. */
  private settleUntilVictim(): PolicyNode {
    const lists = this.lists;
    for (let examined = 0; ; examined++) {
      const node = this.oldestSettled();
      if (node < 0) return node;
      const isOnProbation = lists.listOf(node) === PROBATION;
      if (!this.catchUp(node) || examined === MOST_MOVED) return node;
      lists.move(PROTECTED, node);
      if (isOnProbation) this.demote();
    }
  }

  /** The entry that the window would lose next, or -1. */
  private oldestInWindow(): PolicyNode {
    const node = this.lists.oldest(WINDOW);
    return node < 0 || this.isPending(node) === false ? node : this.passUntilOldest();
  }

  private passUntilOldest(): PolicyNode {
    const lists = this.lists;
    for (let examined = 0; ; examined++) {
      const node = lists.oldest(WINDOW);
      const isPassed = node === this.newcomer && lists.held(WINDOW) > 1;
      if (node < 0 || !(isPassed || this.catchUp(node)) || examined === MOST_MOVED) return node;
      lists.move(WINDOW, node);
    }
  }

  /** Whether it has been used since it was queued. */
  private isPending(node: PolicyNode): boolean {
    return this.lists.state(node) >>> PENDING_BIT !== 0;
  }

  /** Counts an entry's uses. True: there were some, so it belongs elsewhere. */
  private catchUp(node: PolicyNode): boolean {
    const state = this.lists.state(node);
    const pending = state >>> PENDING_BIT;
    if (pending === 0) return false;
    const before = (state & COUNT) >>> OWN_BIT;
    const sum = before + pending;
    const after = sum < MOST_USES ? sum : MOST_USES;
    this.lists.setState(node, (state & LIST) | (after << OWN_BIT) | UNTOLD);
    this.sketch.noted(after - before);
    return true;
  }

  /** The sketch hears of the uses of an entry that goes. */
  private tell(node: PolicyNode): void {
    this.catchUp(node);
    this.sketch.raise(this.hashes[node]!, this.usesOf(node));
  }

  /**
   * Whether the candidate was used more often than the entry that is settled. That one's own count has none of what
   * others have added to it in the sketch since it came, as the candidate's has: so the sketch is asked as well, or the
   * newcomers of a loop would win by that alone.
   */
  private isUsedMore(candidate: PolicyNode, settled: PolicyNode): boolean {
    const uses = this.usesOf(candidate);
    return uses > this.usesOf(settled) && uses > this.sketch.count(this.hashes[settled]!);
  }

  private usesOf(node: PolicyNode): number {
    return (this.lists.state(node) & COUNT) >>> OWN_BIT;
  }

  /** So the sketch does with those of all keys, of which it has halved this share. */
  private halveTo(share: number): void {
    const lists = this.lists;
    const to = Math.ceil(share * this.hashes.length);
    if (this.halved === 0) this.usesComing >>>= 1;
    for (let slot = this.halved; slot < to; slot++) {
      const state = lists.state(slot);
      lists.setState(slot, (state & ~COUNT) | (((state & COUNT) >>> 1) & COUNT));
    }
    this.halved = share === 1 ? 0 : to;
  }

  /** A ghost was taken: lets it speak to the steering. True: its key goes to the main space at once. */
  private welcome(): boolean {
    const { side, rank, used } = this.ghosts;
    if (side === BY_WINDOW) this.steering.leftByWindow(rank, this.entries);
    else this.steering.leftByMain(rank, this.entries);
    const settled = this.settledVictim();
    return settled >= 0 && this.age(used) < this.age(this.lists.own(settled));
  }

  /** While there is room for all, what the window cannot hold goes on probation, whatever it is. */
  private fill(): void {
    if (this.entries <= this.limits.maxEntries && this.held() <= this.limit) this.overflow();
  }

  private overflow(): void {
    const lists = this.lists;
    const most = this.mostInWindow();
    for (let moved = 0; moved < MOST_MOVED && lists.held(WINDOW) > most; moved++) {
      lists.move(PROBATION, this.oldestInWindow());
    }
  }

  /** What the protected segment cannot hold goes back on probation. */
  private demote(): void {
    const lists = this.lists;
    const most = PROTECTED_SHARE * Math.max(0, this.whole - this.mostInWindow());
    for (let moved = 0; moved < MOST_MOVED && lists.held(PROTECTED) > most; moved++) {
      const node = lists.oldest(PROTECTED);
      lists.move(this.catchUp(node) ? PROTECTED : PROBATION, node);
    }
  }

  private mostInWindow(): number {
    const most = this.whole * this.steering.share;
    return most > 1 ? most : 1;
  }

  private held(): number {
    if (this.weighed !== true) return this.entries;
    const lists = this.lists;
    return lists.held(WINDOW) + lists.held(PROBATION) + lists.held(PROTECTED);
  }

  private age(used: number): number {
    return (this.tick - used) >>> 0;
  }

  private nextTick(): number {
    this.tick = (this.tick + 1) | 0;
    return this.tick;
  }
}

/** Keys that have gone and are remembered, beside so many entries; those that have come back count. */
const mostGhosts = (entries: number): number => (5 * entries) >>> 1;
