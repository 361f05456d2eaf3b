import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createCache } from 'nestjs-tiered-cache/core';

afterEach(() => {
  jest.useRealTimers();
});

describe("While a test of somebody's has faked the time", () => {
  it.each([
    ['moved on by its timers', (ms: number) => jest.advanceTimersByTime(ms)],
    ['set', (ms: number) => jest.setSystemTime(Date.now() + ms)],
  ])('an entry expires when it is %s', async (_how, pass) => {
    jest.useFakeTimers();
    const cache = createCache();
    let runs = 0;
    const load = (): Promise<unknown> => cache.wrap('loaded', () => ++runs, { ttl: 60 });
    await cache.set('set', 1, { ttl: 60 });
    expect(await load()).toBe(1);
    pass(59_999);
    expect((await cache.get('set')).value).toBe(1);
    expect(await load()).toBe(1);
    pass(1);
    expect(await cache.get('set')).toMatchObject({ success: false, reason: 'expired' });
    expect(cache.memory.get('set').success).toBe(false);
    expect(await load()).toBe(2);
    await cache.close();
  });
});
