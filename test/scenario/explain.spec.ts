import { describe, expect, it } from '@jest/globals';
import { CacheOptionsError } from '../../lib/core/primitives/errors.js';
import { settle, until } from '../support/turns.js';
import { FakeTier } from './support/fake-tier.js';
import { scenario } from './support/scenario-cache.js';
import { Source, tieredCaches } from './support/tiered-cache.js';

const BOTH = { categories: { default: { tiers: ['memory', 'file'] } } } as const;

describe('explain: where a key lives', () => {
  const open = tieredCaches(['memory', 'file']);

  it('tells of each tier how old, how large and how tagged the value is, and until when it is fresh', async () => {
    const { cache, clock } = open();
    const setAt = clock.now();
    await cache.explain('other');
    await cache.set('AAPL', { price: 187 }, { ttl: 60, tags: ['equities'] });
    clock.advance('15s');
    const explanation = await cache.explain('AAPL');
    const entry = { state: 'fresh', createdAt: setAt, expiresAt: setAt + 60_000 } as const;
    expect(explanation).toMatchObject({
      category: 'default',
      key: 'AAPL',
      at: setAt + 15_000,
      tiers: [
        { tier: 'memory', ...entry, tags: ['equities'], bytes: expect.any(Number) },
        { tier: 'file', ...entry, tags: ['equities'], bytes: expect.any(Number) },
      ],
      load: { state: 'none' },
      found: true,
      reason: undefined,
    });
    expect(String(explanation).replaceAll(/\d+ bytes/g, 'N bytes')).toBe(
      [
        'default "AAPL"',
        '  memory: fresh for 45 s more, 15 s old, about N bytes, tags "equities"',
        '  file: fresh for 45 s more, 15 s old, N bytes, tags "equities"',
        '  load: none under way',
      ].join('\n'),
    );
    await cache.close();
  });

  it('gives the size of the file, and what memory estimates', async () => {
    const { cache } = open();
    await cache.set('AAPL', 'x'.repeat(5000));
    const { tiers } = await cache.explain('AAPL');
    const inFile = cache.getStats().fileCache.bytes;
    expect(inFile).toBeGreaterThan(5000);
    expect(tiers.map(({ bytes }) => bytes)).toEqual([cache.getStats().memoryCache.bytes, inFile]);
    await cache.close();
  });

  it('knows no age below none, when the clock was set back', async () => {
    const { cache, clock } = open();
    await cache.explain('other');
    await cache.set('AAPL', 1);
    clock.set(clock.now() - 5000);
    expect(String(await cache.explain('AAPL'))).toMatch(
      /memory: .*, 0 ms old,.*\n.*file: .*, 0 ms old,/,
    );
    await cache.close();
  });

  it('is no read: it counts nothing, promotes nothing, and is no use of the entry', async () => {
    const { cache } = open({ maxEntriesPerCategory: 2 });
    await cache.set('AAPL', 1);
    await cache.set('MSFT', 2);
    const before = cache.getStats();
    cache.memory.delete('AAPL');
    cache.memory.set('AAPL', 1);
    cache.memory.set('MSFT', 2);
    await cache.explain('AAPL');
    await cache.explain('none');
    cache.memory.delete('MSFT');
    const { tiers } = await cache.explain('MSFT');
    expect(tiers.map(({ state }) => state)).toEqual(['absent', 'fresh']);
    expect(cache.memory.has('MSFT')).toBe(false);
    cache.memory.set('MSFT', 2);
    cache.memory.set('GOOG', 3);
    expect(cache.memory.has('AAPL')).toBe(false);
    for (const tier of ['memoryCache', 'fileCache'] as const) {
      const { hits, misses } = cache.getStats()[tier];
      expect({ hits, misses }).toEqual({ hits: before[tier].hits, misses: before[tier].misses });
    }
    await cache.close();
  });

  it('asks those tiers that it is told to', async () => {
    const { cache } = open();
    await cache.set('AAPL', 1, { tiers: ['file'] });
    const inFile = await cache.explain('AAPL', { tiers: ['file'] });
    expect(inFile.tiers.map(({ tier, state }) => `${tier} ${state}`)).toEqual(['file fresh']);
    const inMemory = await cache.explain('AAPL', { tiers: ['memory'] });
    expect(inMemory).toMatchObject({ found: false, reason: 'absent' });
    await cache.close();
  });

  it('tells of a stale value, in each tier, how long it may be served', async () => {
    const { cache, clock } = open();
    await cache.explain('other');
    await cache.wrap('AAPL', () => 1, { ttl: 10, staleIfError: 50 });
    clock.advance('20s');
    await until(async () => (await cache.explain('AAPL')).tiers[1]!.state === 'stale');
    const explanation = await cache.explain('AAPL');
    expect(explanation).toMatchObject({ found: false, reason: 'expired' });
    expect(String(explanation)).toContain(
      'memory: stale for 10 s, may be served stale for 40 s from now, 20 s old',
    );
    expect(String(explanation)).toContain('a read misses: expired, its TTL is over');
    await cache.close();
  });
});

