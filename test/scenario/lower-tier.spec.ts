import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { TierName } from '../../lib/core/model/options.js';
import { deferred } from '../support/deferred.js';
import { settle } from '../support/turns.js';
import { FakeTier } from './support/fake-tier.js';
import { notCalled } from './support/loaders.js';
import { scenario, type Scenario } from './support/scenario-cache.js';

const tiers: TierName[] = ['memory', 'file'];
const ALL: TierName[] = ['memory', 'file', 'remote'];

function withFile(): Scenario & { file: FakeTier } {
  const file = new FakeTier('file', () => parts.clock.now());
  const parts = scenario({}, [file]);
  return { ...parts, file };
}

type Read = (cache: CacheService) => Promise<unknown>;

const READS: [string, Read][] = [
  ['get', async (cache) => (await cache.get('key', { tiers })).value],
  ['wrap', (cache) => cache.wrap('key', () => 'loaded', { tiers })],
  ['getOrSet', async (cache) => (await cache.getOrSet('key', () => 'loaded', { tiers })).value],
  ['getMany', async (cache) => (await cache.getMany(['key'], { tiers }))[0]!.value],
  ['has', (cache) => cache.has('key', { tiers })],
];

describe('A value in a tier below memory', () => {
  it('answers wrap without the factory, and fills memory', async () => {
    const { cache, file } = withFile();
    file.put('key', { value: 'below' });
    expect(await cache.wrap('key', notCalled, { tiers })).toBe('below');
    expect(cache.memory.get('key')).toMatchObject({ success: true, value: 'below' });
    expect(await cache.wrap('key', notCalled, { tiers })).toBe('below');
    expect(file.log).toEqual(['read default/key']);
  });

  it('is told by its source and measured; the next answer comes from memory', async () => {
    const { cache, clock, file } = withFile();
    const expiresAt = clock.now() + 5000;
    file.put('key', { value: 'below', expiresAt });
    const first = await cache.get('key', { tiers });
    expect(first).toEqual({
      success: true,
      value: 'below',
      source: 'file',
      stale: false,
      expiresAt,
      durationMs: expect.any(Number),
    });
    expect(await cache.get('key', { tiers })).toEqual({
      success: true,
      value: 'below',
      source: 'memory',
      stale: false,
      expiresAt,
    });
  });

  it('keeps its expiry and its tags on the way up', async () => {
    const { cache, clock, file } = withFile();
    file.put('a', { value: 1, expiresAt: clock.now() + 5000 });
    file.put('b', { value: 2, tags: ['tag'] });
    await cache.getMany(['a', 'b'], { tiers });
    clock.advance(5000);
    expect(cache.memory.get('a')).toMatchObject({ success: false, reason: 'expired' });
    await cache.invalidateTags(['tag']);
    expect(cache.memory.get('b')).toMatchObject({ success: false, reason: 'invalidated' });
    expect(file.has('b')).toBe(false);
  });

  it('is read once for a thousand concurrent callers', async () => {
    const { cache, file } = withFile();
    file.put('key', { value: 'below' });
    const release = file.holdAnswers('read');
    const callers = Array.from({ length: 1000 }, () => cache.wrap('key', notCalled, { tiers }));
    await settle();
    release();
    expect(new Set(await Promise.all(callers))).toEqual(new Set(['below']));
    expect(file.log).toHaveLength(1);
  });

  it('fills every tier above the one that had it', async () => {
    const file = new FakeTier('file');
    const remote = new FakeTier('remote');
    const { cache } = scenario({}, [file, remote]);
    remote.put('key', { value: 'far' });
    expect(await cache.get('key', { tiers: ALL })).toMatchObject({
      value: 'far',
      source: 'remote',
    });
    await settle();
    expect(file.valueOf('key')).toBe('far');
    expect(cache.memory.get('key').value).toBe('far');
    expect(remote.log).toEqual(['read default/key']);
  });

  it('is not asked by a load that has not named its tier, nor by forceRefresh', async () => {
    const { cache, file } = withFile();
    file.put('key', { value: 'below' });
    expect(await cache.wrap('key', () => 'loaded')).toBe('loaded');
    expect(await cache.wrap('key', () => 'forced', { tiers, forceRefresh: true })).toBe('forced');
    await settle();
    expect(file.valueOf('key')).toBe('forced');
    expect(file.log).toEqual(['write default/key=forced']);
  });
});

