import { describe, expect, it } from '@jest/globals';
import { settle, until } from '../support/turns.js';
import { notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';
import { Source, TIERS, tieredCaches } from './support/tiered-cache.js';

const OPTIONS = { ttl: 100, refreshAhead: 0.8 };

describe.each(TIERS)('refreshAhead on %s', (_name, tiers) => {
  const open = tieredCaches(tiers);

  it('renews in the background what is read late in its life, and answers at once', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('79s');
    expect(await cache.wrap('key', notCalled, OPTIONS)).toBe('old');
    clock.advance('1s');
    const source = new Source();
    const reads = [];
    for (let read = 0; read < 3; read++) {
      reads.push(await cache.getOrSet('key', source.factory, OPTIONS));
    }
    for (const read of reads) expect(read).toMatchObject({ value: 'old', stale: false });
    await until(() => source.runs === 1);
    source.answer('new');
    await until(async () => (await cache.get('key')).value === 'new');
    clock.advance('79s');
    expect(await cache.wrap('key', notCalled, OPTIONS)).toBe('new');
  });

  it('lets a set during the renewal win', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('90s');
    const source = new Source();
    await cache.wrap('key', source.factory, OPTIONS);
    await until(() => source.runs === 1);
    await cache.set('key', 'set');
    source.answer('overtaken');
    await settle();
    expect(await cache.wrap('key', notCalled, { ttl: 10 })).toBe('set');
  });
});

describe('refreshAhead', () => {
  it('leaves a failing source alone for a second, and the value as it is', async () => {
    const { cache, clock } = scenario();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('90s');
    const source = new Source();
    source.failure = new Error('down');
    for (let read = 0; read < 3; read++) {
      expect(await cache.wrap('key', source.factory, OPTIONS)).toBe('old');
      await settle();
    }
    expect(source.runs).toBe(1);
    clock.advance(1000);
    await cache.wrap('key', source.factory, OPTIONS);
    expect(source.runs).toBe(2);
  });

  it('goes by the life of the entry, whatever its TTL was, and by its own TTL where that is not known', async () => {
    const { cache, clock } = scenario();
    await cache.wrap('first', () => 0, OPTIONS);
    await cache.set('short', 'old', { ttl: 10 });
    clock.advance('7s');
    expect(await cache.wrap('short', notCalled, OPTIONS)).toBe('old');
    clock.advance('1s');
    const source = new Source();
    expect(await cache.wrap('short', source.factory, OPTIONS)).toBe('old');
    expect(source.runs).toBe(1);
    const other = scenario();
    await other.cache.set('key', 'old', { ttl: 100 });
    other.clock.advance('79s');
    expect(await other.cache.wrap('key', notCalled, OPTIONS)).toBe('old');
    other.clock.advance('1s');
    expect(await other.cache.wrap('key', source.factory, OPTIONS)).toBe('old');
    expect(source.runs).toBe(2);
  });

  it('renews nothing that never expires', async () => {
    const { cache, clock } = scenario();
    await cache.wrap('key', () => 'old', { ...OPTIONS, ttl: Infinity });
    clock.advance('1000 days');
    expect(await cache.wrap('key', notCalled, OPTIONS)).toBe('old');
  });

  it('goes for cached functions: one that is synchronous is not run while its caller waits', async () => {
    const { cache, clock } = scenario();
    let runs = 0;
    const count = cache.cached(() => ++runs, { ...OPTIONS, name: 'count' });
    count();
    clock.advance('90s');
    expect([count(), runs]).toEqual([1, 1]);
    await settle();
    expect([count(), runs]).toEqual([2, 2]);
  });
});
