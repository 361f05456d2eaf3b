import { RecencyOrder } from './recency-order.js';
import { SampleIndex } from './sample-index.js';

/** Not in the cache at present. */
const NO_SLOT = -1;

/**
 * The sampled keys as a cache of several times the size would hold them: those in the cache with their
 * slots, and those that were evicted. No keys are kept, only their hashes.
 */
export class SampledStack {
  readonly order: RecencyOrder;
  /** Until when a cache that had not evicted it would answer with it, epoch milliseconds. */
  readonly freshUntil: Float64Array;
  readonly capacity: number;
  private readonly weighed: boolean;
  private readonly hashes: Int32Array;
  private readonly slots: Int32Array;
  /** 1: missed since it was evicted, so that what comes next is the load of a value it had already. */
  private readonly reloading: Uint8Array;
  private readonly byHash: SampleIndex;
  private readonly bySlot: SampleIndex;
  private readonly free: number[] = [];
  private taken = 0;

  /** @param capacity a power of two */
  constructor(capacity: number, weighed: boolean) {
    this.capacity = capacity;
    this.weighed = weighed;
    this.order = new RecencyOrder(capacity, weighed);
    this.freshUntil = new Float64Array(capacity);
    this.hashes = new Int32Array(capacity);
    this.slots = new Int32Array(capacity);
    this.reloading = new Uint8Array(capacity);
    this.byHash = new SampleIndex(this.hashes);
    this.bySlot = new SampleIndex(this.slots);
  }

  get full(): boolean {
    return this.order.size === this.capacity;
  }

  ofHash(hash: number): number {
    return this.byHash.find(hash);
  }

  ofSlot(slot: number): number {
    return this.bySlot.find(slot);
  }

  hashOf(sample: number): number {
    return this.hashes[sample]!;
  }

  isPresent(sample: number): boolean {
    return this.slots[sample] !== NO_SLOT;
  }

  /** A key that is not in comes into the cache, on top. There must be room. */
  add(hash: number, slot: number, freshUntil: number, bytes: number): void {
    const sample = this.free.pop() ?? this.taken++;
    this.hashes[sample] = hash;
    this.slots[sample] = slot;
    this.reloading[sample] = 0;
    this.freshUntil[sample] = freshUntil;
    this.byHash.add(sample);
    if (slot !== NO_SLOT) this.bySlot.add(sample);
    this.order.use(sample, bytes);
  }

  /** One that was evicted comes back. What a larger cache would have had already is no newer for that. */
  return(sample: number, slot: number, freshUntil: number, bytes: number): void {
    this.slots[sample] = slot;
    this.bySlot.add(sample);
    if (this.reloading[sample] === 1) {
      this.freshUntil[sample] = Math.min(this.freshUntil[sample]!, freshUntil);
      this.order.resize(sample, bytes);
    } else {
      this.freshUntil[sample] = freshUntil;
      this.order.use(sample, bytes);
    }
    this.reloading[sample] = 0;
  }

  /** One that is not in the cache was asked for. */
  missed(sample: number): void {
    this.reloading[sample] = 1;
    this.order.use(sample);
  }

  evicted(sample: number): void {
    this.bySlot.delete(sample);
    this.slots[sample] = NO_SLOT;
    this.reloading[sample] = 0;
  }

  remove(sample: number): void {
    if (this.isPresent(sample)) this.bySlot.delete(sample);
    this.byHash.delete(sample);
    this.order.remove(sample);
    this.free.push(sample);
  }

  /** Those with a hash below the threshold only. */
  thin(threshold: number): void {
    // The walk is of positions, and a removal moves nobody.
    for (const sample of this.order.fromBottom()) {
      if (this.hashes[sample]! >>> 0 >= threshold) this.remove(sample);
    }
  }

  /** The same with more room. */
  grown(capacity: number): SampledStack {
    const larger = new SampledStack(capacity, this.weighed);
    let at = 0;
    for (const sample of this.order.fromBottom()) {
      const hash = this.hashes[sample]!;
      const bytes = this.order.bytesOf(sample);
      larger.add(hash, this.slots[sample]!, this.freshUntil[sample]!, bytes);
      larger.reloading[at++] = this.reloading[sample]!;
    }
    return larger;
  }

  /** Throws if the parts disagree. For tests. */
  checkInvariants(): void {
    const samples = [...this.order.fromBottom()];
    if (samples.length !== this.order.size) throw new Error('sampled stack: miscounted');
    for (const [at, sample] of samples.entries()) {
      if (this.ofHash(this.hashes[sample]!) !== sample) throw new Error('sampled stack: lost');
      if (this.isPresent(sample) && this.ofSlot(this.slots[sample]!) !== sample)
        throw new Error('sampled stack: the slot of a sample is lost');
      if (this.order.above(sample) !== samples.length - 1 - at)
        throw new Error('sampled stack: a distance is wrong');
    }
  }
}
