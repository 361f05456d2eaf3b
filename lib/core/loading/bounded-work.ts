/** How many things are done at a time unless someone says otherwise. */
export const DEFAULT_CONCURRENCY = 4;

/**
 * Does something for each item, so many at a time, in their order. Once the signal is aborted nothing
 * more is begun. `work` must not reject.
 *
 * @returns how many were begun, when all of them have ended
 */
export async function forEachBounded<T>(
  items: readonly T[],
  concurrency: number,
  signal: AbortSignal,
  work: (item: T) => Promise<unknown>,
): Promise<number> {
  let next = 0;
  const takeTurns = async (): Promise<void> => {
    while (next < items.length && !signal.aborted) await work(items[next++]!);
  };
  const lanes = Math.min(concurrency, items.length);
  await Promise.all(Array.from({ length: lanes }, takeTurns));
  return next;
}
