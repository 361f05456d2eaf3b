import { describe, expect, it } from '@jest/globals';
import { symlinkSync, mkdirSync } from 'node:fs';
import type { CacheLogger } from '../../lib/core/model/logger.js';
import { BOTH, cacheFolders } from './support/cache-folder.js';
import { FakeTier } from './support/fake-tier.js';
import { scenario } from './support/scenario-cache.js';
import { refuseUnhandled } from '../support/unhandled.js';

function throws(): never {
  throw new Error('log transport closed');
}

const LOGGERS: readonly (readonly [string, CacheLogger])[] = [
  ['throws', { warn: throws, error: throws }],
  ['rejects', { warn: async () => throws(), error: async () => throws() }],
];

const REVOKED = Proxy.revocable({}, {});
REVOKED.revoke();

/** What cannot be shown without running into what it throws. */
const UNPRINTABLE: readonly (readonly [string, unknown])[] = [
  ['an object without a prototype', Object.create(null)],
  ['a broken toString', { toString: throws }],
  [
    'an error with a broken message',
    Object.defineProperty(new Error('own'), 'message', { get: throws }),
  ],
  ['an error with a broken name', Object.defineProperty(new Error('own'), 'name', { get: throws })],
  ['an error with no text as its message', Object.assign(new Error(), { message: Symbol('s') })],
  ['a proxy of an error', new Proxy(new Error('own'), { get: throws })],
  ['a proxy with a broken prototype', new Proxy({}, { getPrototypeOf: throws })],
  ['a revoked proxy', REVOKED.proxy],
  ['a symbol', Symbol('s')],
];

refuseUnhandled();

const makeFolder = cacheFolders();

describe.each(LOGGERS)('A logger that %s', (_how, logger) => {
  it('takes nothing from a load that cannot be kept below memory', async () => {
    const folder = makeFolder();
    const { directory } = folder;
    mkdirSync(`${directory}-real`);
    symlinkSync(`${directory}-real`, directory);
    const cache = folder.open({ logger });
    expect(await cache.wrap('key', () => 42, { tiers: BOTH })).toBe(42);
    expect(await cache.delete('key')).toBe(true);
    await cache.cleanup();
  });

  it('takes nothing from a load whose TTL function throws', async () => {
    const { cache } = scenario({ logger });
    expect(await cache.wrap('key', () => 42, { ttl: throws })).toBe(42);
    expect(cache.cached(() => 42, { name: 'own', ttl: throws })()).toBe(42);
  });

  it('takes nothing from a write that a listener disturbs', async () => {
    const { cache } = scenario({ logger });
    cache.events.onAny(throws);
    expect(await cache.set('key', 1)).toMatchObject({ success: true });
    expect(cache.memory.set('key', 2)).toMatchObject({ success: true });
    expect(await cache.wrap('other', async () => 3)).toBe(3);
  });

  it('takes nothing from a call of which no key can be made', () => {
    const { cache } = scenario({ logger });
    expect(cache.cached((_unkeyable: () => void) => 42, { name: 'own' })(() => {})).toBe(42);
  });
});

describe.each(UNPRINTABLE)('What is thrown as %s', (_what, thrown) => {
  const throwIt = (): never => {
    throw thrown;
  };

  it('by a listener disturbs nobody, and is logged', async () => {
    const { cache, logger } = scenario();
    cache.events.on('load', throwIt);
    cache.events.on('load', async () => throwIt());
    expect(await cache.wrap('key', async () => 42)).toBe(42);
    expect(logger.errors).toHaveLength(2);
    expect(logger.errors[0]).toMatch(/^A listener to the cache's load events threw: ./);
  });

  it('by a function of a load loses only the storing, and is logged', async () => {
    const { cache, logger } = scenario();
    expect(await cache.wrap('key', () => 42, { ttl: throwIt })).toBe(42);
    expect(logger.errors).toHaveLength(1);
  });

  it('by a key function has the call run uncached, and is logged', () => {
    const { cache, logger } = scenario();
    expect(cache.cached(() => 42, { name: 'own', key: throwIt })()).toBe(42);
    expect(logger.warnings).toHaveLength(1);
  });

  it('by a factory comes back from wrap as it is, and in a result as an error', async () => {
    const { cache } = scenario();
    cache.events.onAny(() => {});
    const caught: unknown = await cache
      .wrap('key', async () => throwIt())
      .catch((e: unknown) => [e]);
    expect((caught as unknown[])[0] === thrown).toBe(true);
    const { error } = await cache.getOrSet('key', throwIt);
    expect(`${error!.message}.`).toMatch(/./);
  });
});

describe('A fault within a load', () => {
  it('is a failure to those who wait for it, and the next load begins anew', async () => {
    let broken = false;
    const tier = Object.assign(new FakeTier(), { stands: () => (broken ? throws() : true) });
    const { cache } = scenario({}, [tier]);
    const options = { tiers: BOTH, staleIfError: '1h', forceRefresh: true };
    cache.memory.set('key', 'old');
    const loading = cache.getOrSet(
      'key',
      () => {
        broken = true;
        throw new Error('own');
      },
      options,
    );
    expect(await loading).toMatchObject({
      success: false,
      error: { message: 'log transport closed' },
    });
    broken = false;
    expect(await cache.wrap('key', () => 'new', options)).toBe('new');
  });
});
