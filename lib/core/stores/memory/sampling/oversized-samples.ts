import { FARTHEST } from './miss-ratio-curve.js';
import type { SampledStack } from './sampled-stack.js';

/** Each is larger than a limit, so that what lies below so many is out of the curve's reach. */
const MOST_OVERSIZED = FARTHEST;

/**
 * The samples whose values are larger than the whole cache, which never has them. They are in the stack
 * as evicted, without their bytes: to the others they are nothing but in a cache that would take them.
 */
export class OversizedSamples {
  /** By the hashes of their keys, the last to come last. Some may have left the stack since. */
  private readonly bytes = new Map<number, number>();

  /** Of all of them. */
  get total(): number {
    let sum = 0;
    for (const bytes of this.bytes.values()) sum += bytes;
    return sum;
  }

  /** 0: the key of this hash is none of them. */
  bytesOf(hash: number): number {
    return this.bytes.get(hash) ?? 0;
  }

  /** Bytes of those used since the sample was. */
  bytesAbove(sample: number, stack: SampledStack): number {
    let sum = 0;
    for (const [hash, bytes] of this.bytes) {
      const other = stack.ofHash(hash);
      if (other >= 0 && stack.order.above(other) < stack.order.above(sample)) sum += bytes;
    }
    return sum;
  }

  /** The key of this hash, which is in the stack. Another may have to leave it. */
  add(hash: number, bytes: number, stack: SampledStack): void {
    this.bytes.delete(hash);
    this.bytes.set(hash, bytes);
    if (this.bytes.size <= MOST_OVERSIZED) return;
    const [oldest] = this.bytes.keys();
    this.bytes.delete(oldest!);
    const sample = stack.ofHash(oldest!);
    if (sample >= 0) stack.remove(sample);
  }

  delete(hash: number): void {
    this.bytes.delete(hash);
  }

  clear(): void {
    this.bytes.clear();
  }
}
