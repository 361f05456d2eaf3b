import type { CacheOptions, TierName } from 'nestjs-tiered-cache/core';
import { simulateWealth } from '../../finance/monte-carlo.js';
import { percentile } from '../../finance/percentile.js';
import { seededRandom } from '../../finance/random.js';
import { returnsOf } from '../../finance/returns.js';
import { lastPrice, pricesOf } from '../market.js';

const ON_DISK: readonly TierName[] = ['memory', 'file'];
const PLAN = { start: 10_000, monthly: 500, months: 360 };

/** Of a category that is encrypted, under the names of their owners. */
export const OWNERS = ['Ada Lovelace', 'Grace Hopper', 'Emmy Noether'];

/** A cache as both processes make it. Each `key` is 64 hexadecimal digits. */
export function cacheOn(directory: string, key: string): CacheOptions {
  return {
    file: { directory },
    categories: {
      quotes: { ttl: '15m', tiers: ON_DISK },
      projections: { ttl: '30m', tiers: ON_DISK },
      statements: { ttl: '1h', tiers: ON_DISK, encryption: { keys: [key] } },
    },
  };
}

export interface Statement {
  owner: string;
  asOf: Date;
  shares: Map<string, number>;
  worth: number;
}

/** The statement of one of the owners: in each process the same. */
export function statementOf(owner: string): Statement {
  const count = 10 * owner.length;
  const shares = new Map(['AAPL', 'IBM'].map((ticker) => [ticker, count]));
  const worth = count * (lastPrice('AAPL') + lastPrice('IBM'));
  return { owner, asOf: new Date('2010-03-31T21:00:00Z'), shares, worth };
}

/** The expensive one: the median of 5,000 possible futures. */
export function project(): number {
  const returns = returnsOf(pricesOf('IBM').map(({ price }) => price));
  return percentile(simulateWealth(returns, PLAN, 5000, seededRandom(1)), 0.5);
}
