/** Milliseconds of each part of a duration. */
export const PART_MS = {
  weeks: 604_800_000,
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
} as const;

/** A mean year of the Julian calendar. There is no part for it: who writes years does not count days. */
const YEAR_MS = 365.25 * PART_MS.days;

/** A number, without a sign or an exponent, and one unit. */
const WORDS =
  /^(?<amount>\d+(?:\.\d+)?|\.\d+) ?(?:(?<milliseconds>ms|msecs?|milliseconds?)|(?<seconds>s|secs?|seconds?)|(?<minutes>m|mins?|minutes?)|(?<hours>h|hrs?|hours?)|(?<days>d|days?)|(?<weeks>w|weeks?)|(?<years>y|yrs?|years?))$/i;

/** Nobody means more digits than this. */
const LONGEST = 100;

/** The milliseconds of a duration such as `'500ms'`, `'1.5h'` or `'7 days'`; nothing for other words. */
export function msOfWords(words: string): number | undefined {
  if (words.length > LONGEST) return undefined;
  const found = WORDS.exec(words)?.groups;
  if (found === undefined) return undefined;
  const amount = Number(found['amount']);
  if (found['years'] !== undefined) return amount * YEAR_MS;
  for (const [part, ms] of Object.entries(PART_MS)) {
    if (found[part] !== undefined) return amount * ms;
  }
  return undefined;
}
