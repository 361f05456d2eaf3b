import { grown, NO_INTS } from '../grown-column.js';
import { AgedGhosts, MOST_USES, type Side } from './aged-ghosts.js';
import {
  entriesWhenFull,
  type EvictionPolicy,
  type PolicyLimits,
  type PolicyNode,
} from './eviction-policy.js';
import {
  LIST,
  NEWER,
  OLDER,
  OWN,
  OWN_BIT,
  ROW_BITS,
  rowOf,
  SlotLists,
  STATE,
} from './slot-lists.js';
import { WindowSteering } from './window-steering.js';

const WINDOW = 0;
const PROBATION = 1;
const PROTECTED = 2;
/** Of the main space, what the protected segment may hold. */
const PROTECTED_SHARE = 0.75;
/** Uses counted for each entry before counts are halved: loops are longer than the category. */
const SAMPLE_AN_ENTRY = 20;
/** Entries whose uses are counted at least. */
const LEAST_SAMPLED = 8;
/** Slots whose uses are halved in one go, a fraction of a millisecond: of larger categories some at each of the uses that follow. */
const HALVED_AT_ONCE = 65_536;
/** Of the whole, what the window may hold above its share while keys come back that no window could have kept. */
const SURPLUS = 0.05;
/** Ways for an entry to leave: evicted from the window, from the main space, or removed. */
const BY_WINDOW: Side = 0;
const BY_MAIN: Side = 1;
const REMOVED: Side = 2;
/** Entries that one step of an operation examines or moves; the others follow at the next ones. */
const MOST_MOVED = 1000;
/** In the state of a slot: the uses of its key, and those that are not counted yet. */
const COUNT = MOST_USES << OWN_BIT;
/** These are the highest bits: at sixteen the state is negative, and no more are counted. */
const PENDING_BIT = 27;
const ONE_PENDING = 1 << PENDING_BIT;

