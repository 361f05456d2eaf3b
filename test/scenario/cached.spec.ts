import { describe, expect, it } from '@jest/globals';
import { deferred } from '../support/deferred.js';
import { settle } from '../support/turns.js';
import { scenario } from './support/scenario-cache.js';

describe('A cached synchronous function', () => {
  it('stays synchronous, on a miss and on a hit', () => {
    const { cache } = scenario();
    let runs = 0;
    const square = cache.cached(function square(n: number): number {
      runs++;
      return n * n;
    });
    expect([square(3), square(3), square(4)]).toEqual([9, 9, 16]);
    expect(runs).toBe(2);
    expect(cache.getStats().loads).toMatchObject({ count: 2, failures: 0 });
  });

  it('throws its own error at once, and is not cached then', () => {
    const { cache } = scenario();
    const error = new RangeError('own');
    let runs = 0;
    const fails = cache.cached(function fails(): number {
      if (++runs < 3) throw error;
      return runs;
    });
    expect(fails).toThrow(error);
    expect(fails).toThrow(error);
    expect([fails(), fails()]).toEqual([3, 3]);
    expect(cache.getStats().loads).toMatchObject({ count: 3, failures: 2 });
  });

  it('hands over a value that throws when it is asked whether it is a promise', () => {
    const { cache } = scenario();
    const value = {
      // oxlint-disable-next-line unicorn/no-thenable -- it is the point
      get then(): unknown {
        throw new Error('no answer');
      },
    };
    const odd = cache.cached(function odd(_n: number): unknown {
      return value;
    });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const gone = cache.cached(function gone(_n: number): unknown {
      return proxy;
    });
    expect([odd(1) === value, odd(1) === value, gone(1) === proxy]).toEqual([true, true, true]);
    expect(cache.getStats().loads).toMatchObject({ count: 2, failures: 0 });
  });

  it('can call itself a thousand times before any call has waited', async () => {
    const { cache } = scenario();
    const price = cache.cached(async function priceOf(day: number): Promise<number> {
      return day === 0 ? 100 : (await price(day - 1)) + 1;
    });
    const wrapped = (day: number): Promise<number> =>
      cache.wrap(`price of ${day}`, async () => (day === 0 ? 100 : (await wrapped(day - 1)) + 1));
    expect(await Promise.all([price(1500), wrapped(1500)])).toEqual([1600, 1600]);
    expect(cache.getStats().loads).toMatchObject({ count: 3002, failures: 0 });
  });

  it('can call itself: every step is cached', () => {
    const { cache } = scenario();
    let runs = 0;
    const fibonacci: (n: number) => number = cache.cached(
      (n: number): number => {
        runs++;
        return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
      },
      { name: 'fibonacci' },
    );
    expect(fibonacci(70)).toBe(190_392_490_709_135);
    expect(runs).toBe(71);
  });

  it('stays synchronous while a load of its key is under way elsewhere, and has the last word', async () => {
    const { cache } = scenario();
    const now = cache.cached((): string => 'now', { key: () => 'key', ttl: 5 });
    expect(now()).toBe('now');
    await cache.delete('key');
    const source = deferred<string>();
    const loading = cache.wrap('key', () => source.promise);
    expect(now()).toBe('now');
    source.resolve('late');
    expect(await loading).toBe('late');
    expect(cache.memory.get('key').value).toBe('now');
  });

  it('whose cache is written while it runs does not undo the write', async () => {
    const { cache } = scenario();
    const answers = cache.cached(
      function answers(): string {
        cache.memory.set('key', 'set');
        void cache.invalidateTags(['tag']);
        return 'computed';
      },
      { key: () => 'key', tags: ['tag'] },
    );
    expect(answers()).toBe('computed');
    expect(cache.memory.get('key').value).toBe('set');
  });
});

