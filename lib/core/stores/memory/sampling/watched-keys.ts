import type { SampleReport } from '../../../model/cache-advice.js';
import type { WhyGone } from '../../departed-keys.js';
import { NO_ENTRY } from '../slot-columns.js';
import { FARTHEST, MissRatioCurve } from './miss-ratio-curve.js';
import { OversizedSamples } from './oversized-samples.js';
import { SampledStack } from './sampled-stack.js';

const FIRST_SAMPLES = 64;

/** Keys watched at a time, at most: 35 bytes each, 24 more in a category limited by bytes. */
const MOST_SAMPLES = 2048;

/** Watched accesses after which half of them is forgotten. */
const FADES_AFTER = 2 ** 19;

const ALL_HASHES = 2 ** 32;

/**
 * Of keys, where four limits are so many that no more could be watched for long anyway: this share is come to after a few samples already. What
 * happens to more of them is inlined where entries are read and written, which leaves no room there for the rest.
 */
const SHARE_OF_MANY = 1 / 8;
const FEW_SAMPLES = 256;

/** What is counted of late. */
interface Recent {
  /** Accesses to all keys, while some were watched. */
  watched: number;
  /** Accesses to watched keys. */
  records: number;
  /** Accesses that misses of unknown reason stand for, and those of which the reason is known here. */
  absent: number;
  forgotten: number;
}

/**
 * What a smaller or larger cache would have done with the keys of a share of all hashes, told of what happens to them one thing
 * after the other. The share is halved whenever there would be too many; what lies deeper than four limits is let go.
 */
export class WatchedKeys {
  /** Accesses recorded, since the start. */
  records: number;
  /** When what is told next happened, epoch milliseconds. */
  now = 0;
  private readonly maxEntries: number;
  private readonly maxBytes: number;
  private readonly curve = new MissRatioCurve();
  private readonly oversized = new OversizedSamples();
  private stack: SampledStack;
  private threshold = ALL_HASHES;
  private readonly many: boolean;
  private watchedAccesses = 0;
  private readonly recent: Recent;

  /** @param misses recorded so far, on keys never seen */
  constructor(limits: { readonly maxEntries: number; readonly maxBytes: number }, misses: number) {
    const { maxEntries, maxBytes } = limits;
    this.maxEntries = maxEntries;
    this.maxBytes = maxBytes;
    this.many = maxBytes === Infinity && maxEntries * FARTHEST * SHARE_OF_MANY >= MOST_SAMPLES;
    this.stack = this.emptyStack();
    this.records = misses;
    this.recent = { watched: 0, records: misses, absent: misses, forgotten: 0 };
    this.curve.missed(misses);
  }

  /** The share of the keys. */
  get rate(): number {
    return this.threshold / ALL_HASHES;
  }

  has(hash: number): boolean {
    return hash >>> 0 < this.threshold;
  }

  /** A fresh entry was asked for, and expires then. False: nothing is known of it, see `hitUnknown`. */
  hit(slot: number, expiresAt: number): boolean {
    const stack = this.stack;
    const sample = stack.ofSlot(slot);
    if (sample < 0) return false;
    this.record();
    this.curve.reused(this.distance(sample), this.weight);
    stack.order.use(sample);
    if (!this.isFresh(sample)) stack.freshUntil[sample] = expiresAt;
    return true;
  }

  /** A fresh entry was asked for, for the first time since the watching began. */
  hitUnknown(slot: number, hash: number, expiresAt: number, bytes: number): void {
    this.record();
    this.curve.unknown(this.depth(), this.weight);
    this.came(slot, hash, expiresAt, bytes);
  }

  /** A key that is not there, or past its time, was asked for. */
  missed(hash: number, reason: WhyGone): void {
    this.record();
    const weight = this.weight;
    if (reason === 'absent') this.recent.absent += weight;
    const stack = this.stack;
    const sample = stack.ofHash(hash);
    if (sample < 0) {
      // It was there, but before the watching began.
      if (reason === 'evicted') this.curve.unknown(this.reach(), weight);
      else this.curve.missed(weight);
    } else if (stack.isPresent(sample)) this.curve.missed(weight);
    else if (this.isFresh(sample)) {
      if (reason === 'absent') this.recent.forgotten += weight;
      this.curve.reused(this.distance(sample), weight);
      stack.missed(sample);
    } else {
      this.curve.missed(weight);
      stack.remove(sample);
    }
  }

