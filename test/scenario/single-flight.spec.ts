import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { deferred } from '../support/deferred.js';
import { settle } from '../support/turns.js';
import { LOADERS, notCalled } from './support/loaders.js';
import { scenario } from './support/scenario-cache.js';

const CALLERS = 1000;

describe.each(LOADERS)('Promise 1, by $name', ({ load }) => {
  it('a thousand concurrent callers on a cold key run the factory once and all get its value', async () => {
    const { cache } = scenario();
    const source = deferred<object>();
    let runs = 0;
    const factory = (): Promise<object> => {
      runs++;
      return source.promise;
    };
    const callers = Array.from({ length: CALLERS }, () => load(cache, 'key', factory));
    await settle();
    const value = { price: 1 };
    source.resolve(value);
    const answers = await Promise.all(callers);
    expect(runs).toBe(1);
    expect(answers.every((answer) => answer === value)).toBe(true);
    expect(cache.getStats().loads).toMatchObject({
      count: 1,
      failures: 0,
      coalesced: CALLERS - 1,
    });
  });

  it('a thousand concurrent callers run a failing factory once and all get its own error', async () => {
    const { cache } = scenario();
    const source = deferred<never>();
    let runs = 0;
    const factory = (): Promise<never> => {
      runs++;
      return source.promise;
    };
    const callers = Array.from({ length: CALLERS }, () => load(cache, 'key', factory));
    const error = new TypeError('the source is down');
    source.reject(error);
    const answers = await Promise.allSettled(callers);
    expect(runs).toBe(1);
    expect(answers.every((answer) => 'reason' in answer && answer.reason === error)).toBe(true);
    expect(cache.getStats().loads).toMatchObject({ count: 1, failures: 1 });
  });

  it('callers that come while it runs, in later turns of the event loop, join it too', async () => {
    const { cache } = scenario();
    const source = deferred<number>();
    const first = load(cache, 'key', () => source.promise);
    const joined: Promise<number>[] = [];
    for (let turn = 0; turn < 5; turn++) {
      await settle();
      joined.push(load(cache, 'key', notCalled));
    }
    source.resolve(1);
    expect(await Promise.all([first, ...joined])).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('a caller that comes at the moment of its answer finds the value', async () => {
    const { cache } = scenario();
    const source = deferred<number>();
    const first = load(cache, 'key', () => source.promise);
    source.resolve(1);
    for (let microtask = 0; microtask < 12; microtask++) {
      expect(await load(cache, 'key', notCalled)).toBe(1);
    }
    expect(await first).toBe(1);
  });

  it('a failed load is not kept: the next caller loads again', async () => {
    const { cache } = scenario();
    await expect(load(cache, 'key', () => Promise.reject(new Error('first')))).rejects.toThrow(
      'first',
    );
    await expect(load(cache, 'key', () => Promise.reject(new Error('second')))).rejects.toThrow(
      'second',
    );
    expect(await load(cache, 'key', () => Promise.resolve('third'))).toBe('third');
    expect(await load(cache, 'key', notCalled)).toBe('third');
  });

  it('a failed load takes nothing away: what was in another key is there', async () => {
    const { cache } = scenario();
    await cache.set('other', 1);
    await expect(load(cache, 'key', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await load(cache, 'other', notCalled)).toBe(1);
  });

  it('an error thrown at once is treated like one that comes later', async () => {
    const { cache } = scenario();
    const error = new RangeError('at once');
    await expect(
      load(cache, 'key', () => {
        throw error;
      }),
    ).rejects.toBe(error);
    expect(await load(cache, 'key', () => 2)).toBe(2);
  });

  it('loads of two keys, and of one key in two categories, do not wait for one another', async () => {
    const { cache } = scenario();
    const never = deferred<string>();
    const stuck = load(cache, 'key', () => never.promise);
    expect(await load(cache, 'other', () => Promise.resolve('other'))).toBe('other');
    const options = { category: 'second' };
    expect(await load(cache, 'key', () => Promise.resolve('second'), options)).toBe('second');
    never.resolve('first');
    expect(await stuck).toBe('first');
    expect(await load(cache, 'key', notCalled, options)).toBe('second');
  });

  it.each([undefined, null, 0, '', false, NaN])(
    'the value %p is kept like any other',
    async (value) => {
      const { cache } = scenario();
      expect(await load<unknown>(cache, 'key', () => Promise.resolve(value))).toBe(value);
      expect(await load<unknown>(cache, 'key', notCalled)).toBe(value);
      expect(await cache.get('key')).toMatchObject({ success: true, value, source: 'memory' });
    },
  );
});

describe('What was thrown', () => {
  it.each<[unknown]>([['text'], [undefined], [null], [{ code: 1 }]])(
    'reaches the caller of wrap untouched though it is %p and no error, and getOrSet as a cause',
    async (thrown) => {
      const { cache } = scenario();
      const factory = (): Promise<never> => {
        // oxlint-disable-next-line no-throw-literal -- it is the point
        throw thrown;
      };
      await expect(cache.wrap('key', factory)).rejects.toBe(thrown);
      const result = await cache.getOrSet('key', factory);
      expect(result).toMatchObject({ success: false, source: 'function', reason: 'error' });
      expect(result.error).toBeInstanceOf(Error);
      expect(result.error!.cause).toBe(thrown);
    },
  );
});

describe('A load from within a load', () => {
  it('of another key works, and both are kept', async () => {
    const { cache } = scenario();
    const outer = await cache.wrap('outer', async () => {
      const inner = await cache.wrap('inner', () => 1);
      return inner + 1;
    });
    expect(outer).toBe(2);
    expect(cache.memory.keys()).toEqual(['inner', 'outer']);
  });
});

describe.each(LOADERS)('What can be consumed once only, by $name', ({ load }) => {
  it.each<[string, () => object]>([
    ['a generator', () => [1, 2].values()],
    ['a stream', () => Readable.from([1, 2])],
  ])('is made for each caller who waits: %s', async (_what, make) => {
    const { cache } = scenario();
    const source = deferred<void>();
    const factory = async (): Promise<object> => {
      await source.promise;
      return make();
    };
    const callers = [1, 2, 3].map(() => load(cache, 'key', factory));
    source.resolve();
    const read: number[][] = [];
    for (const caller of await Promise.all(callers)) {
      const values: number[] = [];
      for await (const value of caller as AsyncIterable<number>) values.push(value);
      read.push(values);
    }
    expect(read).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(cache.memory.keys()).toEqual([]);
  });

  it('is not looked for in a value that cannot be looked at', async () => {
    const { cache } = scenario();
    const refuses = new Proxy(
      {},
      { get: (_target, name) => (name === 'then' ? undefined : fail()) },
    );
    const factory = async (): Promise<object> => {
      await settle();
      return refuses;
    };
    const callers = [1, 2].map(() => load(cache, 'key', factory));
    for (const value of await Promise.all(callers)) expect(value === refuses).toBe(true);
  });
});

function fail(): never {
  throw new Error('looked at');
}
