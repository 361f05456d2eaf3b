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
function keepOld(
  { file, clock }: ReturnType<typeof withFile>,
  freshFor: number,
  key = 'key',
): void {
  const expiresAt = clock.now() + freshFor * 1000;
  const staleUntil = expiresAt + 3_600_000;
  file.put(key, {
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
});

type Parts = ReturnType<typeof withFile>;

/** Sixteen renewals under way, and one that waits for its turn. */
async function waitingRenewal(
  all: WrapOptions,
  freshFor: number,
): Promise<
  Parts & { waits: () => Promise<boolean>; goOn: () => Promise<void>; runs: () => number }
> {
  const parts = withFile();
  const { cache } = parts;
  const source = deferred<string>();
  for (let at = 0; at < 16; at++) {
    keepOld(parts, freshFor, `busy ${at}`);
    await cache.wrap(`busy ${at}`, () => source.promise, all);
  }
  keepOld(parts, freshFor);
  let runs = 0;
  expect(await cache.wrap('key', () => `renewed ${++runs}`, all)).toBe('old');
  const waits = async (): Promise<boolean> =>
    (await cache.explain('key', { tiers: all.tiers! })).load.state === 'waiting';
  expect(await waits()).toBe(true);
  const goOn = async (): Promise<void> => {
    source.resolve('new');
    await settle();
  };
  return { ...parts, waits, goOn, runs: () => runs };
}

const PLACES = TIERS.flatMap((tiers) =>
  RENEWALS.map(([renewal, options, freshFor]) => ({ tiers, renewal, options, freshFor })),
);

describe.each(PLACES)(
  'A renewal that waits for its turn: $renewal, $tiers',
  ({ tiers, options, freshFor }) => {
    const all: WrapOptions = { ...options, tiers, tags: ['tag'] };

    it('begins when that comes', async () => {
      const { cache, goOn } = await waitingRenewal(all, freshFor);
      await goOn();
      expect((await cache.get('key', { tiers })).value).toBe('renewed 1');
    });

    it.each(REMOVALS)('does not begin after %s', async (_verb, remove) => {
      const { cache, goOn, runs } = await waitingRenewal(all, freshFor);
      await remove(cache);
      await goOn();
      expect(runs()).toBe(0);
      expect((await cache.get('key', { tiers })).success).toBe(false);
      expect(await cache.wrap('key', () => 'loaded', all)).toBe('loaded');
    });

    it('is asked for anew where its value has been replaced, and is late again', async () => {
      const { cache, clock, waits, goOn } = await waitingRenewal(all, freshFor);
      await cache.wrap('key', () => 'newer', { ...all, ttl: 1, forceRefresh: true });
      expect(await waits()).toBe(false);
      if (freshFor < 0) clock.advance(2000);
      expect(await cache.wrap('key', () => 'newest', all)).toBe('newer');
      expect(await waits()).toBe(true);
      await goOn();
      expect((await cache.get('key', { tiers })).value).toBe('newest');
    });

    it.each<[string, (cache: CacheService) => Promise<unknown>]>([
      ['was set', (cache) => cache.set('key', 'newer', { ttl: '1h', tiers })],
      ['was loaded', (cache) => cache.wrap('key', () => 'newer', { ...all, forceRefresh: true })],
    ])('does not replace what %s meanwhile', async (_how, bring) => {
      const { cache, goOn, runs } = await waitingRenewal(all, freshFor);
      await bring(cache);
      await goOn();
      expect(runs()).toBe(0);
      expect((await cache.get('key', { tiers })).value).toBe('newer');
    });
  },
);

describe.each(PLACES)('A renewal that hangs: $renewal, $tiers', ({ renewal, options, tiers }) => {
  const ahead = renewal === 'refreshAhead';
  const all: WrapOptions = {
    ...options,
    tiers,
    tags: ['tag'],
    ...(ahead && { refreshAhead: 0.5 }),
  };
  const wait = ahead ? '40s' : '61s';

  it.each<[string, (cache: CacheService) => Promise<unknown>]>([
    ...REMOVALS,
    [
      'forceRefresh',
      (cache) => cache.wrap('key', () => 'made anew', { ...all, forceRefresh: true }),
    ],
  ])('holds up no renewal of what was made anew after %s', async (_verb, remove) => {
    const { cache, clock } = withFile();
    await cache.wrap('key', () => 'old', all);
    clock.advance(wait);
    expect(await cache.wrap('key', () => new Promise(() => {}), all)).toBe('old');
    await settle();
    await remove(cache);
    expect(await cache.wrap('key', () => 'made anew', all)).toBe('made anew');
    clock.advance(wait);
    expect((await cache.explain('key', { tiers })).load.state).not.toBe('waiting');
    expect(await cache.wrap('key', () => 'renewed', all)).toBe('made anew');
    await settle();
    expect((await cache.get('key', { tiers })).value).toBe('renewed');
  });
});