  /** An entry has come. */
  came(slot: number, hash: number, expiresAt: number, bytes: number): void {
    this.oversized.delete(hash);
    const known = this.stack.ofHash(hash);
    if (known >= 0 && !this.stack.isPresent(known)) {
      this.stack.return(known, slot, expiresAt, bytes);
      return;
    }
    // Two keys of one hash: the later one has it.
    if (known >= 0) this.stack.remove(known);
    if (this.stack.full) this.makeRoom();
    if (!this.has(hash)) return;
    this.stack.add(hash, slot, expiresAt, bytes);
    while (this.depth() > FARTHEST) this.stack.remove(this.stack.order.bottom());
  }

  /** An entry larger than the whole cache has come, and had to go at once. */
  refused(hash: number, expiresAt: number, bytes: number): void {
    this.came(NO_ENTRY, hash, expiresAt, 0);
    this.evicted(NO_ENTRY);
    if (this.stack.ofHash(hash) >= 0) this.oversized.add(hash, bytes, this.stack);
  }

  /** An entry has a new value, and new times. */
  replaced(slot: number, expiresAt: number, bytes: number): void {
    const sample = this.stack.ofSlot(slot);
    if (sample < 0) return;
    this.stack.freshUntil[sample] = expiresAt;
    this.stack.order.resize(sample, bytes);
  }

  /** An entry had to go. */
  evicted(slot: number): void {
    const sample = this.stack.ofSlot(slot);
    if (sample >= 0) this.stack.evicted(sample);
  }

  /** An entry has gone, and would have from any cache. */
  removed(slot: number): void {
    const sample = this.stack.ofSlot(slot);
    if (sample >= 0) this.stack.remove(sample);
  }

  /** A key that is not there was deleted. */
  deleted(hash: number): void {
    const sample = this.stack.ofHash(hash);
    if (sample >= 0 && !this.stack.isPresent(sample)) this.stack.remove(sample);
  }

  /** Nothing is known of any key. What was counted stays. */
  clear(): void {
    this.stack = this.emptyStack();
    this.oversized.clear();
  }

  /** There were so many accesses more while keys were watched. */
  watched(accesses: number): void {
    const recent = this.recent;
    this.watchedAccesses += accesses;
    recent.watched += accesses;
    if (this.watchedAccesses < FADES_AFTER) return;
    this.watchedAccesses -= FADES_AFTER;
    this.curve.fade();
    for (const name of Object.keys(recent) as (keyof Recent)[]) recent[name] /= 2;
  }

  /**
   * @param sizes in limits, ascending
   * @param accesses that `watched` was not told of yet
   */
  report(sizes: readonly number[], accesses: number): SampleReport {
    const { watched, records, absent, forgotten } = this.recent;
    return {
      rate: this.rate,
      records,
      forgotten: absent === 0 ? 0 : forgotten / absent,
      hitRates: this.curve.hitRates(sizes, watched + accesses),
    };
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    this.stack.checkInvariants();
  }

  /** Accesses that a recorded one stands for. */
  private get weight(): number {
    return ALL_HASHES / this.threshold;
  }

  private emptyStack(): SampledStack {
    return new SampledStack(FIRST_SAMPLES, this.maxBytes !== Infinity);
  }

  private record(): void {
    this.records++;
    this.recent.records++;
  }

  private makeRoom(): void {
    const { capacity } = this.stack;
    const most = this.many && this.rate > SHARE_OF_MANY ? FEW_SAMPLES : MOST_SAMPLES;
    if (capacity < most) {
      this.stack = this.stack.grown(capacity * 2);
      return;
    }
    while (this.stack.full) {
      this.threshold /= 2;
      this.stack.thin(this.threshold);
    }
  }

  private isFresh(sample: number): boolean {
    return this.stack.freshUntil[sample]! > this.now;
  }

  /** The least cache, in limits, in which the key would still be. */
  private distance(sample: number): number {
    const { order } = this.stack;
    const entries = order.above(sample) * this.weight + 1;
    return Math.max(entries / this.maxEntries, this.bytesDownTo(sample) / this.maxBytes);
  }

  /** The least cache, in bytes. One that is too small for a value does without it, as this one does. */
  private bytesDownTo(sample: number): number {
    const { order } = this.stack;
    const weighed = order.bytesOf(sample);
    const own = weighed + this.oversized.bytesOf(this.stack.hashOf(sample));
    const bytes = (order.bytesDownTo(sample) - weighed) * this.weight + own;
    if (bytes <= this.maxBytes) return bytes;
    return bytes + this.oversized.bytesAbove(sample, this.stack) * this.weight;
  }

  /** Everything that is watched, in limits: what is not must lie deeper. */
  private reach(): number {
    return Math.max(this.depth(), (this.oversized.total * this.weight) / this.maxBytes);
  }

  /** Everything in the stack, in limits. */
  private depth(): number {
    const { size, bytes } = this.stack.order;
    const weight = this.weight;
    return Math.max((size * weight) / this.maxEntries, (bytes * weight) / this.maxBytes);
  }
}
