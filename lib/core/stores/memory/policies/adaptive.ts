import { grown } from '../grown-column.js';
import { AgedGhosts } from './aged-ghosts.js';
import type { EvictionPolicy, PolicyLimits, PolicyNode } from './eviction-policy.js';
import { FrequencySketch } from './frequency-sketch.js';
import { SlotLists } from './slot-lists.js';
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
/** Keys that have gone and are remembered, for each entry. */
const GHOSTS_AN_ENTRY = 2;
/** Sides that an entry leaves by. */
const BY_WINDOW = 0;
const BY_MAIN = 1;
/** Entries that one step of an operation examines or moves; the others follow at the next ones. */
const MOST_MOVED = 1000;
/** Uses of an entry that wait to be told to the sketch, which counts no further. */
const MOST_PENDING = 15;

/**
 * Finds by itself how much to trust recency, and how much frequency.
 *
 * As in W-TinyLFU newcomers come into a window, the least recently used first out, and what leaves
 * it stands against the entry that the main space would lose: the one used more often, of all keys
 * of late, stays; at a tie the one that is in. Two things are added, and both are told by ghosts:
 * keys that have gone, two for each entry, with the time of their last use.
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
 * A hit only stamps its entry. Lists and sketch catch up when the entry comes up as the oldest of its
 * list: if it has been used since it was queued, its uses are counted, and it goes to the new end of the
 * list that a use sends it to. So the order of a list is that of CLOCK; the times are exact.
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
  private readonly sketch = new FrequencySketch(SKETCH_WORDS, SKETCH_SAMPLE);
  private readonly ghosts = new AgedGhosts();
  private readonly steering = new WindowSteering();
  private readonly maxEntries: number;
  private readonly weighed: boolean;
  private readonly limit: number;
  /** What the entries may weigh together: at first the limit, then what they weighed when full. */
  private whole: number;
  private entries = 0;
  private hashes = new Int32Array(0);
  /** Tick of the last use. */
  private used = new Int32Array(0);
  /** Uses that lists and sketch have not been told of. */
  private pending = new Uint8ClampedArray(0);
  /** Counts uses round and round; times are compared by their difference. */
  private tick = 0;
  /** The victim that was named last; -1: something has happened since. */
  private named = -1;

  constructor({ maxEntries, maxBytes }: PolicyLimits) {
    this.weighed = maxBytes !== Infinity;
    this.maxEntries = maxEntries;
    this.limit = this.whole = this.weighed ? maxBytes : maxEntries;
    this.lists = new SlotLists(3, this.weighed);
  }

  resize(slots: number): void {
    this.hashes = grown(this.hashes, new Int32Array(slots));
    this.used = grown(this.used, new Int32Array(slots));
    this.pending = grown(this.pending, new Uint8ClampedArray(slots));
    this.lists.resize(slots);
    const entries = this.maxEntries === Infinity ? slots : this.maxEntries;
    this.sketch.resize(Math.min(entries, SKETCH_AHEAD * slots), entries);
  }

  add(node: PolicyNode, hash: number, weight: number): void {
    this.named = -1;
    this.hashes[node] = hash;
    this.sketch.increment(hash);
    const isBack = this.ghosts.take(hash) && this.welcome();
    this.used[node] = this.nextTick();
    this.entries++;
    this.lists.append(isBack ? PROBATION : WINDOW, node, weight);
    if (this.entries <= this.maxEntries && this.held() <= this.limit) this.overflow();
  }

  touch(node: PolicyNode): void {
    this.named = -1;
    this.used[node] = this.nextTick();
    this.pending[node]!++;
  }

  reweigh(node: PolicyNode, weight: number): void {
    this.named = -1;
    this.lists.reweigh(node, weight);
    this.demote();
  }

  remove(node: PolicyNode, evicted: boolean): void {
    this.named = -1;
    this.catchUp(node);
    if (evicted) {
      const side = this.lists.listOf(node) === WINDOW ? BY_WINDOW : BY_MAIN;
      this.ghosts.add(this.hashes[node]!, side, this.used[node]!, GHOSTS_AN_ENTRY * this.entries);
    }
    this.lists.remove(node);
    this.entries--;
  }

  victim(): PolicyNode {
    if (this.named >= 0) return this.named;
    const held = this.held();
    this.whole = held < this.limit ? held : this.limit;
    this.named = this.choose();
    return this.named;
  }

  clear(): void {
    this.lists.clear();
    this.pending.fill(0);
    this.sketch.clear();
    this.ghosts.clear();
    this.steering.clear();
    this.whole = this.limit;
    this.entries = 0;
    this.named = -1;
  }

  checkInvariants(): void {
    this.lists.checkInvariants();
    this.ghosts.checkInvariants();
    this.steering.checkInvariants();
    let entries = 0;
    for (const list of [WINDOW, PROBATION, PROTECTED])
      for (const _node of this.lists.slotsOf(list)) entries++;
    if (this.pending.some((uses, slot) => uses > 0 && this.lists.listOf(slot) < 0))
      throw new Error('adaptive: a slot that is free has uses');
    if (entries !== this.entries)
      throw new Error(`adaptive: ${entries} entries, ${this.entries} counted`);
    if (this.named >= 0 && this.lists.listOf(this.named) < 0)
      throw new Error('adaptive: the victim has gone');
  }

  private choose(): PolicyNode {
    const lists = this.lists;
    const settled = this.settledVictim();
    if (settled >= 0 && lists.held(WINDOW) <= this.mostInWindow()) return settled;
    const candidate = this.oldestInWindow();
    if (settled < 0 || candidate < 0) return candidate < 0 ? settled : candidate;
    const uses = this.sketch.count(this.hashes[candidate]!);
    if (uses <= this.sketch.count(this.hashes[settled]!)) return candidate;
    lists.move(PROBATION, candidate);
    return settled;
  }

  /** The entry that the main space would lose next, or -1. */
  private settledVictim(): PolicyNode {
    const lists = this.lists;
    for (let examined = 0; ; examined++) {
      const probed = lists.oldest(PROBATION);
      const node = probed < 0 ? lists.oldest(PROTECTED) : probed;
      if (node < 0 || !this.catchUp(node) || examined === MOST_MOVED) return node;
      lists.move(PROTECTED, node);
      if (probed >= 0) this.demote();
    }
  }

  /** The entry that the window would lose next, or -1. */
  private oldestInWindow(): PolicyNode {
    const lists = this.lists;
    for (let examined = 0; ; examined++) {
      const node = lists.oldest(WINDOW);
      if (node < 0 || !this.catchUp(node) || examined === MOST_MOVED) return node;
      lists.move(WINDOW, node);
    }
  }

  /** Tells the sketch of an entry's uses. True: there were some, so it belongs elsewhere. */
  private catchUp(node: PolicyNode): boolean {
    const uses = this.pending[node]!;
    if (uses === 0) return false;
    this.pending[node] = 0;
    this.sketch.add(this.hashes[node]!, uses < MOST_PENDING ? uses : MOST_PENDING);
    return true;
  }

  /** A ghost was taken: lets it speak to the steering. True: its key goes to the main space at once. */
  private welcome(): boolean {
    const { side, rank, used } = this.ghosts;
    if (side === BY_WINDOW) this.steering.leftByWindow(rank, this.entries);
    else this.steering.leftByMain(rank, this.entries);
    const settled = this.settledVictim();
    return settled >= 0 && this.age(used) < this.age(this.used[settled]!);
  }

  /** What the window cannot hold goes on probation. */
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
