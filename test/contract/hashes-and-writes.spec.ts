import { describe, expect, it } from '@jest/globals';
import type { CacheObserver } from '../../lib/core/model/cache-event.js';
import type { EvictionPolicyName } from '../../lib/core/model/options.js';
import { CoarseClock } from '../../lib/core/primitives/clock.js';
import { KeyHash } from '../../lib/core/primitives/key-hash.js';
import { NOT_FOUND } from '../../lib/core/stores/memory/key-table.js';
import { MemoryStore } from '../../lib/core/stores/memory/memory-store.js';
import { createPolicy, POLICY_NAMES } from '../../lib/core/stores/memory/policies/create-policy.js';
import { seededRandom } from '../../lib/integrations/testing/seeded-random.js';
import { ManualClock } from '../../lib/testing.js';
import { alikeKeys } from './models/alike-keys.js';

const SILENT: CacheObserver = { listening: false, emit: () => {} };

class CountingHash extends KeyHash {
  count = 0;
  constructor() {
    super(1, 2);
  }
  override of(key: string): number {
    this.count++;
    return super.of(key);
  }
}

/** All keys are one: as if an attacker had found such keys. */
class BrokenHash extends KeyHash {
  constructor() {
    super(1, 2);
  }
  override of(_key: string): number {
    return 7;
  }
}

function storeOf(name: EvictionPolicyName, maxEntries: number, keyHash: KeyHash): MemoryStore {
  const limits = { category: 'c', maxEntries, maxBytes: Infinity, keyHash, seed: 1 };
  return new MemoryStore(
    limits,
    createPolicy(name, limits),
    new CoarseClock(new ManualClock()),
    SILENT,
  );
}

/** Asks for popular keys, and puts in what is not there. */
function ask(store: MemoryStore, requests: number, seed: number, write = false): void {
  const random = seededRandom(seed);
  const others = seededRandom(seed + 1);
  for (let request = 0; request < requests; request++) {
    const key = `k${Math.min(random(200), random(200), random(200))}`;
    if (store.find(key) === NOT_FOUND) store.set(key, 'value', Infinity, []);
    if (write) {
      const keys = [...store.keys()];
      store.set(keys[others(keys.length)]!, 'written', Infinity, []);
    }
  }
}

/** What the quick hash starts from in a store whose secret is the tests'. */
const SEED = new KeyHash(1, 2).of('') | 0;

describe.each(POLICY_NAMES)('A category under %s', (name) => {
  it('makes the strong hash of no key while nobody chooses them, and then once for a miss and its entry', () => {
    const hash = new CountingHash();
    const store = storeOf(name, 50, hash);
    const unused = hash.count;
    ask(store, 2000, 41);
    expect(store.hits).toBeGreaterThan(500);
    expect(hash.count).toBe(unused);
    store.clear();
    for (const key of alikeKeys(8, SEED)) store.set(key, 'alike', Infinity, []);
    const before = hash.count - store.misses - store.hits;
    ask(store, 2000, 42);
    // One more where the sampling has just begun, between the miss and the entry.
    expect(hash.count - store.misses - store.hits - before).toBeLessThanOrEqual(1);
    expect(hash.count).toBeGreaterThan(unused + 2000);
  });

  it('holds what it held when it turns out that keys are chosen', () => {
    const store = storeOf(name, 50, new KeyHash(1, 2));
    for (let key = 0; key < 40; key++) store.set(`key ${key}`, key, Infinity, []);
    for (const key of alikeKeys(8, SEED)) store.set(key, 'alike', Infinity, []);
    store.checkInvariants();
    expect(store.size).toBe(48);
    for (let key = 0; key < 40; key++) expect(store.find(`key ${key}`)).not.toBe(NOT_FOUND);
    ask(store, 2000, 44);
    store.checkInvariants();
  });

  it('does not take a write for a use', () => {
    const plain = storeOf(name, 50, new KeyHash(1, 2));
    const written = storeOf(name, 50, new KeyHash(1, 2));
    ask(plain, 2000, 42);
    ask(written, 2000, 42, true);
    expect([...written.keys()]).toEqual([...plain.keys()]);
    expect(written.hits).toBe(plain.hits);
  });

  it('hits no less beside keys that are alike than beside any others that come once', () => {
    const hitsBeside = (others: readonly string[]): number => {
      const store = storeOf(name, 50, new KeyHash(1, 2));
      let hits = 0;
      for (let turn = 0; turn < 2000; turn++) {
        const before = store.hits;
        ask(store, 2, 100 + turn);
        hits += store.hits - before;
        const other = others[turn]!;
        if (store.find(other) === NOT_FOUND) store.set(other, 'other', Infinity, []);
      }
      store.checkInvariants();
      return hits;
    };
    const anyHits = hitsBeside(Array.from({ length: 2000 }, (_, at) => `other ${at}`));
    expect(anyHits).toBeGreaterThan(500);
    expect(hitsBeside(alikeKeys(2000, SEED))).toBeGreaterThan(anyHits * 0.95);
  });

  it('goes on when every key has the same hash', () => {
    const store = storeOf(name, 50, new BrokenHash());
    for (const key of alikeKeys(8, new BrokenHash().of(''))) store.set(key, 'alike', Infinity, []);
    expect(store.size).toBe(8);
    ask(store, 5000, 43);
    store.checkInvariants();
    const before = new Set(store.keys());
    for (let key = 0; key < 20_000; key++) {
      store.set(`new${key}`, 'value', Infinity, []);
      store.find(`new${key}`);
    }
    store.checkInvariants();
    expect(store.size).toBe(50);
    // LFU spares what was used more often; what it is here for is that nothing stands still for good.
    const stayed = [...store.keys()].filter((key) => before.has(key)).length;
    expect(stayed).toBeLessThan(50);
  });
});

describe.each(POLICY_NAMES)(
  'A category under %s, of keys that an attacker chose to be alike',
  (name) => {
    it('keeps them apart, and tells why one has gone', () => {
      const keys = alikeKeys(1024, SEED);
      const store = storeOf(name, 512, new KeyHash(1, 2));
      for (const key of keys) {
        store.set(key, `value of ${key}`, Infinity, []);
        store.find(key);
      }
      store.checkInvariants();
      expect(store.size).toBe(512);
      let evicted = 0;
      for (const key of keys) {
        const slot = store.find(key);
        if (slot !== NOT_FOUND) expect(store.valueAt(slot)).toBe(`value of ${key}`);
        else if (store.lastMiss === 'evicted') evicted++;
      }
      // What went before the keys were seen through is forgotten, and a mark may give way to another.
      expect(evicted).toBeGreaterThan(200);
      store.checkInvariants();
    });
  },
);

it('The policies that keep ghosts or counts ask for hashes', () => {
  const limits = { maxEntries: 1, maxBytes: Infinity, seed: 1 };
  const hashed = POLICY_NAMES.filter((name) => createPolicy(name, limits).hashed);
  expect(hashed).toEqual(expect.arrayContaining(['s3-fifo', 'w-tinylfu', 'adaptive']));
  expect(hashed).not.toContain('lru');
});
