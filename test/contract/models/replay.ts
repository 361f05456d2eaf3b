import { KeyHash } from '../../../lib/core/primitives/key-hash.js';
import type { EvictionPolicy } from '../../../lib/testing.js';

const SECRET = new KeyHash(11, 12);

/** A category of so many entries, as far as a policy sees it. */
export class Replay {
  readonly #policy: EvictionPolicy;
  readonly #capacity: number;
  readonly #slots = new Map<number, number>();
  readonly #keys: number[] = [];

  constructor(policy: EvictionPolicy, capacity: number) {
    this.#policy = policy;
    this.#capacity = capacity;
    policy.resize(capacity + 1);
  }

  /** The hit ratio over these keys. */
  run(keys: readonly number[]): number {
    let hits = 0;
    for (const key of keys) if (this.#request(key)) hits++;
    return hits / keys.length;
  }

  has(key: number): boolean {
    return this.#slots.has(key);
  }

  #request(key: number): boolean {
    const slot = this.#slots.get(key);
    if (slot !== undefined) {
      this.#policy.touch(slot);
      return true;
    }
    const taken = this.#keys.indexOf(-1);
    const free = taken >= 0 ? taken : this.#keys.length;
    this.#slots.set(key, free);
    this.#keys[free] = key;
    this.#policy.add(free, this.#policy.hashed ? SECRET.of(`${key}`) | 0 : 0, 1);
    if (this.#slots.size > this.#capacity) this.#evict();
    return false;
  }

  #evict(): void {
    const victim = this.#policy.victim();
    this.#policy.remove(victim, true);
    this.#slots.delete(this.#keys[victim]!);
    this.#keys[victim] = -1;
  }
}
