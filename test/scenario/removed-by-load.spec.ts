import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { Factory, TierName, WrapOptions } from '../../lib/core/model/options.js';
import type { ManualClock } from '../../lib/testing.js';
import { cacheFolders } from './support/cache-folder.js';
import { deferred } from '../support/deferred.js';
import { settle, until } from '../support/turns.js';

const newFolder = cacheFolders();

let clock: ManualClock;
let cache: CacheService;
/** What waits in the background has ended then; where there are files, memory has nothing any more. */
let restart: () => Promise<void>;

interface Way {
  readonly factory: Factory<unknown>;
  readonly options: WrapOptions<unknown>;
}

/** A product that the source does not have any more. */
const WAYS: Record<string, Way> = {
  'negativeTtl: 0': { factory: () => null, options: { negativeTtl: 0 } },
  'a ttl of 0': { factory: () => 'gone', options: { ttl: 0 } },
  'a ttl that is over': { factory: () => 'gone', options: { ttl: new Date(0) } },
  'a function that gives 0': { factory: () => 'gone', options: { ttl: () => 0 } },
  'setTtl(0)': {
    factory: (context) => {
      context.setTtl(0);
      return 'gone';
    },
    options: {},
  },
};

const TIERS: readonly TierName[][] = [['memory'], ['memory', 'file'], ['file']];

describe.each(TIERS.map((tiers) => [tiers.join(' and '), tiers] as const))(
  'A load that says not to keep its value, in %s',
  (_name, tiers) => {
    beforeEach(() => {
      const folder = newFolder();
      ({ clock } = folder);
      const open = (): CacheService =>
        folder.open({ categories: { default: { tiers, staleWhileRevalidate: '1h' } } });
      cache = open();
      restart = async () => {
        if (!tiers.includes('file')) return;
        await cache.close();
        cache = open();
      };
    });

    it.each(Object.entries(WAYS))(
      'removes what was there, forced: %s',
      async (_way, { factory, options }) => {
        await cache.set('product', 'old', { tags: ['tag'] });
        await cache.wrap('product', factory, { ...options, forceRefresh: true });
        expect(await cache.has('product')).toBe(false);
        expect(await cache.wrap('product', () => 'new')).toBe('new');
      },
    );

    it.each(Object.entries(WAYS))(
      'removes what was served stale: %s',
      async (_way, { factory, options }) => {
        await cache.set('product', 'old', { ttl: '1m' });
        clock.advance('2m');
        const all = { staleWhileRevalidate: '1h', ...options };
        expect(await cache.wrap('product', factory, all)).toBe('old');
        await until(async () => (await cache.explain('product')).load.state === 'none');
        expect(await cache.wrap('product', () => 'new', { ...all, ttl: '1m' })).toBe('new');
      },
    );

    it.each(Object.entries(WAYS))(
      'removes what other calls could be served stale: %s',
      async (_way, { factory, options }) => {
        const keeping = { ttl: '1m', staleWhileRevalidate: 0, staleIfError: '1h' } as const;
        await cache.wrap('product', () => 'old', keeping);
        await restart();
        clock.advance('2m');
        await cache.wrap('product', factory, { staleWhileRevalidate: 0, ...options });
        await restart();
        const down = (): never => {
          throw new Error('down');
        };
        await expect(cache.wrap('product', down, keeping)).rejects.toThrow('down');
      },
    );

    it('takes nothing away from what was set meanwhile', async () => {
      await cache.set('product', 'old');
      const source = deferred<null>();
      const loading = cache.wrap('product', () => source.promise, {
        negativeTtl: 0,
        forceRefresh: true,
      });
      await settle();
      await cache.set('product', 'set');
      source.resolve(null);
      expect(await loading).toBe(null);
      await settle();
      expect((await cache.get('product')).value).toBe('set');
    });

    it.each<[string, Way]>([
      ['cacheIf', { factory: () => 'error page', options: { cacheIf: () => false } }],
      [
        'skip',
        {
          factory: (context) => {
            context.skip();
            return 'error page';
          },
          options: {},
        },
      ],
    ])('leaves it there where the value is only left out: %s', async (_how, way) => {
      await cache.set('product', 'old');
      const value = await cache.wrap('product', way.factory, {
        ...way.options,
        forceRefresh: true,
      });
      expect([value, (await cache.get('product')).value]).toEqual(['error page', 'old']);
    });
  },
);
