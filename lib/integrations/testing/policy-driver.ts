import type {
  EvictionPolicy,
  PolicyNode,
} from '../../core/stores/memory/policies/eviction-policy.js';
import { demand } from './demand.js';
import type { Random } from './seeded-random.js';

const FIRST_SLOTS = 4;

/**
 * Drives a policy as a memory store does: hands out slots, the last freed first, makes room before
 * it needs it, and knows which are live. Looks after the invariants following every operation.
 */
export class PolicyDriver {
  readonly live = new Set<PolicyNode>();
  readonly #policy: EvictionPolicy;
  readonly #free: PolicyNode[] = [];
  #taken = 0;
  #capacity = 0;

  constructor(policy: EvictionPolicy) {
    this.#policy = policy;
  }

  get capacity(): number {
    return this.#capacity;
  }

  add(): PolicyNode {
    const node = this.#free.pop() ?? this.#taken++;
    if (node >= this.#capacity) this.grow();
    this.#policy.add(node);
    this.live.add(node);
    this.#policy.checkInvariants();
    return node;
  }

  /** Doubles the room. */
  grow(): void {
    this.#capacity = Math.max(FIRST_SLOTS, this.#capacity * 2);
    this.#policy.resize(this.#capacity);
    this.#policy.checkInvariants();
  }

  touch(node: PolicyNode): void {
    this.#policy.touch(node);
    this.#policy.checkInvariants();
  }

  remove(node: PolicyNode): void {
    this.#policy.remove(node);
    this.live.delete(node);
    this.#free.push(node);
    this.#policy.checkInvariants();
  }

  clear(): void {
    this.#policy.clear();
    this.live.clear();
    this.#free.length = 0;
    this.#taken = 0;
    this.#policy.checkInvariants();
  }

  /** The victim, which stays in place. Throws unless it is live, or -1 where nothing is. */
  victim(): PolicyNode {
    const victim = this.#policy.victim();
    this.#policy.checkInvariants();
    if (this.live.size === 0) demand(victim === -1, `nothing is live, and ${victim} is the victim`);
    else demand(this.live.has(victim), `the victim ${victim} is not live`);
    return victim;
  }

  evict(): PolicyNode {
    const victim = this.victim();
    if (victim >= 0) this.remove(victim);
    return victim;
  }

  /** Evicts until nothing is left, each entry once. */
  drain(): PolicyNode[] {
    const order: PolicyNode[] = [];
    for (let left = this.live.size; left > 0; left--) order.push(this.evict());
    demand(this.live.size === 0 && this.victim() === -1, 'the policy holds on to something');
    return order;
  }

  /** One operation in the proportions of a busy store that holds up to `most` entries. */
  step(random: Random, most: number): void {
    const dice = random(100);
    if (dice < 50) this.touchAny(random);
    else if (dice < 85) {
      this.add();
      if (this.live.size > most) this.evict();
    } else if (dice < 97) this.removeAny(random);
    else this.victim();
  }

  touchAny(random: Random): void {
    if (this.live.size > 0) this.touch(this.#any(random));
  }

  removeAny(random: Random): void {
    if (this.live.size > 0) this.remove(this.#any(random));
  }

  #any(random: Random): PolicyNode {
    return [...this.live][random(this.live.size)]!;
  }
}
