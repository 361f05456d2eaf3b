import { describe, expect, it } from '@jest/globals';
import { failAsAnswer } from '../../lib/core/loading/factory-wishes.js';
import type { Factory } from '../../lib/core/model/options.js';
import { until } from '../support/turns.js';
import { TIERS, tieredCaches } from './support/tiered-cache.js';

const OPTIONS = { ttl: 10, staleIfError: 60 };
const GONE = new Error('it is gone');

function failing(endsOld: boolean): Factory<string> {
  return (context) => {
    failAsAnswer(context, { endsOld });
    throw GONE;
  };
}

function down(): never {
  throw new Error('the source is down');
}

describe.each(TIERS)('a failure that is an answer, on %s', (_name, tiers) => {
  const open = tieredCaches(tiers);

  it('is handed over in the place of the stale value, with no pause, and leaves that', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    for (let time = 0; time < 2; time++) {
      await expect(cache.wrap('key', failing(false), OPTIONS)).rejects.toBe(GONE);
    }
    expect(await cache.wrap('key', down, OPTIONS)).toBe('old');
    expect(cache.getStats().loads).toMatchObject({ count: 4, failures: 3 });
  });

  it('may end it', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    await expect(cache.wrap('key', failing(true), OPTIONS)).rejects.toBe(GONE);
    await expect(cache.wrap('key', down, OPTIONS)).rejects.toThrow('the source is down');
  });

  it('may end one that is fresh', async () => {
    const { cache } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    const forced = { ...OPTIONS, forceRefresh: true };
    await expect(cache.wrap('key', failing(true), forced)).rejects.toBe(GONE);
    expect(await cache.has('key')).toBe(false);
  });

  it('may end it by a renewal', async () => {
    const { cache, clock } = open();
    const options = { ttl: 10, staleWhileRevalidate: 60 };
    await cache.wrap('key', () => 'old', options);
    clock.advance('11s');
    expect(await cache.wrap('key', failing(true), options)).toBe('old');
    await until(() => cache.getStats().loads.failures === 1);
    expect(await cache.wrap('key', () => 'new', options)).toBe('new');
  });

  it('ends nothing that was set meanwhile', async () => {
    const { cache, clock } = open();
    await cache.wrap('key', () => 'old', OPTIONS);
    clock.advance('11s');
    const overtaken: Factory<string> = async (context) => {
      await cache.set('key', 'set', OPTIONS);
      return failing(true)(context);
    };
    await expect(cache.wrap('key', overtaken, OPTIONS)).rejects.toBe(GONE);
    expect((await cache.get('key')).value).toBe('set');
  });
});
