import { describe, expect, it } from '@jest/globals';
import type { CacheObserver } from '../../lib/core/model/cache-event.js';
import type { EvictionPolicyName } from '../../lib/core/model/options.js';
import { CoarseClock } from '../../lib/core/primitives/clock.js';
import { NOT_FOUND } from '../../lib/core/stores/memory/key-table.js';
import { MemoryStore } from '../../lib/core/stores/memory/memory-store.js';
import { createPolicy, POLICY_NAMES } from '../../lib/core/stores/memory/policies/create-policy.js';
import { estimateEntryBytes } from '../../lib/core/stores/memory/size-estimate.js';
import { seededRandom, type Random } from '../../lib/integrations/testing/seeded-random.js';
import { ManualClock } from '../../lib/testing.js';
import { NaiveStore } from './models/naive-store.js';

const SILENT: CacheObserver = { listening: false, emit: () => {} };
const TAGS = ['red', 'green', 'blue'];
const KEYS = ['', '__proto__', 'constructor', 'toString', ...'abcdefghijklmnop'];

const LIMITS: [string, { maxEntries: number; maxBytes: number }][] = [
  ['unlimited', { maxEntries: Infinity, maxBytes: Infinity }],
  ['limited to 8 entries', { maxEntries: 8, maxBytes: Infinity }],
  ['limited to 1 entry', { maxEntries: 1, maxBytes: Infinity }],
  ['limited to 1,500 bytes', { maxEntries: Infinity, maxBytes: 1500 }],
  ['limited both ways', { maxEntries: 6, maxBytes: 2000 }],
];

function createStore(
  limits: { maxEntries: number; maxBytes: number },
  clock: ManualClock,
  policy: EvictionPolicyName = 'lru',
): MemoryStore {
  return new MemoryStore(
    { category: 'c', ...limits },
    createPolicy(policy, { ...limits, seed: 1 }),
    new CoarseClock(clock),
    SILENT,
  );
}

/** Does the same to the store and to its model, and throws where they part. */
class Pair {
  readonly clock = new ManualClock();
  readonly store: MemoryStore;
  readonly model: NaiveStore;
  readonly #random: Random;
  #values = 0;

  constructor(limits: { maxEntries: number; maxBytes: number }, random: Random) {
    this.store = createStore(limits, this.clock);
    this.model = new NaiveStore(limits.maxEntries, limits.maxBytes);
    this.#random = random;
  }

  step(): void {
    const dice = this.#random(100);
    if (dice < 35) this.#find(this.#key());
    else if (dice < 70) this.#set(this.#key());
    else if (dice < 76) this.#delete(this.#key());
    else if (dice < 80) expect(this.store.has(this.#key())).toBeDefined();
    else if (dice < 90) this.clock.advance(this.#random(5000));
    else if (dice < 93) this.clock.advance(this.#random(50 * 86_400_000));
    else if (dice < 95) this.#invalidate(TAGS[this.#random(TAGS.length)]!);
    else if (dice < 98) this.#prune();
    else if (this.#random(10) === 0) this.#clear();
    this.store.checkInvariants();
    this.#compare();
  }

  #key(): string {
    return KEYS[this.#random(KEYS.length)]!;
  }

  #find(key: string): void {
    const slot = this.store.find(key);
    const fate = this.model.find(key, this.clock.now());
    expect(slot === NOT_FOUND ? 'missed' : 'hit').toBe(fate === 'hit' ? 'hit' : 'missed');
    if (fate === 'hit') {
      const entry = this.model.entry(key)!;
      expect(this.store.valueAt(slot)).toBe(entry.value);
      expect(this.store.expiryAt(slot)).toBe(entry.expiresAt);
    } else {
      // The table of the departed is small: a newer departure may have taken the place.
      expect([fate, 'absent']).toContain(this.store.lastMiss);
    }
  }

  #set(key: string): void {
    const length = this.#random(20) === 0 ? 3000 : this.#random(300);
    const value = `${++this.#values}`.padEnd(length, '.');
    const expiresAt =
      this.#random(5) === 0 ? Infinity : this.clock.now() + 1 + this.#random(40 * 86_400_000);
    const tags = TAGS.filter(() => this.#random(3) === 0);
    const stored = this.store.set(key, value, expiresAt, tags);
    const bytes = estimateEntryBytes(key, value);
    expect(stored).toBe(this.model.set(key, { value, expiresAt, tags, bytes }));
  }

  #delete(key: string): void {
    expect(this.store.delete(key)).toBe(this.model.delete(key, this.clock.now()));
  }

  #invalidate(tag: string): void {
    for (const _ of this.store.invalidateTag(tag));
    this.model.invalidate(tag);
  }

  #prune(): void {
    const report = { expired: 0, evicted: 0, bytesFreed: 0 };
    this.store.startPrune();
    while (this.store.pruneNext(report));
    expect(report.expired).toBe(this.model.prune(this.clock.now()));
  }

  #clear(): void {
    this.store.clear();
    this.model.clear();
  }

