import { endOf, type CacheEntry } from '../../model/cache-entry.js';
import { missReasonAfter, type RemovalCause } from '../../model/removal-cause.js';
import type { CoarseClock } from '../../primitives/clock.js';
import { PROCESS_HASH, type KeyHash } from '../../primitives/key-hash.js';
import { DepartedKeys, EVICTED } from '../departed-keys.js';
import { KeyTable } from './key-table.js';
import type { EvictionPolicy } from './policies/eviction-policy.js';
import { Traffic } from './sampling/traffic.js';
import { PARTS, SlotColumns } from './slot-columns.js';
import { TagIndex } from './tag-index.js';

/** Of the parts in which room is made, those that prepare the places of the keys: four come before them, and one behind. */
const PREPARATIONS = PARTS - 5;

/** More than there can be. */
const MOST_SLOTS = 2 ** 31 - 1;

export interface EntrySlotsOptions {
  /** Infinity: no limit. */
  readonly maxEntries: number;
  /** Estimated bytes. Infinity: no limit, and nothing is weighed on the way in. */
  readonly maxBytes: number;
  /** What keys are hashed under. Unset: the secret of the process. */
  readonly keyHash?: KeyHash;
}

/**
 * What a memory store keeps of its entries, in several structures that go in step: an entry comes into all
 * of them and leaves all of them here. Each may be read by itself. When an entry goes is not decided
 * here, and nobody is told of it.
 *
 * An entry is put in in three steps: it has a slot (`claim`, or `withdraw` for one that is replaced), it is
 * written, and it takes its place (`settle`, `settleAgain`). `insertPlain` does all of it for the common one.
 */
export class EntrySlots {
  readonly table: KeyTable;
  readonly columns: SlotColumns;
  readonly policy: EvictionPolicy;
  readonly tags = new TagIndex();
  readonly departed: DepartedKeys;
  readonly traffic: Traffic;
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** The limit in a small integer of V8, which compares at once. */
  private readonly most: number;
  /**
   * Whether there is a limit in bytes: then entries are weighed. Where it is asked often it is compared with `true`: to
   * ask whether something is true at all costs V8 ten instructions more.
   */
  readonly weighed: boolean;
  /** With so many entries the next newcomer takes the slot of one that goes for it: see `MemoryStore.exchangePlain`. -1: none does. */
  readonly exchangesAt: number;
  /** Held, if they are weighed. */
  bytes = 0;
  private readonly clock: CoarseClock;

  constructor(options: EntrySlotsOptions, policy: EvictionPolicy, clock: CoarseClock) {
    const { maxEntries, maxBytes, keyHash = PROCESS_HASH } = options;
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
    this.most = Math.min(maxEntries, MOST_SLOTS);
    this.weighed = maxBytes !== Infinity;
    this.exchangesAt = policy.exchange === undefined || this.weighed ? -1 : this.most;
    // One more than the limit before an entry is evicted, and the one that is no entry's.
    this.columns = new SlotColumns(maxEntries + 2, this.weighed);
    this.departed = new DepartedKeys(maxEntries);
    this.policy = policy;
    this.clock = clock;
    this.table = new KeyTable(keyHash, (newcomer, guarded) => this.forgetHashes(newcomer, guarded));
    this.traffic = new Traffic(options, this.columns, this.table, clock);
  }

  get isOverLimit(): boolean {
    return this.table.size > this.most || (this.weighed === true && this.bytes > this.maxBytes);
  }

  /** Makes room for more, or a part of it where that is much. The columns are others afterwards. */
  grow(): void {
    const { columns } = this;
    this.traffic.start();
    if (columns.growsInParts) return this.growPart();
    columns.grow();
    this.policy.resize(columns.capacity);
    this.table.resize(columns.pairs);
  }

  /** Each part may be larger than the others for a while. */
  private growPart(): void {
    const { columns, table } = this;
    const { coming, partsGrown } = columns;
    if (partsGrown === 0) {
      columns.growPairs();
      table.usePairs(columns.pairs);
    } else if (partsGrown === 1) columns.growNumbers();
    else if (partsGrown === 2) this.policy.resize(coming);
    else if (partsGrown === 3) table.growRows(coming);
    else if (partsGrown < PARTS - 1) table.prepare(coming, 1 / PREPARATIONS);
    else table.growPlaces(coming);
    columns.partHasGrown();
  }

