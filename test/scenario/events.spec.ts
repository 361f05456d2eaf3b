import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { CacheEvents } from '../../lib/core/events/cache-events.js';
import type { MemoryTier } from '../../lib/core/memory-tier.js';
import type { CacheEvent } from '../../lib/core/model/cache-event.js';
import { CoarseClock } from '../../lib/core/primitives/clock.js';
import { MemoryStore } from '../../lib/core/stores/memory/memory-store.js';
import { createPolicy } from '../../lib/core/stores/memory/policies/create-policy.js';
import { ManualClock } from '../../lib/testing.js';
import { deferred } from '../support/deferred.js';
import { cacheFolders, TIERED } from './support/cache-folder.js';
import { notCalled } from './support/loaders.js';
import { scenario, type Scenario } from './support/scenario-cache.js';

const here = { tier: 'memory', category: 'default', key: 'key' };
const durationMs = expect.any(Number);

function recorded(options = {}): Scenario & { events: CacheEvent[] } {
  const parts = scenario(options);
  const events: CacheEvent[] = [];
  parts.cache.events.onAny((event) => events.push(event));
  return { ...parts, events };
}

describe('The events of a cache', () => {
  it('tell of a set, a hit and a miss', async () => {
    const { cache, events } = recorded();
    await cache.get('key');
    await cache.set('key', 1);
    await cache.get('key');
    expect(events).toEqual([
      { type: 'miss', ...here, reason: 'absent' },
      { type: 'set', ...here },
      { type: 'hit', ...here },
    ]);
  });

  it('tell of every removal with its cause', async () => {
    const { cache, clock, events } = recorded({
      maxEntriesPerCategory: 1,
      maxBytesPerCategory: 1000,
    });
    const causes = async (...work: (() => unknown)[]): Promise<unknown[]> => {
      await cache.clear();
      await cache.set('key', 1, { ttl: 5, tags: ['tag'] });
      events.length = 0;
      for (const step of work) await step();
      return events.flatMap((event) => (event.type === 'remove' ? [event.key, event.cause] : []));
    };
    expect(await causes(() => cache.delete('key'))).toEqual(['key', 'deleted']);
    expect(await causes(() => cache.clear())).toEqual(['key', 'deleted']);
    expect(await causes(() => cache.set('key', 2))).toEqual(['key', 'replaced']);
    expect(await causes(() => cache.set('other', 2))).toEqual(['key', 'evicted']);
    expect(await causes(() => cache.invalidateTags(['tag']))).toEqual(['key', 'invalidated']);
    expect(await causes(() => cache.set('key', 'x'.repeat(2000)))).toEqual(['key', 'oversized']);
    const read = await causes(
      () => clock.advance(5000),
      () => cache.get('key'),
    );
    expect(read).toEqual(['key', 'expired']);
    const cleaned = await causes(
      () => clock.advance(5000),
      () => cache.cleanup(),
    );
    expect(cleaned).toEqual(['key', 'expired']);
  });

  it('tell of clear and of invalidateTags', async () => {
    const { cache, events } = recorded();
    await cache.clear('own');
    await cache.invalidateTags(['a', 'b']);
    expect(events).toEqual([
      { type: 'clear', category: 'own' },
      { type: 'invalidateTags', tags: ['a', 'b'] },
    ]);
  });

  it('tell of a load, whether it was stored, and of those who joined it', async () => {
    const { cache, events } = recorded();
    const source = deferred<number>();
    const calls = [cache.wrap('key', () => source.promise), cache.wrap('key', notCalled)];
    source.resolve(1);
    await Promise.all(calls);
    const where = { category: 'default', key: 'key' };
    expect(events.filter(({ type }) => type !== 'miss' && type !== 'set')).toEqual([
      { type: 'coalesce', ...where },
      { type: 'load', ...where, durationMs, stored: true },
    ]);
    events.length = 0;
    await cache.wrap('skipped', (context) => context.skip());
    expect(events.at(-1)).toMatchObject({ type: 'load', key: 'skipped', stored: false });
    const sync = cache.cached(() => 1, { key: () => 'sync' });
    sync();
    expect(events.at(-1)).toMatchObject({ type: 'load', key: 'sync', stored: true });
  });

  it('tell of a load that was overtaken that it was not stored', async () => {
    const { cache, events } = recorded();
    const source = deferred<number>();
    const loading = cache.wrap('key', () => source.promise);
    await cache.delete('key');
    source.resolve(1);
    await loading;
    expect(events.at(-1)).toMatchObject({ type: 'load', key: 'key', stored: false });
  });

  it('tell of a failed load with its error', async () => {
    const { cache, events } = recorded();
    const error = new Error('own');
    await cache.getOrSet('key', () => Promise.reject(error));
    expect(events.at(-1)).toEqual({
      type: 'loadFailed',
      category: 'default',
      key: 'key',
      durationMs,
      error,
    });
  });

  it('reach a listener that throws without disturbing anybody', async () => {
    const { cache, logger } = scenario();
    cache.events.onAny(() => {
      throw new Error('broken listener');
    });
    expect(await cache.wrap('key', () => 1)).toBe(1);
    expect(await cache.wrap('key', notCalled)).toBe(1);
    expect(await cache.delete('key')).toBe(true);
    expect(logger.errors.length).toBeGreaterThan(0);
    expect(logger.errors[0]).toContain('broken listener');
  });

  it('may be answered by using the cache', async () => {
    const { cache } = scenario();
    cache.events.on('remove', ({ key, cause }) => {
      if (cause === 'deleted') cache.memory.set(`${key} is gone`, true);
    });
    await cache.set('key', 1);
    await cache.delete('key');
    expect(cache.memory.keys()).toEqual(['key is gone']);
  });

  it('end with the subscription', async () => {
    const { cache } = scenario();
    let count = 0;
    const stop = cache.events.on('set', () => count++);
    await cache.set('a', 1);
    stop();
    await cache.set('b', 1);
    expect(count).toBe(1);
  });
});