interface Overtaking {
  readonly name: string;
  run(cache: CacheService): unknown;
  /** What memory has then. */
  readonly left?: string;
}

const OVERTAKINGS: Overtaking[] = [
  { name: 'set', run: (cache) => cache.set('key', 'set', { tiers }), left: 'set' },
  { name: 'memory.set', run: (cache) => cache.memory.set('key', 'set'), left: 'set' },
  { name: 'set with a TTL of 0', run: (cache) => cache.set('key', 'gone', { tiers, ttl: 0 }) },
  { name: 'delete', run: (cache) => cache.delete('key', { tiers }) },
  { name: 'deleteMany', run: (cache) => cache.deleteMany(['key', 'other'], { tiers }) },
  { name: 'memory.delete', run: (cache) => cache.memory.delete('key') },
  { name: 'clear(category)', run: (cache) => cache.clear('default') },
  { name: 'clear()', run: (cache) => cache.clear() },
  { name: 'memory.clear()', run: (cache) => cache.memory.clear() },
  { name: 'invalidateTags', run: (cache) => cache.invalidateTags(['tag']) },
];

describe.each(OVERTAKINGS)('Promise 2 below memory: $name', ({ run, left }) => {
  it.each(READS)('during a slow %s: the old value is not promoted', async (name, read) => {
    const { cache, file } = withFile();
    file.put('key', { value: 'old', tags: ['tag'] });
    const release = file.holdAnswers('read');
    const reading = read(cache);
    await settle();
    await run(cache);
    release();
    expect(await reading).toBe(name === 'has' ? true : 'old');
    await settle();
    expect(cache.memory.get('key').value).toBe(left);
  });

  it('during a slow read of wrap: a caller that comes after it does not get the old value', async () => {
    const { cache, file } = withFile();
    file.put('key', { value: 'old', tags: ['tag'] });
    const release = file.holdAnswers('read');
    const first = cache.wrap('key', notCalled, { tiers });
    await settle();
    await run(cache);
    // What only memory was told, the file does not know: it would rightly give the old value again.
    file.put('key', { value: 'file anew' });
    const second = cache.wrap('key', notCalled, { tiers });
    await settle();
    release();
    expect(await first).toBe('old');
    expect(await second).toBe(left ?? 'file anew');
    expect(cache.memory.get('key').value).toBe(left ?? 'file anew');
  });
});

/** Loads that ask their source while a tier below has the key. */
const ANEW: [string, (cache: CacheService) => Promise<unknown>][] = [
  ['forceRefresh', (cache) => cache.wrap('key', () => 'new', { tiers, forceRefresh: true })],
  ['a load of memory alone', (cache) => cache.wrap('key', () => 'new', { tiers: ['memory'] })],
  ['cached', async (cache) => cache.cached(() => 'new', { key: () => 'key' })()],
];

describe.each(ANEW)('A value loaded anew by %s', (_how, load) => {
  it.each(READS.filter(([name]) => ['get', 'getMany'].includes(name)))(
    'during a slow %s stays in memory: the older one is not promoted over it',
    async (_name, read) => {
      const { cache, file } = withFile();
      file.put('key', { value: 'old' });
      const release = file.holdAnswers('read');
      const reading = read(cache);
      await settle();
      expect(await load(cache)).toBe('new');
      release();
      expect(await reading).toBe('old');
      expect(cache.memory.get('key').value).toBe('new');
    },
  );
});

const REMOVALS = OVERTAKINGS.filter(
  ({ name, left }) => left === undefined && !name.startsWith('memory.'),
);

