import { describe, expect, it } from '@jest/globals';
import type { EvictionPolicyName } from '../../lib/core/model/options.js';
import { CoarseClock } from '../../lib/core/primitives/clock.js';
import { MemoryStore } from '../../lib/core/stores/memory/memory-store.js';
import { createPolicy, POLICY_NAMES } from '../../lib/core/stores/memory/policies/create-policy.js';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { ManualClock } from '../../lib/testing.js';

const HOUR = 3_600_000;
const MOST = 60_000;
/** A category of so many makes room in parts while the entries come from the first of these to the second. */
const FIRST_PART = 31_000;
const LAST_PART = 36_000;

const keyOf = (n: number): string => `key:${n}`;

/** A store beside the values that its keys have, none of which it may lose while there is room. */
class Growing {
  readonly store: MemoryStore;
  readonly values = new Map<string, number>();
  readonly #weighed: boolean;

  constructor(policy: EvictionPolicyName, maxBytes = Infinity) {
    this.#weighed = maxBytes !== Infinity;
    const limits = { maxEntries: maxBytes === Infinity ? MOST : Infinity, maxBytes };
    this.store = new MemoryStore(
      { category: 'c', ...limits },
      createPolicy(policy, { ...limits, seed: 1 }),
      new CoarseClock(new ManualClock()),
      { listening: false, emit: () => {} },
    );
  }

  fill(from: number, to: number): void {
    for (let n = from; n < to; n++) this.put(keyOf(n), n);
  }

  put(key: string, value: number): void {
    const { store } = this;
    // What has no tags goes in without a detour where there is no limit of bytes.
    if (!this.#weighed) store.putPlain(key, value, HOUR);
    else store.set(key, value, Infinity, []);
    this.values.set(key, value);
  }

  delete(key: string): void {
    if (this.store.delete(key) !== this.values.delete(key)) throw new Error(`${key} was there`);
  }

  clear(): void {
    this.store.clear();
    this.values.clear();
  }

  compare(): void {
    const { store, values } = this;
    store.checkInvariants();
    expect(store.size).toBe(values.size);
    for (const [key, value] of values) {
      const slot = store.find(key);
      if (slot < 0 || store.valueAt(slot) !== value) throw new Error(`${key} is lost`);
    }
  }
}

describe.each(POLICY_NAMES)('A large category under %s', (policy) => {
  it('keeps all that it has while it makes room in parts, whatever comes and goes', () => {
    const random = seededRandom(3);
    const growing = new Growing(policy);
    growing.fill(0, FIRST_PART);
    for (let n = FIRST_PART; n < LAST_PART; n++) {
      growing.put(keyOf(n), n);
      const other = keyOf(random(n));
      const dice = random(8);
      if (dice === 0) growing.delete(other);
      else if (dice === 1 && growing.values.has(other)) growing.put(other, -n);
      if (n % 500 === 0) growing.compare();
    }
    growing.fill(LAST_PART, MOST);
    growing.compare();
    for (let n = MOST; n < MOST + 10_000; n++) growing.store.putPlain(keyOf(n), n, HOUR);
    growing.store.checkInvariants();
    expect(growing.store.size).toBe(MOST);
  });

  it.each([31_700, 32_500, 33_500, 34_500])(
    'may be cleared when it has made room for %i, and grows again',
    (entries) => {
      const growing = new Growing(policy);
      growing.fill(0, entries);
      growing.clear();
      growing.compare();
      growing.fill(1, LAST_PART + 2000);
      growing.compare();
    },
  );

  it('keeps all where it is limited by bytes alone', () => {
    const growing = new Growing(policy, 2 ** 30);
    growing.fill(0, FIRST_PART);
    for (let n = FIRST_PART; n < LAST_PART; n += 512) {
      growing.fill(n, n + 512);
      growing.compare();
    }
  });
});
