import { describe, expect, it } from '@jest/globals';
import { PolicyDriver } from '../../lib/integrations/testing/policy-driver.js';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { FifoPolicy } from '../../lib/core/stores/memory/policies/fifo.js';
import { LfuPolicy } from '../../lib/core/stores/memory/policies/lfu.js';
import { LruPolicy } from '../../lib/core/stores/memory/policies/lru.js';
import { S3FifoPolicy } from '../../lib/core/stores/memory/policies/s3-fifo.js';
import { SievePolicy } from '../../lib/core/stores/memory/policies/sieve.js';
import type { EvictionPolicy, PolicyLimits } from '../../lib/testing.js';
import {
  NaiveFifo,
  NaiveLfu,
  NaiveLru,
  NaiveS3Fifo,
  NaiveSieve,
  type NaivePolicy,
} from './models/naive-policies.js';

const LAST_TICK = 2 ** 31 - 2;
const SEEDS = [11, 12, 13, 14];

const limitedTo = (maxEntries: number): PolicyLimits => ({
  maxEntries,
  maxBytes: Infinity,
  seed: 1,
});

/** Tells a policy and its naive model the same, so that the driver drives both. */
class Paired implements EvictionPolicy {
  compared = 0;
  exchanged = 0;
  readonly hashed: boolean;
  readonly exchange?: (hash: number) => number;
  readonly #policy: EvictionPolicy;
  readonly #model: NaivePolicy;

  constructor(policy: EvictionPolicy, model: NaivePolicy) {
    this.hashed = policy.hashed === true;
    this.#policy = policy;
    this.#model = model;
    if (policy.exchange !== undefined) this.exchange = (hash) => this.#exchanged(hash);
  }

  /** The model takes three steps. */
  #exchanged(hash: number): number {
    const [slot, expected] = [this.#policy.exchange!(hash), this.#model.victim()];
    if (slot !== expected) throw new Error(`slot ${slot}, the model says ${expected}`);
    this.#model.remove(slot, true);
    this.#model.add(slot, hash);
    this.exchanged++;
    return slot;
  }