describe.each(REMOVALS)('Promise 2 across every tier: $name', ({ name, run }) => {
  const operation = name.startsWith('delete')
    ? 'delete'
    : name.startsWith('clear')
      ? 'clear'
      : name === 'invalidateTags'
        ? 'invalidateTags'
        : 'write';

  it('resolves when the lower tier has done it, and then nothing old is anywhere', async () => {
    const { cache, file } = withFile();
    await cache.set('key', 'old', { tiers, tags: ['tag'] });
    const release = file.holdEffects(operation);
    let resolved = false;
    const removing = Promise.resolve(run(cache)).then(() => (resolved = true));
    await settle();
    expect(resolved).toBe(false);
    expect(cache.memory.has('key')).toBe(false);
    release();
    await removing;
    expect(file.has('key')).toBe(false);
    expect(await cache.wrap('key', () => 'new', { tiers })).toBe('new');
  });

  it('a load that began before it and ends while it is under way is stored nowhere', async () => {
    const { cache, file } = withFile();
    const source = deferred<string>();
    const options = { tiers, tags: ['tag'] };
    const loading = cache.wrap('key', () => source.promise, options);
    await settle();
    const release = file.holdEffects(operation);
    const removing = run(cache);
    await settle();
    source.resolve('old');
    expect(await loading).toBe('old');
    release();
    await removing;
    await settle();
    expect(cache.memory.has('key')).toBe(false);
    expect(file.has('key')).toBe(false);
  });

  it('what was loaded before it, but not yet written below, is not there after it', async () => {
    const { cache, file } = withFile();
    const release = file.holdEffects('write');
    expect(await cache.wrap('key', () => 'old', { tiers, tags: ['tag'] })).toBe('old');
    const removing = run(cache);
    release();
    await removing;
    await settle();
    expect(file.has('key')).toBe(false);
    expect(cache.memory.has('key')).toBe(false);
  });
});

describe('Promise 2 while invalidateTags is on its way down', () => {
  it('what is read below before the tier has been told is not promoted', async () => {
    const { cache, file } = withFile();
    file.put('key', { value: 'old', tags: ['tag'] });
    const release = file.holdAnswers('read');
    const invalidating = cache.invalidateTags(['tag']);
    const reading = cache.get('key', { tiers });
    await invalidating;
    release();
    expect(await reading).toMatchObject({ value: 'old' });
    expect(file.log).toEqual(['read default/key', 'invalidateTags tag']);
    expect(await cache.wrap('key', () => 'new', { tiers })).toBe('new');
  });

  it('what a load begun meanwhile found is removed again, or not stored', async () => {
    const { cache, file } = withFile();
    const source = deferred<string>();
    const release = file.holdEffects('invalidateTags');
    const invalidating = cache.invalidateTags(['tag']);
    const options = { tags: ['tag'] };
    expect(await cache.wrap('soon', () => 'value', options)).toBe('value');
    const loading = cache.wrap('late', () => source.promise, options);
    await settle();
    release();
    await invalidating;
    source.resolve('value');
    expect(await loading).toBe('value');
    expect(cache.memory.keys()).toEqual([]);
  });
});

describe('Writes through the tiers', () => {
  it('are in memory at once, and below when set resolves', async () => {
    const { cache, file } = withFile();
    const release = file.holdEffects('write');
    const setting = cache.set('key', 'value', { tiers });
    expect(cache.memory.get('key').value).toBe('value');
    await settle();
    expect(file.has('key')).toBe(false);
    release();
    expect(await setting).toMatchObject({ success: true, source: 'memory' });
    expect(file.valueOf('key')).toBe('value');
  });

  it('of a load go on below after its caller has the value', async () => {
    const { cache, file } = withFile();
    const release = file.holdEffects('write');
    expect(await cache.wrap('key', () => 'value', { tiers })).toBe('value');
    expect(file.has('key')).toBe(false);
    release();
    await settle();
    expect(file.valueOf('key')).toBe('value');
  });

  it('reach a lower tier in the order of the calls', async () => {
    const { cache, file } = withFile();
    await Promise.all([
      cache.set('key', 1, { tiers }),
      cache.set('key', 2, { tiers }),
      cache.delete('key', { tiers }),
      cache.set('key', 3, { tiers }),
    ]);
    expect(file.log).toEqual([
      'write default/key=1',
      'write default/key=2',
      'delete default/key',
      'write default/key=3',
    ]);
    expect(file.valueOf('key')).toBe(3);
    expect(cache.memory.get('key').value).toBe(3);
  });

  it('with a TTL of 0 remove the value from every tier', async () => {
    const { cache, file } = withFile();
    await cache.set('key', 1, { tiers });
    expect(await cache.set('key', 2, { tiers, ttl: 0 })).toMatchObject({ source: 'none' });
    expect(file.has('key')).toBe(false);
    expect(cache.memory.has('key')).toBe(false);
  });

  it('that a load begins while a set is under way do not replace what was set', async () => {
    const { cache, file } = withFile();
    const release = file.holdEffects('write');
    const setting = cache.set('key', 'set', { tiers });
    const options = { tiers, forceRefresh: true };
    expect(await cache.wrap('key', () => 'loaded', options)).toBe('loaded');
    release();
    await setting;
    await settle();
    expect(cache.memory.get('key').value).toBe('set');
    expect(file.valueOf('key')).toBe('set');
  });

  it('to one lower tier alone leave memory alone', async () => {
    const { cache, file } = withFile();
    expect(await cache.set('key', 1, { tiers: ['file'] })).toMatchObject({ source: 'file' });
    expect(cache.memory.has('key')).toBe(false);
    expect(file.valueOf('key')).toBe(1);
    expect(await cache.get('key', { tiers: ['file'] })).toMatchObject({ value: 1 });
    expect(cache.memory.has('key')).toBe(false);
  });

  it('deleteMany tells how many there were in the tier that had most', async () => {
    const { cache, file } = withFile();
    file.put('a', { value: 1 });
    file.put('b', { value: 2 });
    await cache.set('c', 3);
    expect(await cache.deleteMany(['a', 'b', 'c', 'd'], { tiers })).toBe(2);
    expect(await cache.delete('a', { tiers })).toBe(false);
  });

  it('a tier that is not there is refused with its name', async () => {
    const { cache } = withFile();
    const result = await cache.set('key', 1, { tiers: ['remote'] });
    expect(result.error?.message).toMatch(/^tiers: got "remote"/);
    await expect(cache.wrap('key', notCalled, { tiers: ['remote'] })).rejects.toThrow(/^tiers:/);
  });
});

