import { describe, expect, it } from '@jest/globals';
import type { EvictionPolicyName } from '../../lib/core/model/options.js';
import { CoarseClock } from '../../lib/core/primitives/clock.js';
import { KeyHash } from '../../lib/core/primitives/key-hash.js';
import { MemoryStore } from '../../lib/core/stores/memory/memory-store.js';
import { createPolicy, POLICY_NAMES } from '../../lib/core/stores/memory/policies/create-policy.js';
import { seededRandom, type Random } from '../../lib/integrations/testing/seeded-random.js';
import { ManualClock } from '../../lib/testing.js';
import { ShadowStore } from './models/shadow-store.js';

const TAGS = ['red', 'green', 'blue'];
/** Time stands still for so long at most, but for now and then. */
const PACE_MS = 5000;
const SIZES = [0.25, 0.5, 1, 2, 4];

const LIMITS: [string, { maxEntries: number; maxBytes: number }][] = [
  ['without a limit', { maxEntries: Infinity, maxBytes: Infinity }],
  ['limited to 1 entry', { maxEntries: 1, maxBytes: Infinity }],
  ['limited to 2 entries', { maxEntries: 2, maxBytes: Infinity }],
  ['limited to 20 entries', { maxEntries: 20, maxBytes: Infinity }],
  ['limited to 2,500 bytes', { maxEntries: Infinity, maxBytes: 2500 }],
  ['limited both ways', { maxEntries: 8, maxBytes: 2500 }],
];

/** Random operations of every kind on a store and on its shadow. */
class Fuzz {
  readonly shadow: ShadowStore;
  readonly #clock = new ManualClock();
  readonly #store: MemoryStore;
  readonly #keys: readonly string[];
  readonly #random: Random;
  #values = 0;

  constructor(
    policy: EvictionPolicyName,
    limits: { maxEntries: number; maxBytes: number },
    { seed, keys }: { seed: number; keys: number },
  ) {
    this.shadow = new ShadowStore(this.#clock);
    const keyHash = new KeyHash(seed, 2);
    this.#store = new MemoryStore(
      { category: 'c', ...limits, keyHash },
      createPolicy(policy, { ...limits, seed }),
      new CoarseClock(this.#clock),
      this.shadow,
    );
    this.shadow.store = this.#store;
    this.#random = seededRandom(seed);
    this.#keys = ['', '__proto__', ...Array.from({ length: keys }, (_, at) => `key ${at}.`)];
  }

  step(): void {
    const { shadow } = this;
    const dice = this.#random(100);
    if (dice < 45) this.#find(this.#key());
    else if (dice < 75) this.#put();
    else if (dice < 80) shadow.delete(this.#key());
    else if (dice < 84) this.#store.findStale(this.#key(), true);
    else if (dice < 92) this.#clock.advance(this.#random(PACE_MS));
    else if (dice < 94) this.#clock.advance(this.#random(20 * PACE_MS));
    else if (dice < 96) shadow.invalidate(TAGS[this.#random(TAGS.length)]!);
    else if (dice < 98) shadow.prune();
    else if (dice < 99) this.#report();
    else if (this.#random(10) === 0) shadow.clear();
    else if (this.#random(40) === 0) shadow.keepBirths();
  }

  /** Reads alone, while time stands still. */
  ask(reads: number): void {
    for (let read = 0; read < reads; read++) this.shadow.find(this.#key(), false);
  }

  /** Nothing happens for some minutes. */
  rest(): void {
    this.#clock.advance('5 minutes');
  }

  /** Accesses that the sampling has recorded. */
  get recorded(): number {
    return this.#store.traffic(SIZES).sample!.records;
  }

  compare(): void {
    this.#store.checkInvariants();
    this.shadow.compare(this.#keys);
  }

  #find(key: string): void {
    this.shadow.find(key, this.#random(2) === 0);
  }

  #key(): string {
    const { length } = this.#keys;
    return this.#keys[Math.min(this.#random(length), this.#random(length))]!;
  }

  #put(): void {
    const length = this.#random(20) === 0 ? 4000 : this.#random(400);
    const value = `${++this.#values}`.padEnd(length, '.');
    const now = this.#clock.now();
    const lifetime = 1 + this.#random(10 * PACE_MS);
    const expiresAt = this.#random(5) === 0 ? Infinity : now + lifetime;
    const tags = TAGS.filter(() => this.#random(4) === 0);
    // The first that may be served stale comes when there are others already.
    const isKept = this.#values > 50 && this.#random(3) === 0;
    const stale = isKept ? { staleUntil: expiresAt + this.#random(10 * PACE_MS) } : {};
    const born = this.#random(2) === 0 ? { createdAt: now } : {};
    this.shadow.put(this.#key(), { value, expiresAt, tags, ...stale, ...born });
  }

  /** Estimates of a few accesses are poor; but they are shares, and a larger cache does no worse. */
  #report(): void {
    const { sample } = this.#store.traffic(SIZES);
    let last = 0;
    for (const rate of sample?.hitRates ?? []) {
      if (!(rate >= last && rate <= 1)) throw new Error(`hit ratios: ${sample!.hitRates.join()}`);
      last = rate;
    }
  }
}

describe.each(POLICY_NAMES)('The memory store against its shadow, under %s', (policy) => {
  it.each(LIMITS)('does what it says, %s', (_name, limits) => {
    for (const seed of [71, 72]) {
      const fuzz = new Fuzz(policy, limits, { seed, keys: 30 });
      for (let step = 0; step < 500; step++) {
        fuzz.step();
        fuzz.compare();
      }
      const { hits, misses } = fuzz.shadow.counts;
      expect(Math.min(hits, misses)).toBeGreaterThan(0);
      expect(fuzz.shadow.plain > 0).toBe(limits.maxBytes === Infinity);
    }
  });

  it('does what it says while the sampling rests, and when it goes on', () => {
    const fuzz = new Fuzz(policy, { maxEntries: 300, maxBytes: Infinity }, { seed: 73, keys: 400 });
    const change = (): void => {
      for (let step = 0; step < 1500; step++) fuzz.step();
      fuzz.compare();
    };
    change();
    fuzz.ask(80_000);
    const { recorded } = fuzz;
    fuzz.ask(5000);
    expect(fuzz.recorded).toBe(recorded);
    change();
    fuzz.rest();
    fuzz.ask(5000);
    expect(fuzz.recorded).toBeGreaterThan(recorded);
    change();
  });
});