  resize(slots: number): void {
    this.#policy.resize(slots);
  }
  add(node: number, hash: number, weight: number): void {
    this.#policy.add(node, hash, weight);
    this.#model.add(node, hash);
  }
  touch(node: number): void {
    this.#policy.touch(node);
    this.#model.touch(node);
  }
  remove(node: number, evicted: boolean): void {
    this.#policy.remove(node, evicted);
    this.#model.remove(node, evicted);
  }
  victim(): number {
    const [victim, expected] = [this.#policy.victim(), this.#model.victim()];
    if (victim !== expected) throw new Error(`victim ${victim}, the model says ${expected}`);
    this.compared++;
    return victim;
  }
  clear(): void {
    this.#policy.clear();
  }
  checkInvariants(): void {
    this.#policy.checkInvariants();
  }
}

type Pair = [
  name: string,
  policy: (limits: PolicyLimits) => EvictionPolicy,
  model: (most: number) => NaivePolicy,
];

const PAIRS: Pair[] = [
  ['LRU', () => new LruPolicy(), () => new NaiveLru()],
  ['FIFO', () => new FifoPolicy(), () => new NaiveFifo()],
  ['LFU', () => new LfuPolicy(), () => new NaiveLfu()],
  ['LFU that sorts few at a time', () => new LfuPolicy(0, 2), () => new NaiveLfu()],
  ['SIEVE', () => new SievePolicy(), () => new NaiveSieve()],
  ['S3-FIFO', (limits) => new S3FifoPolicy(limits), (most) => new NaiveS3Fifo(most)],
  ['LRU across its last tick', () => new LruPolicy(LAST_TICK - 1500), () => new NaiveLru()],
  ['LFU across its last tick', () => new LfuPolicy(LAST_TICK - 1500), () => new NaiveLfu()],
  [
    'LFU that sorts few, across its last tick',
    () => new LfuPolicy(LAST_TICK - 1500, 2),
    () => new NaiveLfu(),
  ],
];

describe.each(PAIRS)('%s against its naive model', (_name, policy, model) => {
  const drive = (most: number): [Paired, PolicyDriver] => {
    const pair = new Paired(policy(limitedTo(most)), model(most));
    return [pair, new PolicyDriver(pair, limitedTo(most))];
  };

  it.each(SEEDS)('names the same victims in thousands of random operations, seed %i', (seed) => {
    const random = seededRandom(seed);
    const [pair, driver] = drive(4 + seed);
    for (let step = 0; step < 4000; step++) driver.step(random);
    driver.drain();
    expect(pair.compared).toBeGreaterThan(300);
    expect(pair.exchanged > 300).toBe(pair.exchange !== undefined);
  });

  it('names the same victims when there is a victim to name after every operation', () => {
    const random = seededRandom(20);
    const [pair, driver] = drive(10);
    for (let step = 0; step < 3000; step++) {
      driver.step(random);
      driver.victim();
    }
    expect(pair.compared).toBeGreaterThan(3000);
  });

  it('names the same victims when most entries were used since they were queued', () => {
    const random = seededRandom(21);
    const [, driver] = drive(1000);
    for (let round = 0; round < 60; round++) {
      for (let entry = 0; entry < 20; entry++) driver.add();
      for (let use = 0; use < 100; use++) driver.touchAny(random);
      for (let exit = 0; exit < 18; exit++) driver.evict();
    }
    expect(driver.drain()).toHaveLength(120);
  });
});

describe.each([
  ['LRU', (tick: number) => new LruPolicy(tick)],
  ['LFU', (tick: number) => new LfuPolicy(tick)],
])('%s at its last tick', (_name, create) => {
  it.each([0, 1, 2, 3, 4, 5, 6])('keeps the order when it restarts %i ticks on', (ahead) => {
    const driver = new PolicyDriver(create(LAST_TICK - ahead), limitedTo(10));
    const [a, b, c] = [driver.add(), driver.add(), driver.add()];
    driver.touch(a);
    driver.touch(c);
    driver.touch(b);
    // A newcomer, so that what an LFU spares is not one of the three.
    const newcomer = driver.add();
    expect([driver.evict(), driver.evict(), driver.evict()]).toEqual([a, c, b]);
    expect(driver.evict()).toBe(newcomer);
  });
});

describe('LFU', () => {
  const fill = (): [LfuPolicy, PolicyDriver] => {
    const policy = new LfuPolicy();
    const driver = new PolicyDriver(policy, limitedTo(10));
    for (let entry = 0; entry < 3; entry++) driver.touch(driver.add());
    return [policy, driver];
  };

  it('spares the newcomer, though every other entry was used more', () => {
    const [, driver] = fill();
    const newcomer = driver.add();
    expect(driver.victim()).toBe(0);
    expect(driver.victim()).not.toBe(newcomer);
  });

  it('spares a newcomer only until the next one comes', () => {
    const [, driver] = fill();
    const first = driver.add();
    driver.add();
    expect(driver.victim()).toBe(first);
  });

  it('takes, of entries used equally often, the one used longest ago', () => {
    const [, driver] = fill();
    driver.touch(0);
    driver.touch(2);
    driver.touch(1);
    driver.add();
    expect([driver.evict(), driver.evict(), driver.evict()]).toEqual([0, 2, 1]);
  });

  it('sets few entries in order for an eviction, though all were used since they came', () => {
    const policy = new LfuPolicy(0, 100);
    policy.resize(10_000);
    for (let entry = 0; entry < 10_000; entry++) policy.add(entry);
    for (let entry = 9999; entry >= 0; entry--) policy.touch(entry);
    for (let exit = 9999; exit > 9000; exit--) {
      // The newcomer, 9999, is spared.
      expect(policy.victim()).toBe(exit - 1);
      expect(policy.sortedEntries).toBeLessThan(1000);
      policy.remove(exit - 1);
    }
  });

  it('starts the count anew for a slot that is taken again', () => {
    const [, driver] = fill();
    for (let use = 0; use < 10; use++) driver.touch(1);
    driver.remove(1);
    expect(driver.add()).toBe(1);
    driver.add();
    expect(driver.victim()).toBe(1);
  });
});
