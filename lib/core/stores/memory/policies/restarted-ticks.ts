/** Ticks fit a small integer of V8, which needs no box. */
export const LAST_TICK = 2 ** 31 - 2;

/** Of the latest uses so many, which are nearly all that anybody still has, stay as far apart as they are. */
const KEPT = 2 ** 30;

/**
 * Makes all ticks less, in the same order, once the last one has been given. Those of the latest uses are subtracted from, which
 * takes a few milliseconds for a million; only what has not been used since is set in order.
 *
 * @param ticks no two are alike; what is not above 0 is none, and stays
 * @param last the greatest
 * @param kept how many are only subtracted from, for tests
 * @returns what the greatest has become
 */
export function restartTicks(ticks: Int32Array, last: number, kept = KEPT): number {
  const oldest = last - kept;
  const old: number[] = [];
  for (let slot = 0; slot < ticks.length; slot++) {
    if (ticks[slot]! > 0 && ticks[slot]! <= oldest) old.push(slot);
  }
  old.sort((a, b) => ticks[a]! - ticks[b]!);
  const less = oldest - old.length;
  for (let slot = 0; slot < ticks.length; slot++) if (ticks[slot]! > oldest) ticks[slot]! -= less;
  for (const [at, slot] of old.entries()) ticks[slot] = at + 1;
  return last - less;
}