describe('Promise 3: a tier that fails', () => {
  it('in everything never fails a load: the factory answers', async () => {
    const { cache, file, logger } = withFile();
    file.failing.add('read').add('write');
    expect(await cache.wrap('a', () => 1, { tiers })).toBe(1);
    expect(await cache.getOrSet('b', () => 2, { tiers })).toMatchObject({
      success: true,
      value: 2,
    });
    expect(await cache.get('c', { tiers })).toMatchObject({
      success: false,
      reason: 'error',
      error: { code: 'CACHE_TIER', message: expect.stringContaining('cannot read') },
    });
    expect(await cache.has('c', { tiers })).toBe(false);
    expect(logger.errors).toEqual([expect.stringContaining('the file tier cannot read')]);
  });

  it('is passed over: the next tier answers', async () => {
    const file = new FakeTier('file');
    const remote = new FakeTier('remote');
    const { cache } = scenario({}, [file, remote]);
    remote.put('key', { value: 'far' });
    file.failing.add('read').add('write');
    expect(await cache.wrap('key', notCalled, { tiers: ALL })).toBe('far');
    expect(cache.memory.get('key').value).toBe('far');
  });

  it('in write never fails a load; a set says so, and memory has the value', async () => {
    const { cache, file } = withFile();
    file.failing.add('write');
    expect(await cache.wrap('a', () => 1, { tiers })).toBe(1);
    expect(await cache.set('b', 2, { tiers })).toMatchObject({
      success: false,
      reason: 'error',
      error: { code: 'CACHE_TIER', message: expect.stringContaining('cannot write') },
    });
    expect(cache.memory.keys()).toEqual(['a', 'b']);
  });

  it('in write is an error in the result where no other tier keeps the value', async () => {
    const { cache, file } = withFile();
    file.failing.add('write');
    const result = await cache.set('key', 1, { tiers: ['file'] });
    expect(result).toMatchObject({ success: false, reason: 'error' });
    expect(result.error).toMatchObject({ code: 'CACHE_TIER' });
  });

  it('in delete, clear, invalidateTags or prune fails none of them', async () => {
    const { cache, file } = withFile();
    for (const operation of ['delete', 'clear', 'invalidateTags', 'prune'] as const) {
      file.failing.add(operation);
    }
    await cache.set('a', 1, { tiers, tags: ['tag'] });
    expect(await cache.delete('a', { tiers })).toBe(true);
    await cache.invalidateTags(['tag']);
    await cache.clear();
    expect(await cache.cleanup()).toMatchObject({ expired: 0, tiers: { file: { expired: 0 } } });
    expect(cache.memory.keys()).toEqual([]);
  });

  it('is logged once per change of state, and told by an event each time', async () => {
    const { cache, file, logger } = withFile();
    const events: string[] = [];
    cache.events.on('tierFailed', ({ tier, category, error }) => {
      events.push(`${tier} ${category} ${error.message}`);
    });
    file.failing.add('read');
    for (const key of ['a', 'b', 'c']) await cache.get(key, { tiers });
    expect(logger.errors).toHaveLength(1);
    file.failing.clear();
    for (const key of ['a', 'b', 'c']) await cache.get(key, { tiers });
    expect(logger.warnings).toEqual(['The file tier works again']);
    file.failing.add('read');
    await cache.get('a', { tiers });
    expect(logger.errors).toHaveLength(2);
    expect(events).toEqual(
      Array.from({ length: 4 }, () => 'file default the file tier cannot read'),
    );
  });

  it('is logged no more while it comes and goes, as on a full disk that has room for what is small', async () => {
    const { cache, clock, file, logger } = withFile();
    const comeAndGo = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        file.failing.add('write');
        await cache.set('large', 'large', { tiers });
        file.failing.clear();
        await cache.set('small', 'small', { tiers });
        clock.advance(1000);
      }
    };
    await comeAndGo(100);
    expect(logger.errors).toHaveLength(2);
    expect(logger.warnings).toEqual(['The file tier works again']);
    clock.advance(60_000);
    await cache.set('large', 'large', { tiers });
    expect(logger.warnings).toHaveLength(2);
    clock.advance(60_000);
    await comeAndGo(1);
    expect([logger.errors.length, logger.warnings.length]).toEqual([3, 3]);
  });

  it('is not logged anew for what was begun before it worked again', async () => {
    const { cache, file, logger } = withFile();
    const events: unknown[] = [];
    cache.events.on('tierFailed', (event) => events.push(event));
    const answers = file.holdAnswers('delete');
    file.failing.add('read').add('delete');
    await cache.get('key', { tiers });
    const deleted = cache.delete('late', { tiers });
    file.failing.clear();
    await cache.get('key', { tiers });
    expect(logger.warnings).toEqual(['The file tier works again']);
    answers();
    await deleted;
    expect(events).toHaveLength(2);
    expect(logger.errors).toHaveLength(1);
    file.failing.add('delete');
    await cache.delete('key', { tiers });
    expect(logger.errors).toHaveLength(2);
  });
});