describe('While nobody listens', () => {
  it('no event is made', async () => {
    const { cache, clock } = scenario({ maxEntriesPerCategory: 2 });
    let emitted = 0;
    cache.events.emit = () => void emitted++;
    const use = async (): Promise<void> => {
      await cache.set('a', 1, { ttl: 1, tags: ['tag'] });
      await cache.get('a');
      await cache.get('none');
      await cache.set('a', 2, { tags: ['tag'] });
      await cache.setMany(
        ['b', 'c', 'd'].map((key) => ({ key, value: key, ttl: 5, tags: ['tag'] })),
      );
      await Promise.all([cache.wrap('e', () => 1), cache.wrap('e', notCalled)]);
      await cache.getOrSet('f', () => Promise.reject(new Error('no')));
      await cache.delete('e');
      await cache.invalidateTags(['tag']);
      clock.advance('2h');
      await cache.cleanup();
      await cache.clear();
    };
    await use();
    expect(emitted).toBe(0);
    cache.events.onAny(() => {});
    await use();
    expect(emitted).toBeGreaterThan(15);
  });

  it('a store asks twice an operation at most whether anybody listens, and does nothing else', () => {
    let asked = 0;
    const observer = {
      get listening(): boolean {
        asked++;
        return false;
      },
      emit: notCalled,
    };
    const clock = new ManualClock();
    const limits = { category: 'c', maxEntries: 10, maxBytes: Infinity };
    const store = new MemoryStore(
      limits,
      createPolicy('lru', { ...limits, seed: 1 }),
      new CoarseClock(clock),
      observer,
    );
    store.set('key', 1, Infinity, []);
    asked = 0;
    for (let hit = 0; hit < 100; hit++) store.find('key');
    expect(asked).toBeLessThanOrEqual(200);
  });

  it('the stream says that nobody does', () => {
    expect(new CacheEvents(scenario().logger).listening).toBe(false);
    expect(scenario().cache.events.listening).toBe(false);
  });
});

