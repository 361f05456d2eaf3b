import type { MissCounts, TrafficReport } from '../../../model/cache-advice.js';
import type { RemovalCause } from '../../../model/removal-cause.js';
import type { CoarseClock } from '../../../primitives/clock.js';
import { ABSENT, WHY_GONE } from '../../departed-keys.js';
import type { KeyTable } from '../key-table.js';
import type { SlotColumns } from '../slot-columns.js';
import { noMisses, RecentCounts } from './recent-counts.js';
import { TrafficSample } from './traffic-sample.js';

/** Accesses after which half of those counted is forgotten. */
const FADES_AFTER = 2 ** 19;

export interface Limits {
  readonly maxEntries: number;
  readonly maxBytes: number;
}

/**
 * What a store learns of its own traffic: all misses by their reason, and a sample of the accesses. The sample is made when the
 * first entry comes: until then each access is a miss of a key never seen, which is counted anyway, and a category that
 * is only ever asked costs no tables.
 */
export class Traffic {
  /** Since the start, by what `WHY_GONE` has in that place. */
  private readonly misses = new Float64Array(WHY_GONE.length);
  private readonly recent = new RecentCounts();
  private readonly limits: Limits;
  private readonly columns: SlotColumns;
  private readonly table: KeyTable;
  private readonly clock: CoarseClock;
  /** Epoch milliseconds. */
  private readonly since: number;
  /** None before `start`, nor where there is no limit to advise on. It marks entries, and is told of the hits on them. */
  sample: TrafficSample | undefined = undefined;
  /** Keys of a lower hash, in quarters, are watched; 0: none is. What need not be told costs one comparison, here or where it would be told. */
  watched = 0;
  private fadesAt = FADES_AFTER;

  constructor(limits: Limits, columns: SlotColumns, table: KeyTable, clock: CoarseClock) {
    this.limits = limits;
    this.columns = columns;
    this.table = table;
    this.clock = clock;
    this.since = clock.now();
  }

  /** The first entry is about to come. From now on keys are watched. */
  start(): void {
    if (this.sample !== undefined) return;
    this.sample = this.sampleSoFar();
    this.watched = this.sample?.watched ?? 0;
  }

  /** A key of this hash was asked for, and is not there or past its time. @param code its place in `WHY_GONE` */
  missed(hash: number, code: number): void {
    this.misses[code]!++;
    if (hash >>> 2 < this.watched) this.sample!.missed(hash, code);
  }

  /** An entry with a key of this hash has come. */
  inserted(slot: number, hash: number): void {
    if (hash >>> 2 < this.watched) this.sample!.inserted(slot, hash);
  }

  /** An entry with a key of this hash has a new value, and is not marked any more. */
  replaced(slot: number, hash: number): void {
    if (hash >>> 2 < this.watched) this.sample!.replaced(slot, hash);
  }

  /** An entry with a key of this hash has come, and had to go at once: it is larger than the whole cache. */
  refused(hash: number, expiresAt: number, bytes: number): void {
    this.start();
    if (hash >>> 2 < this.watched) this.sample!.refused(hash, expiresAt, bytes);
  }

  /** An entry goes, marked if it is watched. */
  removed(slot: number, isMarked: boolean, cause: RemovalCause): void {
    if (isMarked === true && this.watched !== 0) this.sample!.removed(slot, cause);
  }

  /** A key that is not there was deleted: a larger cache might have had it. */
  deleted(hash: number): void {
    if (hash >>> 2 < this.watched) this.sample!.deleted(hash);
  }

  clear(): void {
    this.sample?.clear();
  }

  /** Now and then, with what there was since the start. */
  tick(hits: number, misses: number, now: number): void {
    const accesses = hits + misses;
    this.sample?.tick(accesses, now);
    this.watched = this.sample?.watched ?? 0;
    if (accesses < this.fadesAt) return;
    this.fadesAt = accesses + FADES_AFTER;
    this.recent.fade(hits, this.counts());
  }

  /** @param sizes in limits, ascending */
  report(sizes: readonly number[], hits: number, misses: number): TrafficReport {
    const recent = this.recent.of(hits, this.counts());
    const sample = (this.sample ?? this.sampleSoFar())?.report(sizes, hits + misses);
    if (sample === undefined) return { ...this.limits, ...recent };
    const forgotten = Math.round(recent.misses.neverSeen * sample.forgotten);
    recent.misses.neverSeen -= forgotten;
    recent.misses.evicted += forgotten;
    return { ...this.limits, ...recent, sample };
  }

  /** What there would be, had all misses been recorded when there was nothing else. */
  private sampleSoFar(): TrafficSample | undefined {
    const { limits, columns, table, clock, since } = this;
    if (Math.min(limits.maxEntries, limits.maxBytes) === Infinity) return undefined;
    return new TrafficSample(limits, columns, table, clock, since, this.misses[ABSENT]!);
  }

  private counts(): MissCounts {
    const counts = noMisses();
    for (const [code, reason] of WHY_GONE.entries()) {
      counts[reason === 'absent' ? 'neverSeen' : reason] = this.misses[code]!;
    }
    return counts;
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    this.sample?.checkInvariants();
  }
}