describe('explain: why a read misses', () => {
  it('knows what became of the entry in memory', async () => {
    const { cache, clock } = scenario({ maxEntriesPerCategory: 2 });
    await cache.set('expired', 1, { ttl: 1 });
    clock.advance('2s');
    await expect(cache.explain('expired')).resolves.toMatchObject({ reason: 'expired' });
    await cache.get('expired');
    await expect(cache.explain('expired')).resolves.toMatchObject({ reason: 'expired' });
    await cache.set('tagged', 1, { tags: ['t'] });
    await cache.invalidateTags(['t']);
    await cache.set('evicted', 1);
    await cache.set('b', 1);
    await cache.set('c', 1);
    await cache.delete('b');
    for (const [key, reason] of [
      ['tagged', 'invalidated'],
      ['evicted', 'evicted'],
      ['b', 'absent'],
      ['never', 'absent'],
    ]) {
      const explanation = await cache.explain(key!);
      expect([key, explanation.reason]).toEqual([key, reason]);
      await expect(cache.get(key!)).resolves.toMatchObject({ reason });
    }
    expect(String(await cache.explain('evicted'))).toContain('evicted, it made room for others');
  });

  it('knows what was too large, however many others begin otherwise', async () => {
    const { cache } = scenario({ maxBytesPerCategory: '2mb' });
    for (let user = 0; user < 5000; user++) cache.memory.set(`user:${user}`, user);
    for (const key of ['report:1', 'report:2', 'report:3', 'report:4', 'report:5']) {
      await cache.set(key, 'x'.repeat(3e6));
      expect((await cache.explain(key)).reason).toBe('evicted');
    }
  });

  it('goes by the moment at which it was asked, while a tier takes its time', async () => {
    const tier = new FakeTier();
    const { cache, clock } = scenario(BOTH, [tier]);
    await cache.set('AAPL', 187, { ttl: 10 });
    const askedAt = clock.now();
    const release = tier.holdAnswers('read');
    const explaining = cache.explain('AAPL');
    await settle();
    clock.advance('11s');
    release();
    const explanation = await explaining;
    expect(explanation).toMatchObject({ at: askedAt, found: true });
    expect(String(explanation)).toContain('memory: fresh for 10 s more');
  });

  it('tells of a tier that fails', async () => {
    const tier = new FakeTier();
    tier.failing.add('read');
    const { cache } = scenario({ ...BOTH, maxEntriesPerCategory: 1 }, [tier]);
    // That memory has made room for others is not why a read finds nothing.
    cache.memory.set('AAPL', 1);
    cache.memory.set('MSFT', 2);
    const explanation = await cache.explain('AAPL');
    expect(explanation).toMatchObject({ reason: 'error' });
    expect(await cache.get('AAPL')).toMatchObject({ success: false, reason: 'error' });
    expect(explanation.tiers[1]).toMatchObject({ state: 'failed', error: expect.any(Error) });
    expect(String(explanation)).toContain('file: failed: the file tier failed');
  });

  it('tells of a cache that is switched off', async () => {
    const { cache } = scenario({ enabled: false });
    const explanation = await cache.explain('AAPL');
    expect(explanation).toMatchObject({ reason: 'disabled', tiers: [] });
    expect(String(explanation)).toContain('switched off');
  });

  it('refuses a key that is no string', async () => {
    const { cache } = scenario();
    await expect(cache.explain(7 as never)).rejects.toBeInstanceOf(CacheOptionsError);
  });
});

describe('explain: what its loads are doing', () => {
  it('tells of a load under way, a renewal, and a source that is left alone', async () => {
    const { cache, clock } = scenario();
    const source = new Source();
    const options = { ttl: 10, staleWhileRevalidate: 20, staleIfError: 60 };
    const first = cache.wrap('AAPL', source.factory, options);
    await expect(cache.explain('AAPL')).resolves.toMatchObject({ load: { state: 'running' } });
    source.answer(1);
    await first;
    clock.advance('15s');
    await cache.wrap('AAPL', source.factory, options);
    await expect(cache.explain('AAPL')).resolves.toMatchObject({ load: { state: 'renewing' } });
    source.fail(new Error('down'));
    await settle();
    const explanation = await cache.explain('AAPL');
    expect(explanation.load).toEqual({ state: 'none', pausedUntil: clock.now() + 1000 });
    expect(String(explanation)).toContain('its source has failed, and is left alone for 1 s');
  });

  it('tells of a renewal that waits for its turn', async () => {
    const { cache, clock } = scenario();
    const source = new Source();
    const options = { ttl: 10, staleWhileRevalidate: 20 };
    const keys = Array.from({ length: 17 }, (_, at) => `key ${at}`);
    for (const key of keys) await cache.wrap(key, () => 1, options);
    clock.advance('15s');
    for (const key of keys) await cache.wrap(key, source.factory, options);
    await expect(cache.explain('key 16')).resolves.toMatchObject({ load: { state: 'waiting' } });
    // Or the close waits for them.
    for (const each of source.asked) each.resolve(2);
    await cache.close();
  });
});

describe('keyOf', () => {
  it('gives the key of a call of a cached function', async () => {
    const { cache } = scenario();
    const add = cache.cached((a: number, b: number) => a + b, { name: 'add', category: 'sums' });
    add(1, 2);
    const key = cache.keyOf(add, [1, 2])!;
    await expect(cache.explain(key, { category: 'sums' })).resolves.toMatchObject({ found: true });
    expect(cache.keyOf(add, [2, 1])).not.toBe(key);
    expect(cache.keyOf(add, [() => 1])).toBeUndefined();
    expect(cache.keyOf(() => 1, [])).toBeUndefined();
  });
});
