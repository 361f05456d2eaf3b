import { describe, expect, it } from '@jest/globals';
import type { CacheEntry } from '../../lib/core/model/cache-entry.js';
import type { EvictionPolicyName } from '../../lib/core/model/options.js';
import { CoarseClock } from '../../lib/core/primitives/clock.js';
import { KeyHash } from '../../lib/core/primitives/key-hash.js';
import type { TextFamily } from '../../lib/core/stores/memory/key-family.js';
import { NOT_FOUND, UNSEEN } from '../../lib/core/stores/memory/key-table.js';
import { MemoryStore } from '../../lib/core/stores/memory/memory-store.js';
import { createPolicy, POLICY_NAMES } from '../../lib/core/stores/memory/policies/create-policy.js';
import { seededRandom, type Random } from '../../lib/integrations/testing/seeded-random.js';
import { ManualClock } from '../../lib/testing.js';
import { demandSame } from '../support/demand-same.js';
import { alikeKeys } from './models/alike-keys.js';

const SECRET = new KeyHash(1, 2);
const SIZES = [0.5, 1, 2];

/** A store, with or without somebody who listens: only without may a newcomer take the slot of the entry that goes for it. */
class Driven {
  readonly clock = new ManualClock();
  readonly store: MemoryStore;
  readonly #family: TextFamily;

  constructor(name: EvictionPolicyName, maxEntries: number, listening: boolean) {
    const limits = { maxEntries, maxBytes: Infinity, seed: 1 };
    this.store = new MemoryStore(
      { category: 'c', ...limits, keyHash: SECRET },
      createPolicy(name, limits),
      new CoarseClock(this.clock),
      { listening, emit: () => {} },
    );
    if (maxEntries % 2 === 0) this.store.keepBirths();
    this.#family = this.store.textFamily(() => '', '.');
  }

  step(random: Random, keyOf: (random: Random) => string): void {
    const { store, clock } = this;
    const key = keyOf(random);
    const now = clock.now();
    const dice = random(100);
    if (dice < 20) this.#find(key);
    else if (dice < 70) {
      if (this.#find(key) === NOT_FOUND) store.putPlain(key, random(1000), 1 + random(90_000));
    } else if (dice < 80) store.putPlain(key, random(1000), 1 + random(90_000));
    else if (dice < 86) store.put(key, anyEntry(random, now));
    else if (dice < 90) store.delete(key);
    else if (dice < 93) for (const _ of store.invalidateTag(`t${random(3)}`));
    else if (dice < 98) clock.advance(random(2000));
    else this.#prune();
  }

  /** All that can be seen of it but the numbers of slots. */
  state(): unknown {
    const { store } = this;
    const { hits, misses, sets, lastMiss, removals, size } = store;
    const entries = [...store.keys()].map((key) => [key, store.findStale(key)]);
    const seen = { hits, misses, sets, lastMiss, removals, size, entries };
    return { ...seen, traffic: store.traffic(SIZES) };
  }

  #find(key: string): number {
    if (!key.endsWith('.')) return this.store.find(key);
    const text = key.slice(0, -1);
    const slot = this.store.findNoted(this.#family.hashOf(text), this.#family, text);
    return slot === UNSEEN ? this.store.findAndNote(key, this.#family, text) : slot;
  }

  #prune(): void {
    this.store.startPrune();
    while (this.store.pruneNext({ expired: 0, evicted: 0, bytesFreed: 0 }));
  }
}

function anyEntry(random: Random, now: number): CacheEntry {
  const expiresAt = now + 1 + random(90_000);
  return {
    value: random(1000),
    expiresAt,
    staleUntil: expiresAt + random(2) * 5000,
    createdAt: now,
    tags: [`t${random(3)}`],
  };
}

const anyKey = (random: Random): string =>
  `k${Math.min(random(60), random(60))}${random(3) === 0 ? '.' : ''}`;

describe.each(POLICY_NAMES)('A category under %s', (name) => {
  it.each([1, 2, 7, 25])(
    'of %i entries is the same whether newcomers take the slots of those that go, or not',
    (maxEntries) => {
      const [silent, aloud] = [false, true].map((is) => new Driven(name, maxEntries, is)) as [
        Driven,
        Driven,
      ];
      const [random, same] = [seededRandom(maxEntries), seededRandom(maxEntries)];
      for (let step = 0; step < 1500; step++) {
        silent.step(random, anyKey);
        aloud.step(same, anyKey);
        silent.store.checkInvariants();
        demandSame(silent.state(), aloud.state());
      }
      expect(silent.store.removals.evicted).toBeGreaterThan(100);
    },
  );

  it('holds on to all when it turns out in an exchange that keys are chosen, or begin otherwise', () => {
    const driven = new Driven(name, 25, false);
    const { store } = driven;
    for (let at = 0; at < 5000; at++) {
      store.find(`k${at}`);
      store.putPlain(`k${at}`, at, 60_000);
    }
    const others = [...alikeKeys(8, SECRET.of('') | 0), 'other', ...alikeKeys(30, 7)];
    for (const key of others) {
      store.find(key);
      store.putPlain(key, key, 60_000);
      store.checkInvariants();
      expect(store.size).toBe(25);
    }
    const random = seededRandom(1);
    for (let step = 0; step < 2000; step++) driven.step(random, anyKey);
    store.checkInvariants();
    for (const key of store.keys()) expect(store.find(key)).not.toBe(NOT_FOUND);
  });
});
