import { isDate } from 'node:util/types';
import { msOfWords, PART_MS } from './duration-words.js';
import { CacheOptionsError, describe } from './errors.js';

/** Parts of a duration; they add up. */
export interface DurationParts {
  weeks?: number | undefined;
  days?: number | undefined;
  hours?: number | undefined;
  minutes?: number | undefined;
  seconds?: number | undefined;
  milliseconds?: number | undefined;
}

/**
 * How long a value is fresh.
 *
 * - a number: **seconds** (`0.5` is half a second)
 * - a duration in words: `'500ms'`, `'30s'`, `'30m'`, `'1h'`, `'7d'`
 * - parts: `{ hours: 1, minutes: 30 }`
 * - a `Date`: the absolute instant
 * - `Infinity`: never expires
 *
 * `0` and a `Date` in the past mean: do not keep.
 */
export type Ttl = number | string | DurationParts | Date;

const TTL_FORMS =
  "seconds (0 or more), a duration such as '30m', { minutes: 30 }, a Date or Infinity";
const DURATION_FORMS = "seconds (0 or more), a duration such as '30m', { minutes: 30 } or Infinity";
/** What a duration of more than 0 may be. */
export const TIMEOUT_FORMS =
  "seconds (more than 0), a duration such as '30m', { minutes: 30 } or Infinity";

const TEN_YEARS_SECONDS = 10 * 365 * 86_400;

/**
 * The instant, in epoch milliseconds, at which a value set `now` with this TTL expires. An instant
 * at or before `now` means that the value is not to be kept.
 *
 * @param option the option's name, for the error
 * @throws CacheOptionsError for `NaN`, a negative number, an unknown unit or a wrong type
 */
export function expiryOf(ttl: Ttl, now: number, option = 'ttl'): number {
  if (isInstant(ttl)) {
    const instant = ttl.getTime();
    if (Number.isNaN(instant)) throw new CacheOptionsError(option, ttl, TTL_FORMS);
    return instant;
  }
  return now + durationOf(ttl, option, TTL_FORMS);
}

/** Whether it is a `Date`, of this realm or another. */
export function isInstant(ttl: unknown): ttl is Date {
  return typeof ttl === 'object' && isDate(ttl);
}

/** Checks a TTL without using it. @throws CacheOptionsError */
export function checkTtl(ttl: unknown, option: string): void {
  expiryOf(ttl as Ttl, 0, option);
}

/**
 * A duration in milliseconds, Infinity included. What is not a lifetime takes the same forms, but
 * for the `Date`.
 *
 * @param forms what it may be, for the error
 * @throws CacheOptionsError
 */
export function durationMsOf(duration: unknown, option: string, forms = DURATION_FORMS): number {
  if (!isInstant(duration)) return durationOf(duration, option, forms);
  throw new CacheOptionsError(option, duration, 'a duration, not an instant');
}

function durationOf(ttl: unknown, option: string, forms: string): number {
  if (typeof ttl === 'number') {
    if (!(ttl >= 0)) throw new CacheOptionsError(option, ttl, forms);
    if (ttl > TEN_YEARS_SECONDS && ttl !== Infinity) warnOfMilliseconds(ttl, option);
    return ttl * 1000;
  }
  if (typeof ttl === 'string') {
    const lasts = msOfWords(ttl);
    if (lasts === undefined) throw new CacheOptionsError(option, ttl, forms);
    return lasts;
  }
  if (typeof ttl === 'object' && ttl !== null) return partsToMs(ttl, option, forms);
  throw new CacheOptionsError(option, ttl, forms);
}

function partsToMs(parts: object, option: string, forms: string): number {
  const entries = Object.entries(parts).filter(([, amount]) => amount !== undefined);
  if (entries.length === 0) throw new CacheOptionsError(option, parts, forms);
  let total = 0;
  for (const [part, amount] of entries) {
    const unit = Object.hasOwn(PART_MS, part) ? PART_MS[part as keyof DurationParts] : undefined;
    if (unit === undefined || typeof amount !== 'number' || !(amount >= 0)) {
      throw new CacheOptionsError(`${option}.${part}`, amount, unit ? '0 or more' : unknownPart());
    }
    total += amount * unit;
  }
  return total;
}

function unknownPart(): string {
  return `under one of the names ${Object.keys(PART_MS).join(', ')}`;
}

let warned = false;

function warnOfMilliseconds(ttl: number, option: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `${option}: ${describe(ttl)} seconds are over ten years. TTLs are seconds: were milliseconds meant?`,
    { type: 'CacheWarning', code: 'CACHE_TTL_LOOKS_LIKE_MS' },
  );
}
