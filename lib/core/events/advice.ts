import type {
  AdviceLever,
  CacheAdvice,
  LimitEstimate,
  MissCounts,
  TrafficReport,
} from '../model/cache-advice.js';

/** The limits that the curve speaks of, as multiples of the present one. */
export const LIMIT_FACTORS = [0.25, 0.5, 1, 2, 4];

/** Accesses of late below which nothing is said. */
const LEAST_ACCESSES = 1000;

/** Recorded accesses below which the curve is not shown: it would be some points off. */
const LEAST_RECORDS = 500;

/** A gain worth a change, in hit ratio. */
const WORTH = 0.01;

/** What half the limit may cost and still "do as well", in hit ratio. */
const AS_WELL = 0.005;

/** Of what four times the limit would gain, what twice the limit must, to be enough. */
const MOST = 0.75;

/** Of all misses, or of all accesses, what is worth naming: less is none to the percent. */
const LEAST_SHARE = 0.005;

interface Finding {
  readonly lever: AdviceLever;
  readonly text: string;
}

/** What would help a category most, by how much of the hit ratio each change could bring at best. */
export function adviseOn(traffic: TrafficReport): CacheAdvice {
  const { hits, misses, sample } = traffic;
  const missed = missedOf(misses);
  const accesses = Math.round(hits + missed);
  const curve = curveOf(traffic);
  const { lever, text } = accesses < LEAST_ACCESSES ? tooLittle(accesses) : bestOf(traffic, curve);
  return {
    text,
    lever,
    accesses,
    hitRate: accesses === 0 ? 0 : hits / (hits + missed),
    misses: {
      neverSeen: Math.round(misses.neverSeen),
      expired: Math.round(misses.expired),
      evicted: Math.round(misses.evicted),
      invalidated: Math.round(misses.invalidated),
      deleted: Math.round(misses.deleted),
    },
    curve,
    sample: { rate: sample?.rate ?? 0, accesses: Math.round(sample?.records ?? 0) },
  };
}

function curveOf({ maxEntries, maxBytes, sample }: TrafficReport): LimitEstimate[] {
  if (sample === undefined || sample.records < LEAST_RECORDS) return [];
  const estimates = LIMIT_FACTORS.map((factor, at) => {
    const estimate: LimitEstimate = { factor, hitRate: sample.hitRates[at]! };
    if (maxEntries !== Infinity) estimate.entries = Math.floor(maxEntries * factor);
    if (maxBytes !== Infinity) estimate.bytes = Math.floor(maxBytes * factor);
    return estimate;
  });
  return estimates.filter(({ entries, bytes }) => entries !== 0 && bytes !== 0);
}

function tooLittle(accesses: number): Finding {
  const few = `${whole(accesses)} ${accesses === 1 ? 'access' : 'accesses'}`;
  const text = `Too little traffic to say: ${few}, where ${whole(LEAST_ACCESSES)} are the least.`;
  return { lever: 'moreTraffic', text };
}

function bestOf(traffic: TrafficReport, curve: readonly LimitEstimate[]): Finding {
  const { misses } = traffic;
  const missed = missedOf(misses);
  const accesses = accessesOf(traffic);
  const more = curve.filter(({ factor }) => factor > 1);
  const had = hadOf(curve, hitRateOf(traffic));
  const gainOf = ({ hitRate }: LimitEstimate): number => hitRate - had;
  const most = Math.max(0, ...more.map(gainOf));
  const removed = misses.invalidated + misses.deleted;
  const best = Math.max(most, misses.expired / accesses, removed / accesses);
  const share = (count: number): string => shareOf(count, missed);
  if (best < WORTH) return noneOf(traffic, curve);
  if (best === most) {
    const enough = more.find((estimate) => gainOf(estimate) >= most * MOST)!;
    return {
      lever: 'largerLimit',
      text: `${share(misses.evicted)} were evictions: ${limitOf(enough)} would add about ${points(gainOf(enough))} to the hit ratio.`,
    };
  }
  const than = most < WORTH ? 'a larger limit' : `a larger limit, which could add ${points(most)}`;
  if (best === removed / accesses) {
    const text = `${removalsOf(misses, missed)} would help more than ${than}.`;
    return { lever: 'fewerInvalidations', text };
  }
  return {
    lever: 'longerTtl',
    text: `${share(misses.expired)} were expiries: a longer TTL would help more than ${than}.`,
  };
}

/**
 * The hit ratio that a change must better. The curve is of `lru`, and of the traffic that was sampled:
 * another policy, or what came since, may be hit more often.
 */
