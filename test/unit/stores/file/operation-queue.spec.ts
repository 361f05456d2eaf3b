import { describe, expect, it } from '@jest/globals';
import { OperationQueue } from '../../../../lib/core/stores/file/operation-queue.js';

/** Operations that end when the test says so. */
function staged(queue: OperationQueue) {
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const operation = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => {
      ends.set(name, () => resolve(name));
    });
  };
  return {
    started,
    run: (lane: string, name: string) => queue.run(lane, operation(name)),
    runFirst: (lane: string, name: string) => queue.runFirst(lane, operation(name)),
    runIdle: (lane: string, name: string) => queue.runIdle(lane, operation(name)),
    /** Ends an operation, and lets what waited for it start. */
    end: async (name: string) => {
      ends.get(name)!();
      await settled();
    },
  };
}

/** A macrotask: every continuation that can run has run. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('An operation queue', () => {
  it('runs at most so many at a time, first come, first served', async () => {
    const { started, run, end } = staged(new OperationQueue(2));
    for (const name of ['a', 'b', 'c', 'd']) void run(name, name);
    expect(started).toEqual(['a', 'b']);
    await end('b');
    expect(started).toEqual(['a', 'b', 'c']);
    await end('a');
    expect(started).toEqual(['a', 'b', 'c', 'd']);
  });

  it('runs those of one lane one after the other, and holds up no other lane', async () => {
    const { started, run, end } = staged(new OperationQueue(3));
    for (const name of ['x1', 'x2', 'x3']) void run('x', name);
    void run('y', 'y1');
    expect(started).toEqual(['x1', 'y1']);
    await end('x1');
    await end('x2');
    expect(started).toEqual(['x1', 'y1', 'x2', 'x3']);
  });

  it('starts before all that wait what makes room for them, in its lane in the order of the calls', async () => {
    const { started, run, runFirst, runIdle, end } = staged(new OperationQueue(1));
    void run('x', 'x1');
    void runIdle('idle', 'idle');
    for (const name of ['a', 'b']) void run(name, name);
    void runFirst('x', 'x2');
    void runFirst('y', 'y1');
    await end('x1');
    for (const name of ['y1', 'x2', 'a', 'b']) await end(name);
    expect(started).toEqual(['x1', 'y1', 'x2', 'a', 'b', 'idle']);
  });

  it('gives back what an operation gave, and what it threw', async () => {
    const queue = new OperationQueue(1);
    const failure = new Error('disk');
    const thrown = queue.run('a', () => {
      throw failure;
    });
    const rejected = queue.run('a', () => Promise.reject(failure));
    const given = queue.run('a', () => Promise.resolve(undefined));
    await expect(thrown).rejects.toBe(failure);
    await expect(rejected).rejects.toBe(failure);
    await expect(given).resolves.toBeUndefined();
    expect(queue.isFree('a')).toBe(true);
  });

  it('counts an operation no more once its caller goes on, whether it gave or threw', async () => {
    const queue = new OperationQueue(1);
    await queue.run('a', () => Promise.resolve());
    expect(queue.isFree('a')).toBe(true);
    await queue.run('a', () => Promise.reject(new Error('disk'))).catch(() => {});
    expect(queue.isFree('a')).toBe(true);
  });

  it('tells in which lanes an operation would start at once', async () => {
    const queue = new OperationQueue(2);
    const { run, end } = staged(queue);
    void run('a', 'a');
    expect(['a', 'b'].map((lane) => queue.isFree(lane))).toEqual([false, true]);
    void run('b', 'b');
    void run('a', 'waiting');
    expect(['a', 'b', 'c'].map((lane) => queue.isFree(lane))).toEqual([false, false, false]);
    await end('b');
    expect(['a', 'b', 'c'].map((lane) => queue.isFree(lane))).toEqual([false, true, true]);
    await end('a');
    await end('waiting');
    expect(queue.isFree('a')).toBe(true);
  });

  it('is idle when nothing runs or waits, also when operations fail', async () => {
    const queue = new OperationQueue(1);
    await queue.idle();
    const { run, end } = staged(queue);
    let idle = false;
    void run('a', 'a');
    const failing = queue.run('b', () => Promise.reject(new Error('disk'))).catch(() => {});
    void queue.idle().then(() => {
      idle = true;
    });
    await settled();
    expect(idle).toBe(false);
    await end('a');
    await failing;
    expect(idle).toBe(true);
  });

  it('takes thousands of operations in one lane', async () => {
    const queue = new OperationQueue(3);
    const order: number[] = [];
    for (let at = 0; at < 5000; at++) {
      void queue.run('a', () => Promise.resolve(order.push(at)));
    }
    await queue.idle();
    expect(order).toEqual(Array.from({ length: 5000 }, (_, at) => at));
  });

  it('takes thousands of operations that throw, in one lane', async () => {
    const queue = new OperationQueue(3);
    const failure = new Error('disk');
    void queue.run('a', () => settled());
    const thrown = Array.from({ length: 20_000 }, () =>
      queue.run('a', () => {
        throw failure;
      }),
    );
    const results = await Promise.allSettled(thrown);
    expect(new Set(results.map((each) => each.status === 'rejected' && each.reason))).toEqual(
      new Set([failure]),
    );
    expect(queue.isFree('a')).toBe(true);
  });

  it('takes operations that start others', async () => {
    const queue = new OperationQueue(1);
    const order: string[] = [];
    await queue.run('a', () => {
      void queue.run('a', () => Promise.resolve(order.push('a2')));
      void queue.run('b', () => Promise.resolve(order.push('b')));
      return Promise.resolve(order.push('a1'));
    });
    await queue.idle();
    expect(order.sort()).toEqual(['a1', 'a2', 'b']);
  });
});

describe('An idle operation', () => {
  it('starts when no other waits', async () => {
    const { started, run, runIdle, end } = staged(new OperationQueue(1));
    void runIdle('a', 'a');
    void runIdle('b', 'b');
    void run('c', 'c');
    void run('d', 'd');
    for (const name of ['a', 'c', 'd', 'b']) await end(name);
    expect(started).toEqual(['a', 'c', 'd', 'b']);
  });

  it('has its turn under a load that never ends, and no more than its share', async () => {
    const { started, run, runIdle, end } = staged(new OperationQueue(1));
    void run('first', 'first');
    for (const name of ['idle 1', 'idle 2']) void runIdle(name, name);
    for (let at = 0; at < 30; at++) void run(`${at}`, `${at}`);
    while (started.length < 25) await end(started.at(-1)!);
    expect(started.flatMap((name, at) => (name.startsWith('idle') ? [at] : []))).toEqual([9, 18]);
    expect(started.filter((name) => /^\d/.test(name)).map(Number)).toEqual([...Array(22).keys()]);
  });

  it('that was hurried by one behind it does not start twice when its turn comes', async () => {
    const { started, run, runIdle, end } = staged(new OperationQueue(1));
    void run('first', 'first');
    void runIdle('a', 'idle');
    void run('a', 'urgent');
    for (let at = 0; at < 12; at++) void run(`${at}`, `${at}`);
    while (started.length < 15) await end(started.at(-1)!);
    expect(new Set(started).size).toBe(15);
    expect(started.slice(0, 3)).toEqual(['first', 'idle', '0']);
  });

  it('still waits when only idle ones are behind it in its lane', async () => {
    const { started, run, runIdle, end } = staged(new OperationQueue(1));
    void run('a', 'a');
    void runIdle('a', 'idle 1');
    void runIdle('a', 'idle 2');
    void run('b', 'b');
    await end('a');
    void run('c', 'c');
    for (const name of ['b', 'c', 'idle 1', 'idle 2']) await end(name);
    expect(started).toEqual(['a', 'b', 'c', 'idle 1', 'idle 2']);
  });

  it.each(['ready', 'behind another'])(
    'does not hold up what comes behind it in its lane, when it is %s',
    async (place) => {
      const { started, run, runIdle, end } = staged(new OperationQueue(1));
      const first = place === 'ready' ? 'b' : 'a';
      void run(first, 'first');
      void runIdle('a', 'idle 1');
      void runIdle('a', 'idle 2');
      void run('a', 'urgent');
      void runIdle('c', 'idle of another');
      const order = ['first', 'idle 1', 'idle 2', 'urgent', 'idle of another'];
      for (const name of order) await end(name);
      expect(started).toEqual(order);
    },
  );
});

/** The same sequence every time. */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * sides);
  };
}

