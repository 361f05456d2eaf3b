import { KeyHash } from '../../../core/primitives/key-hash.js';

/** A set holds 16 million; these hold as many each. */
const SETS = 64;

/** Counts different keys by hashes of 52 bits, so that a long log of long keys fits into memory. */
export class DistinctKeys {
  readonly #sets = Array.from({ length: SETS }, () => new Set<number>());
  readonly #low = KeyHash.random();
  readonly #high = KeyHash.random();

  add(key: string): void {
    const low = this.#low.of(key);
    this.#sets[low % SETS]!.add((this.#high.of(key) >>> 12) * 2 ** 32 + low);
  }

  get count(): number {
    return this.#sets.reduce((sum, { size }) => sum + size, 0);
  }
}
