import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { createCache } from 'nestjs-tiered-cache/core';
import type { CacheService } from 'nestjs-tiered-cache/core';
import { lastPrice } from '../market.js';
import { averageMs } from '../stopwatch.js';
import type { Teller } from '../teller.js';
import { count, dollars } from '../wording.js';
import { filesWith } from './cache-files.js';
import { cacheOn, OWNERS, project, statementOf } from './kept-values.js';
import type { Statement } from './kept-values.js';
import type { Measured } from './told.js';

const QUOTES = { category: 'quotes' };
const STATEMENTS = { category: 'statements' };
const PROJECTIONS = { category: 'projections' };

/** What the second process finds on the folder that the first has left. */
export async function tellAfterRestart(
  teller: Teller,
  folder: string,
  key: string,
): Promise<Measured> {
  const { say, claim } = teller;
  say(`Process ${process.pid}: nothing is in memory, nothing is calculated yet.`);
  const cache = createCache(cacheOn(folder, key));
  let runs = 0;
  const median = await cache.getOrSet('IBM', () => ((runs += 1), project()), PROJECTIONS);
  claim(
    `the projection, ${dollars(median.value ?? Number.NaN)}, comes from '${median.source}'`,
    median.source === 'file' && median.success && runs === 0,
  );
  await tellOfTypes(teller, cache);

  const apple = await cache.get('AAPL quote', QUOTES);
  claim(
    `AAPL, invalidated before the restart, stays so, and its file put back does not help`,
    !apple.success && apple.reason === 'invalidated',
  );
  const { hitRate } = cache.getStats().fileCache;
  const readMs = await averageMs(100, () => cache.file.get('IBM', PROJECTIONS));
  await tellOfDamage(teller, cache, folder);
  await cache.close();
  await tellOfWrongKey(teller, folder);
  return { readMs, hitRate };
}

async function tellOfTypes({ claim }: Teller, cache: CacheService): Promise<void> {
  const [owner = ''] = OWNERS;
  const { value, source } = await cache.get<Statement>('of Ada', STATEMENTS);
  claim(
    `${owner}'s statement comes from '${source}', and says ${dollars(value?.worth ?? Number.NaN)}`,
    source === 'file' && value !== undefined,
  );
  const day = value?.asOf instanceof Date ? value.asOf.toISOString().slice(0, 10) : 'lost';
  claim(`its Date is a Date: ${day}`, day === '2010-03-31');
  const shares = value?.shares instanceof Map ? [...value.shares.keys()] : [];
  claim(`its Map is a Map, in order: ${shares.join(', ')}`, shares.join() === 'AAPL,IBM');
  claim('and all of it is as it was', isDeepStrictEqual(value, statementOf(owner)));
  const again = await cache.get('of Ada', STATEMENTS);
  claim("asked for again, it comes from 'memory'", again.source === 'memory');
}

async function tellOfDamage(
  { say, claim }: Teller,
  cache: CacheService,
  folder: string,
): Promise<void> {
  const price = lastPrice('MSFT');
  const [path = ''] = filesWith(folder, 'MSFT quote');
  const whole = readFileSync(path);
  const read = () => cache.file.getSync<number>('MSFT quote', QUOTES);
  say(`The file of MSFT's quote has ${whole.length} bytes; each in turn gets a bit flipped.`);
  const errorsBefore = cache.getStats().fileCache.errors;
  let misses = 0;
  for (const at of whole.keys()) {
    writeFileSync(path, withBitFlipped(whole, at));
    if (!read().success) misses += 1;
  }
  claim(`${count(misses)} misses, not one wrong price`, misses > 0 && misses === whole.length);
  const counted = cache.getStats().fileCache.errors - errorsBefore;
  claim(`the statistics counted ${count(counted)} damaged files`, counted === misses);
  writeFileSync(path, whole);
  const intact = read();
  claim('written back as it was, it is believed', intact.success && intact.value === price);
  writeFileSync(path, withBitFlipped(whole, whole.length - 1));
  const { source, value = Number.NaN } = await cache.getOrSet('MSFT quote', () => price, {
    ...QUOTES,
    tiers: ['file'],
  });
  claim(
    `damaged again, the exchange is asked again: ${dollars(value)}`,
    source === 'function' && value === price,
  );
}

function withBitFlipped(bytes: Buffer, at: number): Buffer {
  const flipped = Buffer.from(bytes);
  flipped[at]! ^= 1 << (at % 8);
  return flipped;
}

async function tellOfWrongKey({ claim }: Teller, folder: string): Promise<void> {
  const thief = createCache(cacheOn(folder, randomBytes(32).toString('hex')));
  const keys = OWNERS.map((owner) => `of ${owner.split(' ')[0]}`);
  const got = await thief.getMany(keys, STATEMENTS);
  const read = got.filter(({ success }) => success).length;
  const { errors = 0 } = thief.getStats().categories['statements']?.fileCache ?? {};
  claim(
    `with another key, ${read} of ${got.length} statements can be read, and no error is thrown`,
    read === 0 && errors === got.length,
  );
  const quote = await thief.get<number>('IBM quote', QUOTES);
  claim('what is not encrypted can', quote.success && quote.value === lastPrice('IBM'));
  await thief.close();
}
