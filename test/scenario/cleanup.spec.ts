import { describe, expect, it } from '@jest/globals';
import { scenario } from './support/scenario-cache.js';

/** The answer of something long, and the turns that the event loop has made meanwhile. */
async function turnsDuring<T>(work: () => Promise<T>): Promise<{ answer: T; turns: number }> {
  let turns = 0;
  let running = true;
  const turn = (): void => {
    turns++;
    if (running) setImmediate(turn);
  };
  setImmediate(turn);
  const answer = await work();
  running = false;
  return { answer, turns };
}

describe('A cleanup', () => {
  it('removes what has expired, and reports how much', async () => {
    const { cache, clock } = scenario();
    for (let at = 0; at < 100; at++)
      await cache.set(`${at}`, 'x'.repeat(100), { ttl: at < 30 ? 5 : 500 });
    for (let at = 0; at < 10; at++) await cache.set(`${at}`, 1, { ttl: 5, category: 'second' });
    await cache.set('forever', 1, { ttl: Infinity });
    clock.advance(5000);
    const report = await cache.cleanup();
    expect(report).toEqual({
      expired: 40,
      evicted: 0,
      bytesFreed: expect.any(Number),
      durationMs: expect.any(Number),
      tiers: { memory: { expired: 40, evicted: 0, bytesFreed: report.bytesFreed } },
    });
    expect(report.bytesFreed).toBeGreaterThan(30 * 100);
    expect(cache.getStats().memoryCache).toMatchObject({ entries: 71, expirations: 40 });
    expect(await cache.cleanup()).toMatchObject({ expired: 0, bytesFreed: 0 });
  });

  it('frees exactly the bytes that were counted, under a limit', async () => {
    const { cache, clock } = scenario({ maxBytesPerCategory: '1mb' });
    for (let at = 0; at < 50; at++) await cache.set(`${at}`, 'x'.repeat(at), { ttl: 5 });
    const { bytes } = cache.getStats().memoryCache;
    clock.advance(5000);
    expect(await cache.cleanup()).toMatchObject({ expired: 50, bytesFreed: bytes });
    expect(cache.getStats().memoryCache.bytes).toBe(0);
  });

  it.each([{}, { maxBytesPerCategory: '1mb' }])(
    'comes to its end beside a value that cannot be looked into, with %j',
    async (options) => {
      const { cache, clock } = scenario(options);
      const { proxy, revoke } = Proxy.revocable({}, {});
      await cache.set('draft', 'old');
      revoke();
      expect((await cache.set('draft', { proxy })).success).toBe(true);
      expect(cache.memory.set('draft', proxy).success).toBe(true);
      const kept = await cache.get('draft');
      expect(kept.success && kept.value === proxy).toBe(true);
      await cache.set('key', 1, { ttl: 5, category: 'second' });
      clock.advance(5000);
      expect(await cache.cleanup()).toMatchObject({ expired: 1 });
      expect(cache.getStats().memoryCache).toMatchObject({ entries: 1 });
      expect((await cache.explain('draft')).key).toBe('draft');
    },
  );

  it('removes nothing before its time, with TTLs far beyond 24.8 days', async () => {
    const { cache, clock } = scenario();
    await cache.set('month', 1, { ttl: '30d' });
    await cache.set('decade', 1, { ttl: '10y' });
    clock.advance('29d');
    expect(await cache.cleanup()).toMatchObject({ expired: 0 });
    clock.advance('1d');
    expect(await cache.cleanup()).toMatchObject({ expired: 1 });
    clock.advance('9y');
    expect(await cache.cleanup()).toMatchObject({ expired: 0 });
    clock.advance('1y');
    expect(await cache.cleanup()).toMatchObject({ expired: 1 });
  });

  it('goes by the clock as it is, when that was set back', async () => {
    const { cache, clock } = scenario();
    await cache.set('before', 1, { ttl: '30d' });
    await cache.cleanup();
    clock.set(clock.now() - 86_400_000);
    await cache.set('key', 1, { ttl: '1m' });
    clock.advance('59s');
    expect(await cache.cleanup()).toMatchObject({ expired: 0 });
    clock.advance('1s');
    expect(await cache.cleanup()).toMatchObject({ expired: 1 });
    expect(cache.getStats().memoryCache.entries).toBe(1);
  });

  it('asked for while one runs is the same pass', async () => {
    const { cache, clock } = scenario();
    await cache.set('key', 1, { ttl: 5 });
    clock.advance(5000);
    const [first, second] = [cache.cleanup(), cache.cleanup()];
    expect(await first).toBe(await second);
    expect((await first).expired).toBe(1);
    const third = await cache.cleanup();
    expect(third).not.toBe(await first);
    expect(third.expired).toBe(0);
  });

  it('of very many entries lets others run in between', async () => {
    const { cache, clock } = scenario({ maxEntriesPerCategory: Infinity });
    const entries = 200_000;
    for (let at = 0; at < entries; at++) cache.memory.set(`${at}`, at, { ttl: 5 });
    clock.advance(5000);
    const { answer: report, turns } = await turnsDuring(() => cache.cleanup());
    expect(report.expired).toBe(entries);
    expect(turns).toBeGreaterThan(1);
  });

  it('in slices is not confused by what comes and goes in between', async () => {
    const { cache, clock } = scenario({ maxEntriesPerCategory: Infinity });
    const entries = 200_000;
    for (let at = 0; at < entries; at++) cache.memory.set(`${at}`, at, { ttl: 5 });
    clock.advance(5000);
    let running = true;
    let written = 0;
    const turn = (): void => {
      if (!running) return;
      cache.memory.set(`${entries - 1 - written}`, 'new', { ttl: 5 });
      cache.memory.set(`new ${written++}`, 'new', { ttl: 5 });
      setImmediate(turn);
    };
    setImmediate(turn);
    await cache.cleanup();
    running = false;
    expect(written).toBeGreaterThan(1);
    expect(cache.memory.get(`${entries - 1}`).value).toBe('new');
    expect(cache.memory.keys()).toHaveLength(2 * written);
  });

  it('of tags too: a large invalidation lets others run, and is complete when it resolves', async () => {
    const { cache } = scenario({ maxEntriesPerCategory: Infinity });
    const entries = 200_000;
    const tags = ['tag'];
    for (let at = 0; at < entries; at++) cache.memory.set(`${at}`, at, { tags });
    const { turns } = await turnsDuring(() => cache.invalidateTags(tags));
    expect(cache.memory.keys()).toEqual([]);
    expect(turns).toBeGreaterThan(1);
  });

  it('of many tags that nothing carries lets others run, too', async () => {
    const { cache } = scenario();
    for (let at = 0; at < 50; at++) cache.memory.set('key', at, { category: `category ${at}` });
    const tags = Array.from({ length: 100_000 }, (_, at) => `tag ${at}`);
    const { turns } = await turnsDuring(() => cache.invalidateTags(tags));
    expect(turns).toBeGreaterThan(5);
  });
});
