import type { Random } from '../../../lib/integrations/testing/seeded-random.js';

/** Keys that are new, used some times soon after, and never again; the first is `from`. */
export function recency(requests: number, spread: number, random: Random, from = 0): number[] {
  let newest = from;
  return Array.from({ length: requests }, () => {
    if (newest === from || random(3) === 0) return newest++;
    const back = Math.floor((random(spread) * random(spread)) / spread);
    return Math.max(from, newest - 1 - back);
  });
}

/** The same keys round and round. */
export function loop(rounds: number, keys: number, from = 0): number[] {
  return Array.from({ length: rounds * keys }, (_, at) => from + (at % keys));
}

/** A few keys are asked for much more often than the others. */
export function popular(requests: number, keys: number, random: Random, from = 0): number[] {
  return Array.from({ length: requests }, () => {
    const share = random(1_000_000) / 1_000_000;
    return from + Math.floor(keys ** share) - 1;
  });
}
