import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { TierName, WrapOptions } from '../../lib/core/model/options.js';
import { deferred } from '../support/deferred.js';
import { settle } from '../support/turns.js';
import { FakeTier } from './support/fake-tier.js';
import { scenario, type Scenario } from './support/scenario-cache.js';

const REMOVALS: [string, (cache: CacheService) => Promise<unknown>][] = [
  ['delete', (cache) => cache.delete('key')],
  ['deleteMany', (cache) => cache.deleteMany(['key'])],
  ['invalidateTags', (cache) => cache.invalidateTags(['tag'])],
  ['clear', (cache) => cache.clear()],
];

const TIERS: TierName[][] = [['file'], ['memory', 'file']];
const RENEWALS: [string, WrapOptions, number][] = [
  ['refreshAhead', { refreshAhead: 0, ttl: 60 }, 30],
  ['staleWhileRevalidate', { staleWhileRevalidate: '1h', ttl: 60 }, -30],
];

const CASES = TIERS.flatMap((tiers) =>
  RENEWALS.flatMap(([renewal, options, freshFor]) =>
    REMOVALS.map(([verb, remove]) => ({ tiers, renewal, options, freshFor, verb, remove })),
  ),
);

function withFile(): Scenario & { file: FakeTier } {
  const file = new FakeTier('file', () => parts.clock.now());
  const parts = scenario({}, [file]);
  return { ...parts, file };
}

/** Has below memory what a read finds, and what a load is to replace. */
function keepOld({ file, clock }: ReturnType<typeof withFile>, freshFor: number): void {
  const expiresAt = clock.now() + freshFor * 1000;
  const staleUntil = expiresAt + 3_600_000;
  file.put('key', {
    value: 'old',
    expiresAt,
    staleUntil,
    tags: ['tag'],
    createdAt: expiresAt - 60_000,
  });
}

describe('A read that a removal has overtaken', () => {
  it.each(CASES)(
    'begins no renewal that hands out what was removed: $verb, $renewal, $tiers',
    async ({ tiers, options, freshFor, remove }) => {
      const parts = withFile();
      const { cache, file } = parts;
      keepOld(parts, freshFor);
      const all: WrapOptions = { ...options, tiers, tags: ['tag'] };
      const answer = file.holdAnswers('read');
      const source = deferred<string>();
      const early = cache.wrap('key', () => source.promise, all);
      await settle();
      await remove(cache);
      answer();
      expect(await early).toBe('old');
      const late = cache.wrap('key', () => source.promise, all);
      source.resolve('new');
      expect(await late).toBe('new');
    },
  );

  it('that waited for its turn hands out nothing that was removed meanwhile', async () => {
    const parts = withFile();
    const { cache } = parts;
    const source = deferred<string>();
    const all: WrapOptions = { refreshAhead: 0, ttl: 60, tiers: ['file'], tags: ['tag'] };
    for (let at = 0; at < 16; at++) {
      await cache.set(`busy ${at}`, 'old', { ttl: 60, tiers: ['file'] });
      await cache.wrap(`busy ${at}`, () => source.promise, all);
    }
    keepOld(parts, 30);
    const gate = deferred<string>();
    expect(await cache.wrap('key', () => gate.promise, all)).toBe('old');
    expect((await cache.explain('key', { tiers: ['file'] })).load.state).toBe('waiting');
    await cache.delete('key');
    source.resolve('new');
    await settle();
    expect((await cache.explain('key', { tiers: ['file'] })).load.state).toBe('renewing');
    const late = cache.wrap('key', () => gate.promise, all);
    await settle();
    gate.resolve('renewed');
    expect(await late).toBe('renewed');
  });
});