  /** A slot for the key that was just looked for, and has none. There must be room: see `SlotColumns.full`. */
  claim(key: string): number {
    const slot = this.columns.take(key);
    this.table.add(slot);
    return slot;
  }

  /** What is in the slot is to be replaced by what is written there now. */
  withdraw(slot: number): void {
    if (this.tags.size !== 0) this.tags.remove(slot);
  }

  write(slot: number, entry: CacheEntry): void {
    const { value, expiresAt, createdAt = 0 } = entry;
    const staleUntil = endOf(entry);
    const { columns } = this;
    if (staleUntil !== expiresAt && !columns.split) columns.splitStale();
    columns.write(slot, value, expiresAt, staleUntil, createdAt);
  }

  settle(slot: number, tags: readonly string[], bytes: number): void {
    this.admit(slot, bytes);
    this.place(slot, tags, bytes);
    this.traffic.inserted(slot, this.table.hashIn(slot));
  }

  /**
   * A newcomer without tags, fresh for `ttlMs`, takes its place, in a category that is not limited by bytes, under the key that
   * was just looked for, and has no slot. There must be room.
   */
  insertPlain(key: string, value: unknown, ttlMs: number): number {
    const bornAt = this.clock.recent(ttlMs);
    const expiresAt = bornAt + ttlMs;
    const slot = this.columns.take(key);
    this.columns.write(slot, value, expiresAt, expiresAt, bornAt);
    const hash = this.table.add(slot);
    this.policy.add(slot, hash, 1);
    this.traffic.inserted(slot, hash);
    return slot;
  }

  settleAgain(slot: number, tags: readonly string[], bytes: number): void {
    this.place(slot, tags, bytes);
    this.traffic.replaced(slot, this.table.hashIn(slot));
    if (this.weighed) this.policy.reweigh?.(slot, bytes);
  }

  /** To the policy, which has not got it. */
  admit(slot: number, bytes: number): void {
    this.policy.add(slot, this.table.hashIn(slot), this.weighed === true ? bytes : 1);
  }

  remove(slot: number, cause: RemovalCause): void {
    const hash = this.table.remove(slot);
    this.policy.remove(slot, cause === 'evicted');
    if (this.tags.size !== 0) this.tags.remove(slot);
    this.traffic.removed(slot, this.columns.isMarked(slot), cause);
    if (this.weighed === true) this.weigh(slot, 0);
    this.columns.free(slot);
    if (cause === 'evicted') this.departed.mark(hash, EVICTED);
    else this.depart(hash, cause);
  }

  /** The key of this hash is not there any more, or never was. */
  depart(hash: number, cause: RemovalCause): void {
    const reason = missReasonAfter(cause);
    if (reason !== 'absent') this.departed.add(hash, reason);
  }

  clear(): void {
    this.table.clear();
    this.columns.clear();
    this.policy.clear();
    this.tags.clear();
    this.departed.clear();
    this.traffic.clear();
    this.bytes = 0;
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    this.policy.checkInvariants();
    this.traffic.checkInvariants();
    this.table.checkInvariants();
    if (this.table.size > this.maxEntries) throw new Error('memory: over the limit of entries');
    let bytes = 0;
    for (const slot of this.table.slots()) bytes += this.columns.bytes[slot] ?? 0;
    if (bytes !== this.bytes) throw new Error(`memory: ${bytes} bytes held, ${this.bytes} counted`);
    if (this.bytes > this.maxBytes) throw new Error('memory: over the limit of bytes');
  }

  private place(slot: number, tags: readonly string[], bytes: number): void {
    this.tags.add(slot, tags);
    if (this.weighed === true) this.weigh(slot, bytes);
  }

  private weigh(slot: number, bytes: number): void {
    this.bytes += bytes - this.columns.bytes[slot]!;
    this.columns.bytes[slot] = bytes;
  }

  /**
   * Keys have other hashes from now on, that of the newcomer in a slot too: a few of them, which the policy takes for others, or all; then
   * it forgets what it knew of them.
   */
  private forgetHashes(newcomer: number, all: boolean): void {
    this.departed.clear();
    this.traffic.clear();
    if (!all || !this.policy.hashed) return;
    this.policy.clear();
    for (const slot of this.table.slots()) {
      if (slot !== newcomer) this.admit(slot, this.columns.bytes[slot] ?? 0);
    }
  }
}