/**
 * Finds by itself how much to trust recency, and how much frequency.
 *
 * As in W-TinyLFU newcomers come into a window, the least recently used first out, and what leaves
 * it stands against the entry that the main space would lose: the one used more often stays; at a tie the
 * one that is in. The use that the candidate came with is left out: in a loop the other one has that one still before it.
 *
 * All else is told by ghosts, keys that have gone, with how often they were used and when they were last: of the latest
 * thirteen for each four entries those that have not come back. There is no sketch of other keys: what has been gone for longer begins anew.
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
 * order of a list is that of CLOCK; the times are exact. Counts end at 15, and are halved now and then, so that old fame fades.
 *
 * An entry that is removed, since it is over or out of date, leaves a ghost as well, so that a popular key has its place when it comes back.
 * It says nothing of the window's share.
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
  private readonly ghosts = new AgedGhosts();
  private readonly steering = new WindowSteering();
  private readonly limits: PolicyLimits;
  private readonly weighed: boolean;
  private readonly limit: number;
  /** What the entries may weigh together: at first the limit, then what they weighed when full. */
  private whole: number;
  private entries = 0;
  /** As many as there were when one was evicted last: so many the category has when it is full. */
  private fullEntries = 0;
  /** Uses counted since counts were halved, and how many there may be. */
  private counted = 0;
  private sample = 0;
  /** Slots whose uses have been halved so far, while they are. */
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
  /** The uses of the key that comes, with this one; in an exchange it has no slot yet where they could be halved. */
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
    this.sample = SAMPLE_AN_ENTRY * Math.max(entriesWhenFull(this.limits, slots), LEAST_SAMPLED);
  }

  add(node: PolicyNode, hash: number, weight: number): void {
    this.hashes[node] = hash;
    const list = this.listFor(hash);
    this.entries++;
    this.lists.append(list, node, weight, this.nextTick(), this.usesComing << OWN_BIT);
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
    this.entries--;
    this.depart(node, evicted);
    if (evicted !== true) this.full = false;
    this.lists.remove(node);
  }

  exchange(hash: number): PolicyNode {
    const list = this.listFor(hash);
    const tick = this.nextTick();
    this.named = this.newcomer = -1;
    this.full = true;
    this.whole = this.limit;
    const node = this.choose(list === WINDOW ? 1 : 0);
    // `depart`, and `SlotLists.remove` and `append` where nothing is weighed, written out: as calls they are a fifteenth of a miss. So this is too
    // long to be made a part of its caller, and there is room here for what it calls itself (docs/design/memory-tier.md).
    const { hashes, entries } = this;
    const { rows } = this.lists;
    const row = rowOf(node);
    const state = rows[row | STATE]!;
    const before = (state & LIST) - 1;
    const side = before === WINDOW ? BY_WINDOW : BY_MAIN;
    const uses = (state & COUNT) >>> OWN_BIT;
    this.fullEntries = entries;
    this.ghosts.add(hashes[node]!, side, rows[row | OWN]!, uses, mostGhosts(entries));
    hashes[node] = hash;
    const neighbour = row >> ROW_BITS;
    const older = rows[row | OLDER]!;
    const newer = rows[row | NEWER]!;
    rows[(older << ROW_BITS) | NEWER] = newer;
    rows[(newer << ROW_BITS) | OLDER] = older;
    rows[(before << ROW_BITS) | OWN]!--;
    const ring = list << ROW_BITS;
    const last = rows[ring | OLDER]!;
    rows[row | OLDER] = last;
    rows[row | NEWER] = list;
    rows[row | OWN] = tick;
    rows[row | STATE] = (this.usesComing << OWN_BIT) | (list + 1);
    rows[(last << ROW_BITS) | NEWER] = neighbour;
    rows[ring | OLDER] = neighbour;
    rows[ring | OWN]!++;
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
    this.ghosts.clear();
    this.steering.clear();
    this.whole = this.limit;
    this.entries = this.counted = this.halved = 0;
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

  /** Where the key of a hash comes in, and how often it was used: one that has come back may take its place at once. */
  private listFor(hash: number): number {
    this.count(1);
    if (this.ghosts.take(hash) === false) {
      this.usesComing = 1;
      return WINDOW;
    }
    const { uses } = this.ghosts;
    this.usesComing = uses < MOST_USES ? uses + 1 : uses;
    return this.welcome() === true ? PROBATION : WINDOW;
  }

  /** An entry goes, and leaves a ghost. Before the first that is evicted none is needed. */
  private depart(node: PolicyNode, evicted: boolean): void {
    if (evicted === true) this.fullEntries = this.entries;
    else if (this.ghosts.isEmpty) return;
    this.catchUp(node);
    const { lists, hashes } = this;
    const side = evicted !== true ? REMOVED : lists.listOf(node) === WINDOW ? BY_WINDOW : BY_MAIN;
    const most = mostGhosts(this.fullEntries);
    this.ghosts.add(hashes[node]!, side, lists.own(node), this.usesOf(node), most);
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
    this.lists.setState(node, (state & LIST) | (after << OWN_BIT));
    this.count(after - before);
    return true;
  }

  /**
   * Whether the candidate was used more often than the entry that is settled, the use that it came with left out: in a loop
   * the other one has that one still before it, and a newcomer would win by it alone.
   */
  private isUsedMore(candidate: PolicyNode, settled: PolicyNode): boolean {
    return this.usesOf(candidate) - 1 > this.usesOf(settled);
  }

  private usesOf(node: PolicyNode): number {
    return (this.lists.state(node) & COUNT) >>> OWN_BIT;
  }

  /** So many uses have been added to counts. */
  private count(uses: number): void {
    this.counted += uses;
    if (this.counted >= this.sample) this.halve();
  }

  /** Halves all counts, so that old fame fades, or some more of them. */
  private halve(): void {
    const { lists, hashes } = this;
    if (this.halved === 0) {
      this.ghosts.halve();
      this.usesComing >>>= 1;
    }
    const to = Math.min(this.halved + HALVED_AT_ONCE, hashes.length);
    for (let slot = this.halved; slot < to; slot++) {
      const state = lists.state(slot);
      lists.setState(slot, (state & ~COUNT) | (((state & COUNT) >>> 1) & COUNT));
    }
    this.halved = to;
    if (to < hashes.length) return;
    this.halved = 0;
    this.counted >>>= 1;
  }

  /** A ghost was taken: lets it speak to the steering. True: its key goes to the main space at once. */
  private welcome(): boolean {
    const { side, rank, used } = this.ghosts;
    const entries = this.fullEntries;
    const settled = this.settledVictim();
    const isLater = settled >= 0 && this.age(used) < this.age(this.lists.own(settled));
    if (side === BY_WINDOW) this.steering.leftByWindow(rank, entries, isLater);
    else if (side === BY_MAIN) this.steering.leftByMain(rank, entries);
    if (!isLater) this.yieldSurplus();
    return isLater;
  }

  /** What the window holds far above its share goes on probation, one entry at a time. */
  private yieldSurplus(): void {
    const lists = this.lists;
    if (lists.held(WINDOW) <= this.mostInWindow() + 1 + SURPLUS * this.whole) return;
    const node = this.oldestInWindow();
    if (node >= 0) lists.move(PROBATION, node);
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
const mostGhosts = (entries: number): number => (13 * entries) >>> 2;