describe('A listener that writes to the cache', () => {
  it.each(['memory', 'get', 'wrap'] as const)(
    'takes nothing from a read of what it removes (%s)',
    async (verb) => {
      const { cache } = scenario();
      cache.events.on('hit', ({ key }) => void cache.memory.delete(key));
      const reads = {
        memory: () => cache.memory.get('key').value,
        get: async () => (await cache.get('key')).value,
        wrap: () => cache.wrap('key', notCalled),
      };
      for (const value of [{ code: 7 }, undefined, NaN]) {
        cache.memory.set('key', value);
        expect(await reads[verb]()).toBe(value);
        expect(cache.memory.has('key')).toBe(false);
      }
    },
  );

  it.each([
    ['writes anew', (memory: MemoryTier, key: string) => memory.set(key, 2, { ttl: Infinity })],
    [
      'moves, with all that is kept beside it',
      (memory: MemoryTier, key: string) => {
        memory.delete(key);
        for (let at = 0; at < 100; at++) memory.set(`other ${at}`, at);
        memory.set(key, 2, { ttl: 7 });
      },
    ],
  ])('takes nothing from the answer about what it %s', async (_what, change) => {
    for (const timings of ['io', 'all'] as const) {
      const { cache, clock } = scenario({ timings });
      const { memory } = cache;
      cache.events.on('hit', ({ key }) => void change(memory, key));
      const kept = { success: true, value: 1, expiresAt: clock.now() + 5000 };
      memory.set('key', 1, { ttl: 5 });
      expect(memory.get('key')).toMatchObject(kept);
      memory.set('key', 1, { ttl: 5 });
      expect(await cache.get('key')).toMatchObject(kept);
      expect(memory.get('key').value).toBe(2);
    }
  });

  it('takes nothing from a read that is the last it hears of', async () => {
    const { cache } = scenario();
    cache.memory.set('key', 1);
    const stop = cache.events.on('hit', ({ key }) => {
      stop();
      cache.memory.delete(key);
    });
    expect(await cache.wrap('key', notCalled)).toBe(1);
  });

  it('takes nothing from a call of a cached function', () => {
    const { cache } = scenario();
    let runs = 0;
    const next = cache.cached((_name: string) => ++runs, { name: 'next', category: 'calls' });
    const stop = cache.events.on('hit', () => void cache.memory.clear('calls'));
    expect([next('a'), next('a'), next('a'), next('a')]).toEqual([1, 1, 2, 2]);
    stop();
    expect([next('a'), next('b'), next('a')]).toEqual([3, 4, 3]);
  });

  it('does not put another value in the place of one that is read', () => {
    const { cache } = scenario({ maxEntriesPerCategory: 2, evictionPolicy: 'fifo' });
    cache.memory.set('alice', 'of alice');
    cache.memory.set('bob', 'of bob');
    cache.events.on('hit', () => {
      cache.memory.set('one', 1);
      cache.memory.set('two', 2);
    });
    expect(cache.memory.get('alice')).toMatchObject({ success: true, value: 'of alice' });
    expect(cache.memory.keys()).toEqual(['one', 'two']);
  });

  it('leaves the reason of a miss as it was', async () => {
    const { cache, clock } = scenario();
    cache.memory.set('key', 1, { ttl: 1 });
    clock.advance(1000);
    cache.events.on('miss', ({ key }) => void (key === 'key' && cache.memory.get('other')));
    expect(cache.memory.get('key')).toMatchObject({ success: false, reason: 'expired' });
  });

  it.each(['set', 'remove'] as const)('of its %s events leaves the store whole', (name) => {
    const store = storeThatHolds(3);
    store.events.on(name, ({ key }) => void store.memory.delete(key));
    for (let round = 0; round < 50; round++) {
      const key = `k${round % 7}`;
      store.memory.set(key, round, Infinity, []);
      expect(store.memory.putPlain(`p${round % 5}`, round, 1000)).toBeGreaterThanOrEqual(-1);
      store.memory.checkInvariants();
    }
    store.memory.clear();
    store.memory.checkInvariants();
    expect(store.memory.size).toBe(0);
  });

  it('of what leaves a full store may put it back', () => {
    const { memory, events } = storeThatHolds(3);
    let left = 20;
    events.on('remove', ({ key, cause }) => {
      if (cause === 'evicted' && left-- > 0) memory.set(`${key}'`, key, Infinity, []);
    });
    for (let round = 0; round < 50; round++) {
      memory.set(`k${round}`, round, Infinity, []);
      memory.checkInvariants();
    }
    expect([memory.size, memory.find('k49') >= 0]).toEqual([3, true]);
  });

  it('is told of a clear when it is done, so that what it writes stays', () => {
    const { cache } = scenario();
    cache.memory.set('key', 1);
    cache.events.on('remove', ({ key }) => void cache.memory.set(key, 2));
    cache.memory.clear();
    expect(cache.memory.get('key').value).toBe(2);
  });

  it('gets an answer to a write that tells until when the value would have been kept', () => {
    const { cache, clock } = scenario({ defaultTtl: 10 });
    cache.events.on('set', ({ key }) => void cache.memory.delete(key));
    expect(cache.memory.set('key', 1)).toMatchObject({
      source: 'memory',
      expiresAt: clock.now() + 10_000,
    });
  });
});