describe('A cache with a lower tier', () => {
  it('tells of a key why it is missing, though others are asked for meanwhile', async () => {
    const { cache, clock, file } = withFile();
    cache.memory.set('expired', 1, { ttl: 1 });
    clock.advance(2000);
    const release = file.holdAnswers('read');
    const reading = cache.get('expired', { tiers });
    await settle();
    cache.memory.get('never there');
    release();
    expect(await reading).toMatchObject({ success: false, reason: 'expired' });
  });

  it('prunes it in a cleanup, and adds the reports up', async () => {
    const { cache, clock, file } = withFile();
    await cache.set('a', 1, { tiers, ttl: 5 });
    await cache.set('b', 2, { tiers, ttl: 50 });
    clock.advance(5000);
    const report = await cache.cleanup();
    expect(report.tiers).toMatchObject({ memory: { expired: 1 }, file: { expired: 1 } });
    expect(report.expired).toBe(2);
    expect(file.has('a')).toBe(false);
  });

  it('counts what it holds in its statistics', async () => {
    const { cache } = withFile();
    await cache.set('a', 1, { tiers });
    expect(cache.getStats().fileCache.entries).toBe(1);
    expect(cache.getStats().categories.default!.fileCache.entries).toBe(1);
  });

  it('waits on close for what it had begun to write, then closes the tier, once', async () => {
    const { cache, file } = withFile();
    const release = file.holdEffects('write');
    await cache.wrap('key', () => 'value', { tiers });
    let closed = false;
    const closing = cache.close().then(() => (closed = true));
    await settle();
    expect(closed).toBe(false);
    expect(file.closed).toBe(0);
    release();
    await closing;
    await cache.close();
    expect(file.valueOf('key')).toBe('value');
    expect(file.closed).toBe(1);
  });
});
