import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { CacheResult } from '../../lib/core/model/cache-result.js';
import type { TierName } from '../../lib/core/model/options.js';
import { assembleCache } from '../../lib/core/create-cache.js';
import { CacheError, CacheTierTimeoutError } from '../../lib/core.js';
import type { TierPatience } from '../../lib/core/stack/tier-patience.js';
import { ManualClock } from '../../lib/testing.js';
import { ChaosTier, PATIENCE } from './support/chaos-tier.js';
import { settle } from '../support/turns.js';
import { RecordingLogger } from './support/recording-logger.js';

const tiers: TierName[] = ['memory', 'file'];
const BELOW: { tiers: TierName[] } = { tiers: ['file'] };

interface Hanging {
  readonly cache: CacheService;
  readonly clock: ManualClock;
  readonly tier: ChaosTier;
  readonly logger: RecordingLogger;
}

function withTier(patience: Partial<TierPatience> = {}): Hanging {
  const clock = new ManualClock();
  const logger = new RecordingLogger();
  const tier = new ChaosTier(clock, patience);
  const categories = { default: { tiers }, other: { tiers } };
  const options = { clock, logger, cleanup: false, categories } as const;
  return { cache: assembleCache(options, [tier]), clock, tier, logger };
}

/** What comes of something that hangs until its time is over. */
async function late<T>({ clock }: Hanging, work: Promise<T>, ms = PATIENCE.timeoutMs): Promise<T> {
  let over = false;
  void work.then(() => (over = true));
  await settle();
  clock.advance(ms - 1);
  await settle();
  expect(over).toBe(false);
  clock.advance(1);
  return work;
}

/** As many as open the breaker. */
function lost(cache: CacheService): Promise<CacheResult<unknown>[]> {
  const reads = Array.from({ length: PATIENCE.failures }, (_, at) =>
    cache.get(`lost ${at}`, BELOW),
  );
  return Promise.all(reads);
}

async function openBreaker(parts: Hanging): Promise<void> {
  parts.tier.store.hang();
  await late(parts, lost(parts.cache));
}

/** The tier answers again, and the pause is over. */
function recover({ clock, tier }: Hanging): void {
  tier.store.calm();
  clock.advance(PATIENCE.pauseMs);
}

describe('A tier that does not answer', () => {
  it('holds a load up no longer than its time; what it says later is ignored', async () => {
    const parts = withTier();
    const { cache, tier } = parts;
    await cache.set('key', 'old', { ...BELOW });
    tier.store.hang({ operations: ['get'] });
    expect(
      await late(
        parts,
        cache.wrap('key', () => 'loaded'),
      ),
    ).toBe('loaded');
    tier.store.release();
    await settle();
    expect(cache.memory.get('key').value).toBe('loaded');
    expect((await cache.get('key', BELOW)).value).toBe('loaded');
  });

  it('is an error in the result that names it, counted and logged once', async () => {
    const parts = withTier();
    const { cache, tier, logger } = parts;
    const events: unknown[] = [];
    cache.events.on('tierFailed', ({ error }) => events.push(error));
    tier.store.hang();
    const result = await late(parts, cache.get('key'));
    expect(result).toMatchObject({ success: false, reason: 'error' });
    const { error } = result;
    expect(error).toBeInstanceOf(CacheTierTimeoutError);
    expect(error).toMatchObject({
      code: 'CACHE_TIMEOUT',
      tier: 'file',
      operation: 'read',
      timeoutMs: 500,
    });
    await late(parts, cache.get('key'));
    expect(tier.errors).toBe(2);
    expect(events).toHaveLength(2);
    expect(logger.errors).toEqual([expect.stringMatching(/^The file tier fails.* \(read\)$/)]);
    tier.store.calm();
    expect((await cache.get('key')).error).toBeUndefined();
    expect(logger.warnings).toEqual(['The file tier works again']);
  });

  it('holds up a thousand callers of a thousand keys once, and those of one key for one load', async () => {
    const parts = withTier();
    const { cache, tier } = parts;
    tier.store.hang();
    let loads = 0;
    const load = (): number => ++loads;
    const many = Array.from({ length: 1000 }, (_, at) => cache.wrap(`${at}`, load));
    const same = Array.from({ length: 1000 }, () => cache.wrap('same', () => load()));
    const values = await late(parts, Promise.all([...many, ...same]));
    expect(new Set(values).size).toBe(1001);
    expect(loads).toBe(1001);
    expect(await cache.wrap('next', () => 'at once')).toBe('at once');
  });

  it('does not delay the caller of a load that is to be written there', async () => {
    const { cache, tier } = withTier();
    tier.store.hang({ operations: ['set'] });
    expect(await cache.wrap('key', () => 'loaded')).toBe('loaded');
    expect(cache.memory.get('key').value).toBe('loaded');
  });

  it('does not take a value that it was given up for: set says so', async () => {
    const parts = withTier();
    const { cache, tier } = parts;
    await cache.set('key', 'old');
    tier.store.hang({ operations: ['set'] });
    const result = await late(parts, cache.set('key', 'new'));
    expect(result.error).toMatchObject({ code: 'CACHE_TIMEOUT', operation: 'write' });
    expect((await cache.get('key')).value).toBe('new');
    tier.store.calm();
    await settle();
    expect((await cache.get('key', BELOW)).value).toBeUndefined();
  });

  it('has an endless time if it is told so', async () => {
    const { cache, clock, tier } = withTier({ timeoutMs: Infinity });
    tier.store.hang();
    const read = cache.get('key');
    clock.advance('365 days');
    await settle();
    expect(tier.store.held).toBe(1);
    tier.store.release();
    expect(await read).toMatchObject({ reason: 'absent' });
  });

  it('does not keep the cache from being closed', async () => {
    const parts = withTier();
    const { cache, clock, tier, logger } = parts;
    tier.store.hang();
    const load = cache.wrap('key', () => 'loaded');
    let closed = false;
    const closing = cache.close().then(() => (closed = true));
    for (let waited = 0; waited < 5; waited++) {
      await settle();
      clock.advance(PATIENCE.timeoutMs);
      await settle();
    }
    expect(closed).toBe(true);
    await closing;
    expect(await load).toBe('loaded');
    expect(logger.errors.at(-1)).toMatch(/^Closed without waiting any longer: the file tier/);
  });

  it('does not keep cleanups from ending', async () => {
    const parts = withTier();
    parts.tier.store.hang();
    const report = await late(parts, parts.cache.cleanup(), 60 * PATIENCE.timeoutMs);
    expect(report.tiers).toHaveProperty('file');
  });
});

