import type { MissCounts, TrafficReport } from '../../../model/cache-advice.js';
import type { RemovalCause } from '../../../model/removal-cause.js';
import type { CoarseClock } from '../../../primitives/clock.js';
import type { WhyGone } from '../../departed-keys.js';
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

/** What a store learns of its own traffic: all misses by their reason, and a sample of the accesses. */
export class Traffic {
  /** Since the start. */
  readonly #misses: MissCounts = noMisses();
  readonly #recent = new RecentCounts();
  readonly #limits: Limits;
  /** None where there is no limit to advise on. */
  readonly #sample: TrafficSample | undefined;
  /** The sample while it watches, which changes in `tick` alone: what need not be told costs one comparison. */
  #watching: TrafficSample | undefined;
  #fadesAt = FADES_AFTER;

  constructor(limits: Limits, columns: SlotColumns, table: KeyTable, clock: CoarseClock) {
    this.#limits = limits;
    if (Math.min(limits.maxEntries, limits.maxBytes) === Infinity) return;
    this.#sample = this.#watching = new TrafficSample(limits, columns, table, clock);
  }

  /** A hit on a marked entry. */
  hit(slot: number): void {
    this.#sample?.hit(slot);
  }

  /** A key of this hash was asked for, and is not there or past its time. */
  missed(hash: number, reason: WhyGone): void {
    const misses = this.#misses;
    if (reason === 'absent') misses.neverSeen++;
    else if (reason === 'evicted') misses.evicted++;
    else misses[reason]++;
    this.#watching?.missed(hash, reason);
  }

  inserted(slot: number): void {
    this.#watching?.inserted(slot);
  }

  replaced(slot: number): void {
    this.#watching?.replaced(slot);
  }

  removed(slot: number, cause: RemovalCause): void {
    this.#watching?.removed(slot, cause);
  }

  /** A key that is not there was deleted: a larger cache might have had it. */
  deleted(hash: number): void {
    this.#watching?.deleted(hash);
  }

  clear(): void {
    this.#sample?.clear();
  }

  /** Now and then, with what there was since the start. */
  tick(hits: number, misses: number, now: number): void {
    const accesses = hits + misses;
    this.#sample?.tick(accesses, now);
    this.#watching = this.#sample?.watching === true ? this.#sample : undefined;
    if (accesses < this.#fadesAt) return;
    this.#fadesAt = accesses + FADES_AFTER;
    this.#recent.fade(hits, this.#misses);
  }

  /** @param sizes in limits, ascending */
  report(sizes: readonly number[], hits: number, misses: number): TrafficReport {
    const recent = this.#recent.of(hits, this.#misses);
    const sample = this.#sample?.report(sizes, hits + misses);
    if (sample === undefined) return { ...this.#limits, ...recent };
    const forgotten = Math.round(recent.misses.neverSeen * sample.forgotten);
    recent.misses.neverSeen -= forgotten;
    recent.misses.evicted += forgotten;
    return { ...this.#limits, ...recent, sample };
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    this.#sample?.checkInvariants();
  }
}