function storeThatHolds(maxEntries: number): { memory: MemoryStore; events: CacheEvents } {
  const events = new CacheEvents({ warn: console.warn, error: console.error });
  const limits = { category: 'own', maxEntries, maxBytes: Infinity, seed: 1 };
  const clock = new CoarseClock(new ManualClock());
  return { memory: new MemoryStore(limits, createPolicy('lru', limits), clock, events), events };
}

describe('Writes to files over an entry', () => {
  const newFolder = cacheFolders();
  const FILE = { tiers: ['file'] } as const;
  const open = (events: string[]) => {
    const folder = newFolder();
    const cache = folder.open(TIERED);
    cache.events.onAny((event) => {
      if (event.type === 'remove') events.push(`${event.tier} ${event.cause}`);
      else if (event.type === 'set') events.push(`${event.tier} set`);
    });
    return { cache, folder };
  };

  it('say that it was replaced, as those to memory do', async () => {
    const events: string[] = [];
    const { cache, folder } = open(events);
    for (const tiers of [['memory'], ['file']] as const) {
      events.length = 0;
      await cache.set('key', 1, { tiers, ttl: 10 });
      await cache.set('key', 2, { tiers, ttl: 10 });
      folder.clock.advance(20_000);
      await cache.set('key', 3, { tiers });
      const [tier] = tiers;
      const told = events.filter((event) => event.startsWith(tier));
      expect(told).toEqual([
        `${tier} set`,
        ...[1, 2].flatMap(() => [`${tier} replaced`, `${tier} set`]),
      ]);
    }
    events.length = 0;
    cache.file.setSync('key', 4);
    await cache.delete('key');
    await cache.set('key', 5, FILE);
    expect(events.filter((event) => event.startsWith('file'))).toEqual([
      'file replaced',
      'file set',
      'file deleted',
      'file set',
    ]);
  });

  it.each([0, 1, 2, 5])('say it of each, however they meet (%i turns)', async (turns) => {
    const events: string[] = [];
    const { cache } = open(events);
    const writes: Promise<unknown>[] = [];
    for (let round = 0; round < 10; round++) {
      const value = 'x'.repeat(100_000) + round;
      writes.push(cache.set('key', value, FILE));
      for (let turn = 0; turn < turns; turn++) await setImmediate();
      cache.file.setSync('key', value);
      if (round % 2 === 0) writes.push(cache.set('key', value, FILE));
    }
    await Promise.all(writes);
    const { sets, entries } = cache.getStats().fileCache;
    const replaced = events.filter((event) => event === 'file replaced').length;
    expect([entries, sets - replaced]).toEqual([1, 1]);
  });
});
