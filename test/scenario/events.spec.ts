import { describe, expect, it } from '@jest/globals';
import { CacheEvents } from '../../lib/core/events/cache-events.js';
import type { CacheEvent } from '../../lib/core/model/cache-event.js';
import { CoarseClock } from '../../lib/core/primitives/clock.js';
import { MemoryStore } from '../../lib/core/stores/memory/memory-store.js';
import { createPolicy } from '../../lib/core/stores/memory/policies/create-policy.js';
import { ManualClock } from '../../lib/testing.js';
import { deferred } from './support/deferred.js';
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

  it('a store asks once an operation whether anybody listens, and does nothing else', () => {
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
    expect(asked).toBeLessThanOrEqual(100);
  });

  it('the stream says that nobody does', () => {
    expect(new CacheEvents(scenario().logger).listening).toBe(false);
    expect(scenario().cache.events.listening).toBe(false);
  });
});