type Remove = readonly [string, (cache: CacheService) => Promise<unknown>];

const REMOVALS: readonly Remove[] = [
  ['delete', (cache) => cache.delete('key')],
  ['deleteMany', (cache) => cache.deleteMany(['key', 'none'])],
  ['clear of the category', (cache) => cache.clear('default')],
  ['clear', (cache) => cache.clear()],
  ['invalidateTags', (cache) => cache.invalidateTags(['tag'])],
  ['set', (cache) => cache.set('key', 'new')],
  ['set of nothing', (cache) => cache.set('key', 'new', { ttl: 0 })],
];

const STATES: readonly [string, (parts: Hanging) => Promise<void>][] = [
  ['that hangs', async ({ tier }) => tier.store.hang({ operations: ['delete', 'set'] })],
  ['that fails', async ({ tier }) => tier.store.fail()],
  ['that is left alone', openBreaker],
];

describe.each(STATES)('A tier %s', (_state, fall) => {
  it.each(REMOVALS)('serves nothing older after %s, whatever becomes of it', async (_, remove) => {
    const parts = withTier();
    const { cache, clock, tier } = parts;
    await cache.set('key', 'old', { tags: ['tag'] });
    await cache.set('key', 'kept', { category: 'other' });
    await fall(parts);
    let removed = false;
    const removing = remove(cache).then(() => (removed = true));
    await settle();
    if (!removed) clock.advance(PATIENCE.timeoutMs);
    await removing;
    const hidden = (value: unknown): void => expect(value).not.toBe('old');
    cache.memory.clear();
    const meanwhile = cache.get('key', BELOW);
    await settle();
    clock.advance(PATIENCE.timeoutMs);
    hidden((await meanwhile).value);
    recover(parts);
    for (let read = 0; read < 3; read++) {
      hidden((await cache.get('key', BELOW)).value);
      expect(await cache.has('key', BELOW)).toBe(false);
      await settle();
    }
    // Not because nothing is served any more: the tier itself has removed it.
    const stored = await tier.store.get({ category: 'default', key: 'key' });
    expect(stored).toBeUndefined();
    expect(await cache.wrap('key', () => 'anew', BELOW)).toBe('anew');
    await settle();
    expect((await cache.get('key', BELOW)).value).toBe('anew');
  });

  it('is told when the cache is closed what it could not be told before', async () => {
    const parts = withTier();
    const { cache, clock, tier } = parts;
    await cache.set('key', 'old');
    await fall(parts);
    const removing = cache.delete('key');
    await settle();
    clock.advance(PATIENCE.timeoutMs);
    await removing;
    tier.store.calm();
    await cache.close();
    expect(await tier.store.get({ category: 'default', key: 'key' })).toBeUndefined();
  });
});