function hadOf(curve: readonly LimitEstimate[], hitRate: number): number {
  return Math.max(hitRate, estimateAt(1, curve)?.hitRate ?? 0);
}

function estimateAt(factor: number, curve: readonly LimitEstimate[]): LimitEstimate | undefined {
  return curve.find((estimate) => estimate.factor === factor);
}

/** What was removed on purpose, and the remedy. What is named makes up the gain, to the percent. */
function removalsOf({ invalidated, deleted }: MissCounts, missed: number): string {
  const least = missed * LEAST_SHARE;
  if (invalidated < least) return `${shareOf(deleted, missed)} were deletions: fewer of them`;
  const also = deleted < least ? '' : ` and ${percent(deleted / missed)} deletions`;
  return `${shareOf(invalidated, missed)} were invalidations${also}: fewer of them, or narrower tags,`;
}

function noneOf(traffic: TrafficReport, curve: readonly LimitEstimate[]): Finding {
  const hitRate = hitRateOf(traffic);
  const half = estimateAt(0.5, curve);
  const isTight = traffic.misses.evicted >= accessesOf(traffic) * LEAST_SHARE;
  if (half !== undefined && !isTight && hadOf(curve, hitRate) - half.hitRate < AS_WELL) {
    const why = isMostlyNew(traffic)
      ? `${newKeysOf(traffic)}, which no limit would help`
      : `the hit ratio would stay within ${points(AS_WELL)} of ${percent(hitRate)}`;
    return { lever: 'smallerLimit', text: `Nothing is lost with ${limitOf(half)}: ${why}.` };
  }
  return { lever: 'none', text: `${whyNone(traffic, curve)}.` };
}

function whyNone(traffic: TrafficReport, curve: readonly LimitEstimate[]): string {
  const { misses } = traffic;
  const missed = missedOf(misses);
  const hitRate = hitRateOf(traffic);
  const now = estimateAt(1, curve);
  const hits = `Nothing to change: ${percent(hitRate)} of accesses are hits`;
  if (now !== undefined && hitRate - now.hitRate >= WORTH) {
    return `${hits}, and lru would not add ${points(WORTH)} to that with ${limitOf(curve.at(-1)!)}`;
  }
  // All may be far from well: a loop longer than the curve reaches.
  if (now !== undefined && misses.evicted > missed / 2 && isMissed(traffic)) {
    return `${shareOf(misses.evicted, missed)} were evictions, but ${limitOf(curve.at(-1)!)} would not add ${points(WORTH)} to the hit ratio of ${percent(hitRate)}`;
  }
  if (isMostlyNew(traffic)) {
    return `Nothing to change: ${newKeysOf(traffic)}, which neither a larger limit nor a longer TTL would help`;
  }
  return `${hits}, and neither a larger limit nor a longer TTL would add ${points(WORTH)}`;
}

/** Whether enough is missed for its reasons to matter. */
function isMissed(traffic: TrafficReport): boolean {
  return missedOf(traffic.misses) >= accessesOf(traffic) * WORTH;
}

function isMostlyNew(traffic: TrafficReport): boolean {
  return isMissed(traffic) && traffic.misses.neverSeen > missedOf(traffic.misses) / 2;
}

function newKeysOf({ misses }: TrafficReport): string {
  return `${shareOf(misses.neverSeen, missedOf(misses))} were of keys not seen before`;
}

function accessesOf({ hits, misses }: TrafficReport): number {
  return hits + missedOf(misses);
}

function hitRateOf(traffic: TrafficReport): number {
  return traffic.hits / accessesOf(traffic);
}

function missedOf(misses: MissCounts): number {
  return Object.values(misses).reduce((sum, count) => sum + count, 0);
}

const WORDS: Readonly<Record<number, string>> = {
  0.5: 'half the limit',
  2: 'twice the limit',
  4: 'four times the limit',
};

function limitOf({ factor, entries, bytes }: LimitEstimate): string {
  const sizes = [
    ...(entries === undefined ? [] : [`${whole(entries)} entries`]),
    ...(bytes === undefined ? [] : [`${whole(bytes)} bytes`]),
  ];
  return `${WORDS[factor]} (${sizes.join(', ')})`;
}

function shareOf(count: number, missed: number): string {
  return `${percent(count / missed)} of misses`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function points(share: number): string {
  const rounded = share < 0.1 ? Math.round(share * 1000) / 10 : Math.round(share * 100);
  return rounded === 1 ? '1 point' : `${rounded} points`;
}

function whole(count: number): string {
  return count.toLocaleString('en');
}