  #compare(): void {
    const now = this.clock.now();
    if (this.store.size !== this.model.entries.length) throw new Error('sizes differ');
    const keys = new Set(this.store.keys());
    for (const key of KEYS) {
      const fresh = this.model.has(key, now);
      if (keys.has(key) !== fresh) throw new Error(`keys() and the model disagree about ${key}`);
      if (this.store.has(key) !== fresh) throw new Error(`has() and the model disagree: ${key}`);
    }
    if (this.store.maxBytes !== Infinity) expect(this.store.bytes()).toBe(this.model.bytes);
  }
}

describe('The memory store against its naive model', () => {
  describe.each(LIMITS)('%s', (_name, limits) => {
    it.each([61, 62, 63])('does the same in thousands of random operations, seed %i', (seed) => {
      const pair = new Pair(limits, seededRandom(seed));
      for (let step = 0; step < 2000; step++) pair.step();
      const { removals } = pair.store;
      expect(pair.store.hits).toBeGreaterThan(0);
      expect(removals.evicted === 0).toBe(
        limits.maxEntries === Infinity && limits.maxBytes === Infinity,
      );
    });
  });

  it.each(POLICY_NAMES)('keeps its invariants under the %s policy and both limits', (policy) => {
    const random = seededRandom(64);
    const clock = new ManualClock();
    const store = createStore({ maxEntries: 10, maxBytes: 3000 }, clock, policy);
    for (let step = 0; step < 3000; step++) {
      const key = KEYS[random(KEYS.length)]!;
      const dice = random(10);
      if (dice < 4) store.find(key);
      else if (dice < 8)
        store.set(key, 'x'.repeat(random(600)), clock.now() + 1 + random(9000), [key]);
      else if (dice === 8) store.delete(key);
      else clock.advance(random(500));
      store.checkInvariants();
    }
    expect(store.removals.evicted).toBeGreaterThan(100);
  });

  it('keeps its invariants when entries come and go in the middle of a pass', () => {
    const random = seededRandom(65);
    const clock = new ManualClock();
    const store = createStore({ maxEntries: 50, maxBytes: Infinity }, clock);
    for (let round = 0; round < 100; round++) {
      for (let write = 0; write < 30; write++) {
        store.set(`${random(80)}`, round, clock.now() + 1 + random(20_000), [`t${random(3)}`]);
      }
      clock.advance(random(15_000));
      store.startPrune();
      const report = { expired: 0, evicted: 0, bytesFreed: 0 };
      while (store.pruneNext(report)) {
        if (random(2) === 0) store.set(`${random(80)}`, 'new', clock.now() + 1 + random(9000), []);
        if (random(3) === 0) store.delete(`${random(80)}`);
        store.checkInvariants();
      }
      const invalidation = store.invalidateTag('t1');
      while (invalidation.next().done !== true) {
        if (random(2) === 0) store.set(`${random(80)}`, 'new', clock.now() + 9000, ['t1']);
        if (random(3) === 0) store.delete(`${random(80)}`);
        store.checkInvariants();
      }
      expect([...store.keys()]).toHaveLength(store.size);
    }
  });

  it.each([1, 2])(
    'removes by a tag what carried it at the start and was not written since, in %i passes at a time',
    (count) => {
      const random = seededRandom(66);
      const clock = new ManualClock();
      for (let round = 0; round < 100; round++) {
        const store = createStore({ maxEntries: Infinity, maxBytes: Infinity }, clock);
        const kept = new Set<string>();
        const set = (key: string, tag: string): unknown =>
          store.set(key, round, clock.now() + 9000, [tag]);
        for (let at = 0; at < 60; at++) {
          set(`${at}`, at % 5 === 0 ? 'other' : 't');
          if (at % 5 === 0) kept.add(`${at}`);
        }
        const passes = Array.from({ length: count }, () => store.invalidateTag('t'));
        for (const pass of passes) pass.next();
        while (passes.length > 0) {
          const at = random(passes.length);
          if (passes[at]!.next().done === true) passes.splice(at, 1);
          const key = `${random(80)}`;
          if (random(3) === 0) {
            store.delete(key);
            kept.delete(key);
          } else if (random(2) === 0) {
            set(key, 't');
            kept.add(key);
          }
          store.checkInvariants();
        }
        expect(new Set(store.keys())).toEqual(kept);
      }
    },
  );

  it('ends an invalidation with the next step when everything is cleared meanwhile', () => {
    const clock = new ManualClock();
    const store = createStore({ maxEntries: Infinity, maxBytes: Infinity }, clock);
    for (let at = 0; at < 9; at++) store.set(`${at}`, at, clock.now() + 9000, ['t']);
    const pass = store.invalidateTag('t');
    pass.next();
    store.clear();
    store.set('new', 1, clock.now() + 9000, ['t']);
    expect(pass.next().done).toBe(true);
    expect([...store.keys()]).toEqual(['new']);
    store.checkInvariants();
  });
});
