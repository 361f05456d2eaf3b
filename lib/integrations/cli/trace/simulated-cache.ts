import type { CacheObserver } from '../../../core/model/cache-event.js';
import type { EvictionPolicyName } from '../../../core/model/options.js';
import { CoarseClock, systemClock } from '../../../core/primitives/clock.js';
import { MemoryStore } from '../../../core/stores/memory/memory-store.js';
import { createPolicy } from '../../../core/stores/memory/policies/create-policy.js';

const SILENT: CacheObserver = { listening: false, emit: () => {} };
const NO_TAGS: readonly string[] = [];

/** A category in memory as services have it, asked for keys and filled with what it had not. */
export class SimulatedCache {
  readonly policy: EvictionPolicyName;
  readonly capacity: number;
  readonly #store: MemoryStore;

  constructor(policy: EvictionPolicyName, capacity: number) {
    this.policy = policy;
    this.capacity = capacity;
    const limits = { category: policy, maxEntries: capacity, maxBytes: Infinity, seed: 1 };
    const clock = new CoarseClock(systemClock);
    this.#store = new MemoryStore(limits, createPolicy(policy, limits), clock, SILENT);
  }

  get hits(): number {
    return this.#store.hits;
  }

  request(key: string): void {
    if (this.#store.find(key) < 0) this.#store.set(key, true, Infinity, NO_TAGS);
  }
}