describe('A cached function that gives promises', () => {
  it.each<[string, (n: number) => Promise<number>]>([
    ['async', async (n) => n + 1],
    ['giving a promise without being async', (n) => Promise.resolve(n + 1)],
  ])('%s: gives a promise on a hit too', async (_kind, fn) => {
    const { cache } = scenario();
    const next = cache.cached(fn, { name: 'next' });
    expect(await next(1)).toBe(2);
    const again = next(1);
    expect(again).toBeInstanceOf(Promise);
    expect(await again).toBe(2);
    expect(cache.getStats().loads.count).toBe(1);
  });

  it('is known to be async before it has run, from an entry that another left', async () => {
    const { cache } = scenario();
    const options = { key: () => 'key' };
    await cache.cached(async () => 1, options)();
    const again = cache.cached(async () => 2, options)();
    expect(again).toBeInstanceOf(Promise);
    expect(await again).toBe(1);
  });

  it('gives a promise from a second wrapper of the same function', async () => {
    const { cache } = scenario();
    const find = (id: number): Promise<number> => Promise.resolve(id);
    await cache.cached(find)(1);
    const again: unknown = cache.cached(find)(1);
    expect(again).toBeInstanceOf(Promise);
    expect(await again).toBe(1);
  });

  it('takes a thenable for a promise', async () => {
    const { cache } = scenario();
    let runs = 0;
    const thenable = (): PromiseLike<number> => {
      runs++;
      // oxlint-disable-next-line unicorn/no-thenable -- it is the point
      return { then: (resolve) => Promise.resolve(7).then(resolve) } as PromiseLike<number>;
    };
    const lazy = cache.cached(thenable, { name: 'lazy' });
    expect(await Promise.all([lazy(), lazy()])).toEqual([7, 7]);
    expect(await lazy()).toBe(7);
    expect(runs).toBe(1);
  });

  it('shares one run between concurrent calls with equal arguments only', async () => {
    const { cache } = scenario();
    const sources = [deferred<string>(), deferred<string>()];
    let runs = 0;
    const load = cache.cached(async function load(query: object): Promise<string> {
      runs++;
      return `${JSON.stringify(query)}: ${await sources[runs - 1]!.promise}`;
    });
    const calls = [load({ a: 1, b: 2 }), load({ b: 2, a: 1 }), load({ a: 2, b: 1 })];
    sources[0]!.resolve('first');
    sources[1]!.resolve('second');
    const answers = await Promise.all(calls);
    expect(answers).toEqual([
      '{"a":1,"b":2}: first',
      '{"a":1,"b":2}: first',
      '{"a":2,"b":1}: second',
    ]);
    expect(runs).toBe(2);
  });
});