describe('A tier that is left alone', () => {
  it('is not asked, and not waited for; the result says why', async () => {
    const parts = withTier();
    const { cache, tier, logger } = parts;
    await openBreaker(parts);
    const { held } = tier.store;
    const result = await cache.get('key');
    expect(result.error).toBeInstanceOf(CacheError);
    expect(result.error).toMatchObject({
      code: 'CACHE_TIER',
      cause: expect.any(CacheTierTimeoutError),
    });
    expect(await cache.wrap('key', () => 'loaded')).toBe('loaded');
    expect((await cache.set('key', 'set')).error).toMatchObject({ code: 'CACHE_TIER' });
    expect(await cache.delete('key')).toBe(true);
    expect(tier.store.held).toBe(held);
    expect(logger.warnings).toEqual([
      'The file tier does not answer; it is tried again every 10000 ms',
    ]);
    expect(logger.errors).toHaveLength(1);
  });

  it('is tried by one operation at a time, and used again when that comes back', async () => {
    const parts = withTier();
    const { cache, clock, tier, logger } = parts;
    await cache.set('key', 'value');
    cache.memory.clear();
    await openBreaker(parts);
    const { held } = tier.store;
    clock.advance(PATIENCE.pauseMs);
    const probing = Array.from({ length: 100 }, () => cache.get('key', BELOW));
    await settle();
    expect(tier.store.held).toBe(held + 1);
    clock.advance(PATIENCE.timeoutMs);
    for (const { success } of await Promise.all(probing)) expect(success).toBe(false);
    await cache.get('key', BELOW);
    expect(tier.store.held).toBe(held + 1);
    recover(parts);
    expect((await cache.get('key', BELOW)).value).toBe('value');
    expect((await cache.get('key', BELOW)).value).toBe('value');
    expect(logger.warnings.at(-1)).toBe('The file tier works again');
  });

  it('is not, for failures that come at once, unless it is told so', async () => {
    for (const countsFailures of [false, true]) {
      const { cache, tier } = withTier({ countsFailures });
      tier.store.fail();
      for (let at = 0; at < 10; at++) await cache.get('key');
      tier.store.calm();
      expect((await cache.get('key')).error === undefined).toBe(!countsFailures);
    }
  });

  it('is not, for as long as something comes back in between', async () => {
    const parts = withTier();
    const { cache, tier } = parts;
    for (let at = 0; at < 2 * PATIENCE.failures; at++) {
      tier.store.hang({ times: 1 });
      await late(parts, cache.get('slow', BELOW));
      expect((await cache.get('quick', BELOW)).error).toBeUndefined();
    }
  });

  it('is not again, for what was begun before it was tried, and comes to nothing after that', async () => {
    const parts = withTier({ pauseMs: PATIENCE.timeoutMs / 4 });
    const { cache, clock, tier, logger } = parts;
    tier.store.hang({ times: 2 * PATIENCE.failures });
    const early = lost(cache);
    await settle();
    clock.advance(PATIENCE.timeoutMs / 2);
    const stuck = lost(cache);
    await late(parts, early, PATIENCE.timeoutMs / 2);
    clock.advance(PATIENCE.timeoutMs / 4);
    expect((await cache.get('key', BELOW)).error).toBeUndefined();
    expect(logger.warnings.at(-1)).toBe('The file tier works again');
    clock.advance(PATIENCE.timeoutMs / 4);
    for (const { error } of await stuck) expect(error).toBeInstanceOf(CacheTierTimeoutError);
    expect((await cache.get('key', BELOW)).error).toBeUndefined();
    expect([logger.errors.length, logger.warnings.length]).toEqual([1, 2]);
  });
});

describe('Operations that wait for one another in a tier', () => {
  it('are not given up while those before them come to an end', async () => {
    const { cache, clock, tier } = withTier({ queues: true });
    const reads: Promise<unknown>[] = [];
    for (let at = 0; at < 5; at++) {
      tier.store.delay(400 * (at + 1), { times: 1 });
      reads.push(cache.get(`${at}`, BELOW));
      await settle();
    }
    for (let at = 0; at < 25; at++) {
      clock.advance(100);
      await settle();
    }
    for (const read of reads) expect(await read).toMatchObject({ reason: 'absent' });
  });

  it('are, when none comes to an end, or none is before them', async () => {
    const { cache, clock, tier } = withTier({ queues: true });
    tier.store.hang();
    const reads = ['a', 'b', 'c'].map((key) => cache.get(key, BELOW));
    await settle();
    clock.advance(PATIENCE.timeoutMs);
    for (const read of reads) expect(await read).toMatchObject({ reason: 'error' });
  });

  it('and one that later ones overtake has a few times as long, then is', async () => {
    const { cache, clock, tier } = withTier({ queues: true });
    tier.store.hang({ times: 1 });
    let answer: unknown;
    void cache.get('unlucky', BELOW).then((result) => (answer = result));
    await settle();
    for (let times = 0; times < 3; times++) {
      expect(await cache.get(`quick ${times}`, BELOW)).toMatchObject({ reason: 'absent' });
      clock.advance(PATIENCE.timeoutMs);
      await settle();
      expect(answer).toBeUndefined();
    }
    expect(await cache.get('quick', BELOW)).toMatchObject({ reason: 'absent' });
    clock.advance(PATIENCE.timeoutMs);
    await settle();
    expect(answer).toMatchObject({ reason: 'error' });
  });
});
