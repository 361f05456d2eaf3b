import type {
  EvictionPolicy,
  PolicyLimits,
  PolicyNode,
} from '../../core/stores/memory/policies/eviction-policy.js';
import { demand } from './demand.js';
import { seededRandom, type Random } from './seeded-random.js';

const FIRST_SLOTS = 4;

/** Bytes of the heaviest entry. */
export const HEAVIEST = 200;

/** Keys there are for each that fits: those that have gone come again. */
const KEYS_FOR_EACH = 3;

/**
 * Drives a policy as a memory store does: hands out slots, the last freed first, makes room before
 * it needs it, gives every key its hash, and knows which are live. Looks after the invariants
 * following every operation.
 */
export class PolicyDriver {
  readonly live = new Set<PolicyNode>();
  readonly #policy: EvictionPolicy;
  readonly #limits: PolicyLimits;
  readonly #free: PolicyNode[] = [];
  readonly #random = seededRandom(99);
  /** Key and weight by slot. */
  readonly #keys: number[] = [];
  readonly #weights: number[] = [];
  #weight = 0;
  #taken = 0;
  #capacity = 0;

  constructor(policy: EvictionPolicy, limits: PolicyLimits) {
    this.#policy = policy;
    this.#limits = limits;
  }

  get capacity(): number {
    return this.#capacity;
  }

  add(): PolicyNode {
    const node = this.#free.pop() ?? this.#taken++;
    if (node >= this.#capacity) this.grow();
    this.#keys[node] = this.#anyKeyNotIn();
    this.live.add(node);
    this.#weigh(node, this.#anyWeight());
    this.#policy.add(node, this.#hashOf(this.#keys[node]), this.#weights[node]!);
    this.#policy.checkInvariants();
    return node;
  }

  /** Keys in the order that they came. */
  get keys(): number[] {
    return Array.from(this.live, (node) => this.#keys[node]!);
  }

  /**
   * An entry comes, and others go until the category is within its limits.
   *
   * @param exchanging by `exchange`, where the policy has it and the category is full
   */
  come(exchanging: boolean): void {
    if (exchanging && this.#canExchange) this.#exchange();
    else {
      this.add();
      this.#trim();
    }
  }

  get #canExchange(): boolean {
    const { maxEntries, maxBytes } = this.#limits;
    const isFull = this.live.size === maxEntries && maxBytes === Infinity;
    return isFull && this.#policy.exchange !== undefined;
  }

  #exchange(): void {
    const key = this.#anyKeyNotIn();
    const node = this.#policy.exchange!(this.#hashOf(key));
    demand(this.live.delete(node), `${node}, which was exchanged, is not live`);
    this.live.add(node);
    this.#keys[node] = key;
    this.#policy.checkInvariants();
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

  /** A write gives an entry another weight. */
  reweighAny(random: Random): void {
    if (this.live.size === 0 || this.#limits.maxBytes === Infinity) return;
    const node = this.#any(random);
    this.#weigh(node, this.#anyWeight());
    this.#policy.reweigh?.(node, this.#weights[node]!);
    this.#policy.checkInvariants();
    this.#trim();
  }

  remove(node: PolicyNode, evicted = false): void {
    this.#policy.remove(node, evicted);
    this.#weigh(node, 0);
    this.live.delete(node);
    this.#keys[node] = -1;
    this.#free.push(node);
    this.#policy.checkInvariants();
  }

  clear(): void {
    this.#policy.clear();
    this.live.clear();
    this.#free.length = this.#keys.length = this.#weights.length = 0;
    this.#weight = this.#taken = 0;
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
    if (victim >= 0) this.remove(victim, true);
    return victim;
  }

  /** Evicts until nothing is left, each entry once. */
  drain(): PolicyNode[] {
    const order: PolicyNode[] = [];
    for (let left = this.live.size; left > 0; left--) order.push(this.evict());
    demand(this.live.size === 0 && this.victim() === -1, 'the policy holds on to something');
    return order;
  }

  /** One operation in the proportions of a busy store. */
  step(random: Random, exchanging = random(2) === 0): void {
    const dice = random(100);
    if (dice < 50) this.touchAny(random);
    else if (dice < 85) this.come(exchanging);
    else if (dice < 92) this.removeAny(random);
    else if (dice < 97) this.reweighAny(random);
    else this.victim();
  }

  touchAny(random: Random): void {
    if (this.live.size > 0) this.touch(this.#any(random));
  }

  removeAny(random: Random): void {
    if (this.live.size > 0) this.remove(this.#any(random));
  }

  #trim(): void {
    const { maxEntries, maxBytes } = this.#limits;
    while (this.live.size > maxEntries || this.#weight > maxBytes) this.evict();
  }

  #weigh(node: PolicyNode, weight: number): void {
    this.#weight += weight - (this.#weights[node] ?? 0);
    this.#weights[node] = weight;
  }

  #anyWeight(): number {
    return this.#limits.maxBytes === Infinity ? 1 : 1 + this.#random(HEAVIEST);
  }

  #anyKeyNotIn(): number {
    for (;;) {
      const key = this.#random(KEYS_FOR_EACH * (this.live.size + FIRST_SLOTS));
      if (!this.#keys.includes(key)) return key;
    }
  }

  #hashOf(key: number): number {
    return this.#policy.hashed ? Math.imul(key + 1, 0x9e3779b1) : 0;
  }

  #any(random: Random): PolicyNode {
    return [...this.live][random(this.live.size)]!;
  }
}
