import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { CacheEvent } from '../../lib/core/model/cache-event.js';
import type { CacheOptions } from '../../lib/core/model/options.js';
import { seededRandom, type Random } from '../../lib/integrations/testing/seeded-random.js';
import { demandSame } from '../support/demand-same.js';
import { deferred } from '../support/deferred.js';
import { scenario, type Scenario } from './support/scenario-cache.js';

const MOST = 20;

/** A cache whose default category is full, and has let entries go for others: writes that say nothing more take the shortest way there. */
function crowded(options: CacheOptions = {}): Scenario {
  const made = scenario({ maxEntriesPerCategory: MOST, ...options });
  for (let at = 0; at < 2 * MOST; at++) made.cache.memory.set(`first:${at}`, at);
  return made;
}

/** All that can be seen of it but the time that loads took. */
function seenOf(cache: CacheService): unknown {
  const { memoryCache, categories } = cache.getStats({ advice: true });
  return [cache.memory.keys(), memoryCache, categories];
}

/** The same calls, of which plain writes say that they want nothing more or do not: only these take the shortest way. */
class Pair {
  readonly #caches: readonly [Scenario, Scenario];
  readonly #events: [CacheEvent[], CacheEvent[]] = [[], []];
  #stops: (() => void)[] = [];

  constructor(options: CacheOptions) {
    this.#caches = [crowded(options), crowded(options)];
  }

  get evicted(): number {
    return this.#caches[0].cache.getStats().memoryCache.evictions;
  }

  async step(random: Random): Promise<void> {
    const [dice, key, more] = [random(100), `k${random(2 * MOST)}`, random(1000)];
    if (dice < 30) this.#both((cache) => cache.memory.get(key));
    else if (dice < 70) this.#set(key, more);
    else if (dice < 75)
      this.#both((cache) => cache.memory.set(key, more, { ttl: 1 + (more % 90) }));
    else if (dice < 80) this.#both((cache) => cache.memory.set(key, more, { tags: ['t'] }));
    else if (dice < 85) this.#both((cache) => cache.memory.delete(key));
    else if (dice < 88) await this.#load(key, more);
    else if (dice < 94) for (const { clock } of this.#caches) clock.advance(1000 + more);
    else if (dice < 95) for (const { cache } of this.#caches) await cache.invalidateTags(['t']);
    else if (dice < 96) for (const { cache } of this.#caches) await cache.cleanup();
    else if (dice < 97 && more < 300) this.#both((cache) => cache.memory.clear());
    else this.#listenOrNot();
    demandSame(...this.#each(seenOf));
    demandSame(...this.#events);
  }

  /** A write while the key is loaded: what was loaded is not stored over it. */
  async #load(key: string, value: number): Promise<void> {
    this.#both((cache) => cache.memory.delete(key));
    const gate = deferred<number>();
    const loads = this.#caches.map(({ cache }) =>
      cache.wrap(key, () => gate.promise, { staleIfError: 60 }),
    );
    this.#set(key, value);
    gate.resolve(-1);
    expect(await Promise.all(loads)).toEqual([-1, -1]);
    for (const { cache } of this.#caches) expect(cache.memory.get(key).value).not.toBe(-1);
  }

  #set(key: string, value: unknown): void {
    const [{ cache: short }, { cache: long }] = this.#caches;
    demandSame(short.memory.set(key, value), long.memory.set(key, value, {}));
  }

  #listenOrNot(): void {
    if (this.#stops.length > 0) for (const stop of this.#stops.splice(0)) stop();
    else {
      this.#stops = this.#caches.map(({ cache }, at) =>
        cache.events.onAny((event) =>
          this.#events[at]!.push({ ...event, durationMs: 0 } as CacheEvent),
        ),
      );
    }
  }

  #both(call: (cache: CacheService) => unknown): void {
    demandSame(...this.#each(call));
  }

  #each<T>(call: (cache: CacheService) => T): [T, T] {
    return [call(this.#caches[0].cache), call(this.#caches[1].cache)];
  }
}

const CASES: readonly [string, CacheOptions][] = [
  ['lru', { evictionPolicy: 'lru' }],
  ['adaptive', { evictionPolicy: 'adaptive' }],
  ['sieve, where none takes the slot of another', { evictionPolicy: 'sieve' }],
  ['lru, with a short TTL', { defaultTtl: 3 }],
  ['lru, with entries that never end', { defaultTtl: Infinity }],
  ['lru, limited by bytes', { maxBytesPerCategory: 4000 }],
];

describe.each(CASES)('A full category under %s', (_name, options) => {
  it('answers and tells the same of writes that say nothing more and those that say it in words', async () => {
    const pair = new Pair(options);
    const random = seededRandom(5);
    for (let step = 0; step < 1500; step++) await pair.step(random);
    expect(pair.evicted).toBeGreaterThan(50);
  });
});

describe('A write to a full category', () => {
  it('makes the load of its key that is under way out of date', async () => {
    const { cache } = crowded();
    const gate = deferred<string>();
    const load = cache.wrap('key', () => gate.promise);
    cache.memory.set('key', 'written');
    gate.resolve('loaded');
    expect(await load).toBe('loaded');
    expect(cache.memory.get('key').value).toBe('written');
  });

  it('says until when the entry is there, and is a plain object of its own', () => {
    const { cache, clock } = crowded({ defaultTtl: '1h' });
    const one = cache.memory.set('one', 1);
    clock.advance(1000);
    const wanted = { success: true, value: 1, source: 'memory', stale: false };
    expect(one).toStrictEqual({ ...wanted, expiresAt: clock.now() - 1000 + 3_600_000 });
    expect(cache.memory.set('one', 1)).toStrictEqual({
      ...wanted,
      expiresAt: clock.now() + 3_600_000,
    });
    expect(one.expiresAt).toBe(clock.now() - 1000 + 3_600_000);
  });

  it.each([1, undefined, null, {}, Symbol('key')])(
    'refuses the key %p, and changes nothing',
    (key) => {
      const { cache } = crowded();
      const before = [cache.memory.keys(), cache.getStats()];
      expect(() => cache.memory.set(key as string, 1)).toThrow(/key/);
      expect([cache.memory.keys(), cache.getStats()]).toEqual(before);
    },
  );

  it('goes there, and not to another one that is full', () => {
    const { cache } = scenario({ maxEntriesPerCategory: MOST });
    for (let at = 0; at < 2 * MOST; at++) cache.memory.set(`k${at}`, at, { category: 'other' });
    cache.memory.set('key', 1);
    expect(cache.memory.get('key').value).toBe(1);
    expect(cache.memory.has('key', { category: 'other' })).toBe(false);
  });

  it('keeps nothing once the cache is closed', async () => {
    const { cache } = crowded();
    await cache.close();
    expect(cache.memory.set('key', 1)).toMatchObject({ success: false, reason: 'disabled' });
  });
});
