const KB = 1024;
const UNITS = ['KB', 'MB', 'GB', 'TB'] as const;

const PARTS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const;

/** Beyond what a `Date` can hold. */
const LAST_INSTANT = 8.64e15;

/** `1,204` */
export function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** `1 entry`, `2 entries` */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** `512 B`, `1.5 KB`; units of 1,024 */
export function size(bytes: number): string {
  if (bytes < KB) return `${bytes} B`;
  let amount = bytes;
  let unit = -1;
  while (amount >= KB && unit < UNITS.length - 1) {
    amount /= KB;
    unit++;
  }
  // What would be rounded up to the next unit is not.
  return `${(Math.floor(amount * 10) / 10).toFixed(1)} ${UNITS[unit]}`;
}

/** The two largest parts, rounded down: `3 d 12 h`, `5 min 3 s`, `0 s` */
export function duration(ms: number): string {
  let rest = Math.max(0, ms);
  const words: string[] = [];
  for (const [name, length] of PARTS) {
    const amount = Math.floor(rest / length);
    rest -= amount * length;
    if (amount > 0) words.push(`${count(amount)} ${name}`);
    if (words.length === 2 || (words.length === 1 && amount === 0)) break;
  }
  return words.length === 0 ? '0 s' : words.join(' ');
}

/** `in 2 h`, `2 h ago`, `never` */
export function fromNow(instant: number, now: number): string {
  if (instant === Infinity) return 'never';
  return instant > now ? `in ${duration(instant - now)}` : `${duration(now - instant)} ago`;
}

/** In ISO 8601. */
export function instant(ms: number): string {
  if (ms === Infinity) return 'never';
  return Math.abs(ms) <= LAST_INSTANT ? new Date(ms).toISOString() : 'at no date';
}

/** For JSON: whole epoch milliseconds, null for never. */
export function epochMs(ms: number): number | null {
  return Number.isFinite(ms) ? Math.floor(ms) : null;
}
