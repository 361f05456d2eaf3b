import { describe, expect, it } from '@jest/globals';
import type { Ttl } from '../../lib/core/primitives/ttl.js';
import type { CacheService } from '../../lib/core/cache.service.js';
import { LOADERS, LOADERS_WITH_CONTEXT, notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';

/** Milliseconds that the key's value is still fresh for; Infinity: always; undefined: not kept. */
function freshFor(cache: CacheService, now: number, key = 'key'): number | undefined {
  const found = cache.memory.get(key);
  return found.success ? (found.expiresAt ?? Infinity) - now : undefined;
}

describe.each(LOADERS)('Options of a load by $name', ({ load }) => {
  it.each<[Ttl, number | undefined]>([
    [5, 5000],
    [0.5, 500],
    ['30m', 1_800_000],
    [{ hours: 1, minutes: 30 }, 5_400_000],
    [{ hours: 1, minutes: undefined } as never, 3_600_000],
    [Infinity, Infinity],
    ['30d', 30 * 86_400_000],
    [0, undefined],
    ['0s', undefined],
    [new Date(0), undefined],
  ])('ttl: %j keeps the value for %p ms', async (ttl, ms) => {
    const { cache, clock } = scenario();
    expect(await load(cache, 'key', () => 'value', { ttl })).toBe('value');
    expect(freshFor(cache, clock.now())).toBe(ms);
  });

  it('ttl: a value is there to the last millisecond of its TTL, and not at its end', async () => {
    const { cache, clock } = scenario();
    await load(cache, 'key', () => 1, { ttl: '5m' });
    clock.advance(299_999);
    expect(await load(cache, 'key', notCalled, { ttl: '5m' })).toBe(1);
    clock.advance(1);
    expect(await load(cache, 'key', () => 2, { ttl: '5m' })).toBe(2);
  });

  it('ttl: a use does not prolong it', async () => {
    const { cache, clock } = scenario();
    await load(cache, 'key', () => 1, { ttl: 10 });
    for (let use = 0; use < 9; use++) {
      clock.advance(1000);
      await load(cache, 'key', notCalled);
    }
    clock.advance(1000);
    expect(await load(cache, 'key', () => 2)).toBe(2);
  });

  it('ttl: a date is the instant itself', async () => {
    const { cache, clock } = scenario();
    const at = clock.now() + 12_345;
    await load(cache, 'key', () => 1, { ttl: new Date(at) });
    expect(cache.memory.get('key').success && freshFor(cache, 0)).toBe(at);
  });

  it('ttl: a function of the value', async () => {
    const { cache, clock } = scenario();
    const ttl = (value: number): Ttl => (value > 1 ? '1h' : 0);
    await load(cache, 'key', () => 2, { ttl });
    await load(cache, 'small', () => 1, { ttl });
    expect(freshFor(cache, clock.now())).toBe(3_600_000);
    expect(freshFor(cache, clock.now(), 'small')).toBeUndefined();
  });

  it('ttl: the TTL counts from the answer, not from the question', async () => {
    const { cache, clock } = scenario();
    const answer = load(
      cache,
      'key',
      async () => {
        await Promise.resolve();
        clock.advance('1m');
        return 1;
      },
      { ttl: '5m' },
    );
    await answer;
    expect(freshFor(cache, clock.now())).toBe(300_000);
  });

  it('without one, the TTL is the category’s, then the default, then an hour', async () => {
    const { cache, clock } = scenario({ defaultTtl: 7, categories: { own: { ttl: '3s' } } });
    await load(cache, 'key', () => 1);
    await load(cache, 'key', () => 1, { category: 'own' });
    expect(freshFor(cache, clock.now())).toBe(7000);
    expect(cache.memory.get('key', { category: 'own' })).toMatchObject({
      expiresAt: clock.now() + 3000,
    });
    const plain = scenario();
    await load(plain.cache, 'key', () => 1);
    expect(freshFor(plain.cache, plain.clock.now())).toBe(3_600_000);
  });

  it('cacheIf: what it refuses is handed over and not kept', async () => {
    const { cache } = scenario();
    const cacheIf = (value: number): boolean => value > 1;
    expect(await load(cache, 'key', () => 1, { cacheIf })).toBe(1);
    expect(await load(cache, 'key', () => 2, { cacheIf })).toBe(2);
    expect(await load(cache, 'key', notCalled, { cacheIf })).toBe(2);
  });

  it('negativeTtl: is for null and undefined, and for nothing else', async () => {
    const { cache, clock } = scenario();
    for (const value of [null, undefined, 0, '', false, NaN]) {
      await load<unknown>(cache, String(value), () => value, { ttl: 100, negativeTtl: 5 });
    }
    const lasts = (key: string): number | undefined => freshFor(cache, clock.now(), key);
    expect(['null', 'undefined'].map(lasts)).toEqual([5000, 5000]);
    expect(['0', '', 'false', 'NaN'].map(lasts)).toEqual([100_000, 100_000, 100_000, 100_000]);
    await load(cache, 'none', () => null, { negativeTtl: 0 });
    expect(lasts('none')).toBeUndefined();
  });

  it('jitter: shortens each TTL by a random share up to it, and never prolongs it', async () => {
    const { cache, clock } = scenario();
    const lasts: number[] = [];
    for (let count = 0; count < 300; count++) {
      await load(cache, `${count}`, () => 1, { ttl: 100, jitter: 0.25 });
      lasts.push(freshFor(cache, clock.now(), `${count}`)!);
    }
    expect(Math.max(...lasts)).toBeLessThanOrEqual(100_000);
    expect(Math.min(...lasts)).toBeGreaterThanOrEqual(75_000);
    expect(new Set(lasts).size).toBeGreaterThan(200);
    expect(Math.max(...lasts) - Math.min(...lasts)).toBeGreaterThan(10_000);
  });

  it('jitter: leaves what never expires alone', async () => {
    const { cache, clock } = scenario();
    await load(cache, 'key', () => 1, { ttl: Infinity, jitter: 1 });
    expect(freshFor(cache, clock.now())).toBe(Infinity);
  });

  it('tags: static ones and a function of the value', async () => {
    const { cache } = scenario();
    await load(cache, 'a', () => 1, { tags: ['x'] });
    await load(cache, 'b', () => 2, { tags: (value) => [`n${value}`] });
    await cache.invalidateTags(['n2']);
    expect(cache.memory.keys()).toEqual(['a']);
    await cache.invalidateTags(['x']);
    expect(cache.memory.keys()).toEqual([]);
  });

  const throwing = (): never => {
    throw new Error('broken option');
  };
  it.each([
    ['ttl', { ttl: throwing }],
    ['tags', { tags: throwing }],
    ['cacheIf', { cacheIf: throwing }],
    ['ttl that gives NaN', { ttl: () => NaN }],
    ['ttl that gives nothing', { ttl: () => undefined as never }],
    ['tags that gives no list', { tags: () => 'x' as never }],
    ['tags that gives numbers', { tags: () => [1] as never }],
  ])(
    '%s as a function that fails: the value is delivered, not kept, and it is logged',
    async (_option, options) => {
      const { cache, logger } = scenario();
      expect(await load(cache, 'key', () => 'value', options)).toBe('value');
      expect(cache.memory.has('key')).toBe(false);
      expect(logger.errors).toEqual([
        expect.stringMatching(/^default: a loaded value was handed over but not kept: /),
      ]);
      expect(await load(cache, 'key', () => 'again', options)).toBe('again');
    },
  );

  it.each<[string, object, RegExp]>([
    ['ttl', { ttl: NaN }, /^ttl: got NaN/],
    ['ttl', { ttl: -1 }, /^ttl: got -1/],
    ['ttl', { ttl: '5 parsecs' }, /^ttl: got "5 parsecs"/],
    ['ttl', { ttl: null }, /^ttl: got null/],
    ['negativeTtl', { negativeTtl: -1 }, /^negativeTtl: got -1/],
    ['cacheIf', { cacheIf: 5 as never }, /^cacheIf: got 5/],
    ['tags', { tags: 'x' }, /^tags: got "x"/],
    ['tags', { tags: [1] }, /^tags: got \[1\]/],
    ['jitter', { jitter: 2 }, /^jitter: got 2/],
    ['jitter', { jitter: NaN }, /^jitter: got NaN/],
    ['jitter', { jitter: -0.1 }, /^jitter: got -0.1/],
    ['jitter', { jitter: '0.5' }, /^jitter: got "0.5"/],
    ['tiers', { tiers: ['disk'] }, /^tiers: got "disk"/],
    ['category', { category: 5 }, /^category: got 5/],
    ['staleWhileRevalidate', { staleWhileRevalidate: -1 }, /^staleWhileRevalidate: got -1/],
    ['staleIfError', { staleIfError: new Date(0) }, /^staleIfError: .*must be a duration/],
    ['softTimeout', { softTimeout: NaN }, /^softTimeout: got NaN/],
    ['softTimeout', { softTimeout: 5, hardTimeout: 5 }, /^softTimeout: got 5, .*hardTimeout/],
    ['hardTimeout', { hardTimeout: 0 }, /^hardTimeout: got 0, must be a duration of more than 0/],
    ['hardTimeout', { hardTimeout: 'soon' }, /^hardTimeout: got "soon"/],
    ['refreshAhead', { refreshAhead: 1.5 }, /^refreshAhead: got 1.5, must be a number from 0 to 1/],
    ['remote', { remote: {} }, /^remote: .*not in this version/],
    ['lock', { lock: 'cluster' }, /^lock: .*not in this version/],
    ['lock', { lock: 'machine' }, /^lock: .*'file' is not among the tiers/],
    ['lock', { lock: 'everywhere' }, /^lock: got "everywhere".*must be 'process' or 'machine'$/],
    ['signal', { signal: {} }, /^signal: .*must be an AbortSignal/],
    ['forceRefresh', { forceRefresh: 'yes' }, /^forceRefresh: got "yes", must be true or false/],
    ['forceRefresh', { forceRefresh: null }, /^forceRefresh: got null, must be true or false/],
    ['useFileCache', { useFileCache: 'yes' }, /^useFileCache: got "yes", must be true or false/],
    ['useFileCache', { useFileCache: 1, tiers: ['file'] }, /^useFileCache: got 1, must be true/],
  ])('a bad %s: is refused by name before the factory runs', async (_option, options, message) => {
    const { cache } = scenario();
    const error = await load(cache, 'key', notCalled, options).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({
      name: 'CacheOptionsError',
      message: expect.stringMatching(message),
    });
  });
});

describe.each(LOADERS_WITH_CONTEXT)('The context of a factory by $name', ({ load }) => {
  it('setTtl wins over the option, and over negativeTtl', async () => {
    const { cache, clock } = scenario();
    const options = { ttl: 100, negativeTtl: 1 };
    await load(
      cache,
      'key',
      (context) => {
        context.setTtl('10s');
        return null;
      },
      options,
    );
    expect(freshFor(cache, clock.now())).toBe(10_000);
  });

  it('setTtl(0) keeps nothing', async () => {
    const { cache } = scenario();
    const value = await load(cache, 'key', (context) => {
      context.setTtl(0);
      return 1;
    });
    expect(value).toBe(1);
    expect(cache.memory.has('key')).toBe(false);
  });

  it('setTags wins over the option', async () => {
    const { cache } = scenario();
    const factory = (): number => 1;
    await load(
      cache,
      'key',
      (context) => {
        context.setTags(['own']);
        return factory();
      },
      { tags: ['option'] },
    );
    await cache.invalidateTags(['option']);
    expect(cache.memory.has('key')).toBe(true);
    await cache.invalidateTags(['own']);
    expect(cache.memory.has('key')).toBe(false);
  });

  it('skip hands the value over and keeps nothing', async () => {
    const { cache } = scenario();
    const skipping = load(cache, 'key', async (context) => {
      await Promise.resolve();
      context.skip();
      return 1;
    });
    const joined = load(cache, 'key', notCalled);
    expect(await Promise.all([skipping, joined])).toEqual([1, 1]);
    expect(cache.memory.has('key')).toBe(false);
  });

  it.each<
    [string, (context: { setTtl(ttl: never): void; setTags(tags: never): void }) => void, RegExp]
  >([
    ['setTtl', (context) => context.setTtl(NaN as never), /^setTtl: got NaN/],
    ['setTags', (context) => context.setTags('x' as never), /^setTags: got "x"/],
  ])('%s refuses what it cannot use, in the factory', async (_method, misuse, message) => {
    const { cache } = scenario();
    const loading = load(cache, 'key', (context) => {
      misuse(context);
      return 1;
    });
    await expect(loading).rejects.toThrow(message);
  });

  it('is each load’s own', async () => {
    const { cache } = scenario();
    await load(cache, 'a', (context) => {
      context.skip();
      return 1;
    });
    await load(cache, 'b', () => 2);
    expect(cache.memory.keys()).toEqual(['b']);
  });
});

describe('Load options of a category', () => {
  it('hold for its loads, unless the call says otherwise', async () => {
    const { cache, clock } = scenario({
      categories: {
        own: {
          ttl: 10,
          negativeTtl: 1,
          tags: ['own'],
          cacheIf: (value: unknown) => value !== 'no',
        },
      },
    });
    const options = { category: 'own' };
    await cache.wrap('no', () => 'no', options);
    await cache.wrap('yes', () => 'yes', options);
    await cache.wrap('null', () => null, options);
    await cache.wrap('tagged', () => 1, { ...options, tags: ['other'] });
    await cache.wrap('long', () => 1, { ...options, ttl: 99 });
    expect(cache.memory.keys(options)).toEqual(['yes', 'null', 'tagged', 'long']);
    clock.advance(1000);
    expect(cache.memory.keys(options)).toEqual(['yes', 'tagged', 'long']);
    await cache.invalidateTags(['own']);
    expect(cache.memory.keys(options)).toEqual(['tagged']);
  });

  it('ttl as a function is asked for what is set, too', async () => {
    const ttl = (value: unknown): number => value as number;
    const { cache, clock } = scenario({ categories: { own: { ttl } } });
    const category = 'own';
    await cache.wrap('loaded', () => 5, { category });
    await cache.set('set', 6, { category });
    cache.memory.set('in memory', 7, { category });
    await cache.set('tagged', 8, { category, tags: ['tag'] });
    await cache.set('own', 9, { category, ttl: 10 });
    const lasts = (key: string): number =>
      (cache.memory.get(key, { category }) as { expiresAt: number }).expiresAt - clock.now();
    const keys = ['loaded', 'set', 'in memory', 'tagged', 'own'];
    expect(keys.map(lasts)).toEqual([5000, 6000, 7000, 8000, 10_000]);
    expect((await cache.set('wrong', -1, { category })).error?.message).toMatch(
      /^categories\.own\.ttl: got -1/,
    );
  });
});

describe.each(LOADERS)('An option of a load that is undefined, by $name', ({ load }) => {
  const category = 'own';
  const LEFT_OUT = {
    category,
    ttl: undefined,
    tags: undefined,
    cacheIf: undefined,
    negativeTtl: undefined,
    staleIfError: undefined,
    hardTimeout: undefined,
    tiers: undefined,
    jitter: undefined,
    lock: undefined,
  } as object;

  it("leaves the category's tags on the value, so that it can be invalidated", async () => {
    const { cache } = scenario({ categories: { own: { tags: ['holdings'] } } });
    await load(cache, 'key', () => 'old', LEFT_OUT);
    await cache.invalidateTags(['holdings']);
    expect(await load(cache, 'key', () => 'new', LEFT_OUT)).toBe('new');
  });

  it("leaves the category's cacheIf, negativeTtl and staleIfError as they are", async () => {
    const { cache, clock } = scenario({
      categories: {
        own: {
          ttl: '1m',
          negativeTtl: '1s',
          staleIfError: '1h',
          cacheIf: (value: unknown) => value !== 'no',
        },
      },
    });
    await load(cache, 'refused', () => 'no', LEFT_OUT);
    expect(cache.memory.has('refused', { category })).toBe(false);
    await load(cache, 'nothing', () => null, LEFT_OUT);
    await load(cache, 'key', () => 'kept', LEFT_OUT);
    clock.advance(1000);
    expect(cache.memory.has('nothing', { category })).toBe(false);
    clock.advance('2m');
    const failing = (): never => {
      throw new Error('down');
    };
    expect(await load(cache, 'key', failing, LEFT_OUT)).toBe('kept');
  });

  it("leaves the category's hardTimeout", async () => {
    const { cache, clock } = scenario({ categories: { own: { hardTimeout: '50ms' } } });
    const answer = load(cache, 'key', () => new Promise<never>(() => {}), LEFT_OUT);
    const refused = expect(answer).rejects.toThrow(/50 ?ms|time/i);
    await clock.advance(50);
    await refused;
  });
});