describe('Random operations', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'never break a promise of the queue (seed %i)',
    async (seed) => {
      const roll = dice(seed);
      const concurrency = 1 + roll(4);
      const queue = new OperationQueue(concurrency);
      const calls = new Map<string, number[]>();
      const starts = new Map<string, number[]>();
      const running = new Map<string, { lane: string; end: () => void }>();
      const results: Promise<unknown>[] = [];
      const ended = new Map<string, number>();
      const endOne = async (): Promise<void> => {
        const [name, { lane, end }] = [...running][roll(running.size)]!;
        running.delete(name);
        ended.set(lane, (ended.get(lane) ?? 0) + 1);
        end();
        await settled();
      };
      for (let at = 0; at < 400; at++) {
        if (roll(3) === 0 && running.size > 0) await endOne();
        const lane = `lane ${roll(6)}`;
        calls.set(lane, [...(calls.get(lane) ?? []), at]);
        const fails = roll(5) === 0;
        const operation = (): Promise<number> => {
          starts.set(lane, [...(starts.get(lane) ?? []), at]);
          expect([...running.values()].map((other) => other.lane)).not.toContain(lane);
          return new Promise((resolve, reject) => {
            const end = (): void => (fails ? reject(new Error(`${at}`)) : resolve(at));
            running.set(`${at}`, { lane, end });
          });
        };
        const result = roll(3) === 0 ? queue.runIdle(lane, operation) : queue.run(lane, operation);
        results.push(
          result.then(
            (value) => expect([fails, value]).toEqual([false, at]),
            (error: Error) => expect([fails, error.message]).toEqual([true, `${at}`]),
          ),
        );
        expect(running.size).toBeLessThanOrEqual(concurrency);
        const busy = [...calls].filter(([lane, all]) => all.length > (ended.get(lane) ?? 0)).length;
        // Nothing stands still while a lane has something to do and there is a place for it.
        expect(running.size).toBe(Math.min(concurrency, busy));
      }
      while (running.size > 0) await endOne();
      await Promise.all(results);
      await queue.idle();
      expect(starts).toEqual(calls);
    },
  );
});