describe('A cached function', () => {
  it('keeps its name, its length and its this', () => {
    const { cache } = scenario();
    const rates = {
      factor: 2,
      scaled: cache.cached(function scaled(
        this: { factor: number },
        n: number,
        _m: number,
      ): number {
        return this.factor * n;
      }),
    };
    expect(rates.scaled.name).toBe('scaled');
    expect(rates.scaled.length).toBe(2);
    expect(rates.scaled(4, 0)).toBe(8);
  });

  it('tells its arguments apart', () => {
    const { cache } = scenario();
    const show = cache.cached(function show(...args: unknown[]): string {
      return args.map((arg) => `${typeof arg}:${String(arg)}`).join();
    });
    const calls: unknown[][] = [
      [1],
      ['1'],
      [undefined],
      [null],
      [],
      [true],
      ['true'],
      [1, 2],
      ['1,2'],
      [0],
      [-0],
    ];
    const answers = calls.map((args) => show(...args));
    expect(calls.map((args) => show(...args))).toEqual(answers);
    expect(cache.getStats().loads.count).toBe(calls.length);
  });

  it('runs uncached where no key can be made, which is said once', () => {
    const { cache, logger } = scenario();
    let runs = 0;
    const apply = cache.cached(function apply(fn: () => number): number {
      runs++;
      return fn();
    });
    expect([apply(() => 1), apply(() => 1), apply(() => 2)]).toEqual([1, 1, 2]);
    expect(runs).toBe(3);
    expect(logger.warnings).toEqual([
      'apply ran uncached: a function (anonymous) cannot be part of a cache key; give it a `key` option',
    ]);
    expect(cache.memory.keys()).toEqual([]);
  });

  it('runs uncached where its key function throws, which is said once', async () => {
    const { cache, logger } = scenario();
    const load = cache.cached(async (user: { id: string }) => user?.id ?? 'nobody', {
      name: 'load',
      key: ({ id }) => id,
    });
    expect(await load(undefined as never)).toBe('nobody');
    expect(await load(undefined as never)).toBe('nobody');
    expect(await load({ id: 'a' })).toBe('a');
    expect(logger.warnings).toEqual([
      expect.stringMatching(/^load ran uncached: its key function threw /),
    ]);
    expect(cache.memory.keys()).toEqual(['a']);
  });

  it('says so where an argument throws that is read for the key', async () => {
    const { cache, logger } = scenario();
    const load = cache.cached(async (_of: object) => 1, { name: 'load' });
    const hostile = {
      get id(): string {
        throw new Error('boom');
      },
    };
    expect(await load(hostile)).toBe(1);
    expect(logger.warnings).toEqual([
      'load ran uncached: reading its arguments threw boom; give it a `key` option',
    ]);
  });

  it('uses the key option, which sees this and the arguments', async () => {
    const { cache } = scenario();
    const service = {
      tenant: 'acme',
      find: cache.cached(async (id: number, _at: Date) => id, {
        name: 'find',
        key(this: { tenant: string }, id: number) {
          return `${this.tenant}/${id}`;
        },
      }),
    };
    await service.find(5, new Date());
    expect(cache.memory.keys()).toEqual(['acme/5']);
  });

  it.each<[unknown]>([[5], [undefined], [null], [{}], [Promise.resolve('key')]])(
    'whose key function gives %p fails with an error that names it',
    (key) => {
      const { cache } = scenario();
      const find = cache.cached(
        function find(): number {
          return 1;
        },
        { key: () => key as string },
      );
      expect(find).toThrow(/^find key: got .*, must be a string$/);
    },
  );

  it('that gives promises rejects where its key function gives no string', async () => {
    const { cache } = scenario();
    const find = cache.cached(async () => 1, { name: 'find', key: () => 5 as never });
    await expect(find()).rejects.toThrow(/^find key: got 5, must be a string$/);
  });

  it('shares its entries with another of the same name in the category, and with none in another', () => {
    const { cache } = scenario();
    const one = cache.cached(() => 1, { name: 'same' });
    const two = cache.cached(() => 2, { name: 'same' });
    const three = cache.cached(() => 3, { name: 'same', category: 'second' });
    const four = cache.cached(() => 4, { name: 'other' });
    expect([one(), two(), three(), four()]).toEqual([1, 1, 3, 4]);
  });

  it('does not share entries between a name and a name with arguments that look alike', () => {
    const { cache } = scenario();
    const one = cache.cached((_n: number) => 'one', { name: 'f' });
    const two = cache.cached(() => 'two', { name: 'f(n1)' });
    const three = cache.cached((_text: string) => 'three', { name: 'f' });
    expect([one(1), two(), three('n1'), one(1)]).toEqual(['one', 'two', 'three', 'one']);
  });

  it('is reached by delete, invalidateTags and clear like any entry', async () => {
    const { cache } = scenario();
    let runs = 0;
    const count = cache.cached(() => ++runs, { key: () => 'count', tags: ['tag'] });
    count();
    await cache.delete('count');
    expect(count()).toBe(2);
    await cache.invalidateTags(['tag']);
    expect(count()).toBe(3);
    await cache.clear();
    expect([count(), count()]).toEqual([4, 4]);
  });

  it('loads each time with forceRefresh, and stores for others', () => {
    const { cache } = scenario();
    let runs = 0;
    const options = { key: () => 'count' };
    const renew = cache.cached(() => ++runs, { ...options, forceRefresh: true });
    const read = cache.cached(() => -1, options);
    expect([renew(), read(), renew(), read()]).toEqual([1, 1, 2, 2]);
  });

  it.each<[string, unknown, object, RegExp]>([
    ['no function', 5, {}, /^fn: got 5/],
    ['no name', () => 1, {}, /^name: got ""/],
    ['a bad ttl', parseInt, { ttl: -1 }, /^ttl: got -1/],
    ['a bad category', parseInt, { category: 1 }, /^category: got 1/],
    ['a key that is no function', parseInt, { key: 'k' }, /^key: got "k"/],
    ['a bad cacheIf', parseInt, { cacheIf: true }, /^cacheIf: got true/],
    ['an empty list of tiers', parseInt, { tiers: [] }, /^tiers: got \[\]/],
    [
      'a tier that is switched off',
      parseInt,
      { tiers: ['memory', 'file'] },
      /^tiers: got "file", must be a tier that is there: memory$/,
    ],
    ['useFileCache where there is no file tier', parseInt, { useFileCache: true }, /^useFileCache/],
    [
      'an unknown option',
      parseInt,
      { tll: 5 },
      /^tll: got 5, must be left out: there is no such option/,
    ],
    ['a later option', parseInt, { remote: 5 }, /^remote: .*not in this version/],
  ])('with %s is refused when it is made', (_what, fn, options, message) => {
    const { cache } = scenario();
    const attempt = (): unknown => cache.cached(fn as () => number, options);
    expect(attempt).toThrow(message);
    expect(attempt).toThrow(expect.objectContaining({ name: 'CacheOptionsError' }));
  });

  it('runs as itself when the cache is disabled, or closed', async () => {
    for (const options of [{ enabled: false }, {}]) {
      const { cache } = scenario(options);
      let runs = 0;
      const count = cache.cached((_fn?: () => void) => ++runs, { name: 'count' });
      if (cache.closed === false) await cache.close();
      expect([count(), count(), count(() => {})]).toEqual([1, 2, 3]);
    }
  });

  it('leaves nothing behind when its promise is never asked for', async () => {
    const { cache } = scenario();
    const load = cache.cached(async (n: number) => n, { name: 'load' });
    void load(1);
    await settle();
    expect(cache.memory.keys()).toHaveLength(1);
  });
});
