/** What a call came to, and how long it took. */
export interface Timed<T> {
  value: T;
  ms: number;
}

export async function timed<T>(run: () => T | Promise<T>): Promise<Timed<T>> {
  const start = performance.now();
  const value = await run();
  return { value, ms: performance.now() - start };
}

/** Milliseconds a call, on average, one call after the other. */
export async function averageMs(calls: number, run: () => unknown): Promise<number> {
  const start = performance.now();
  for (let call = 0; call < calls; call += 1) await run();
  return (performance.now() - start) / calls;
}

/** The same without waiting in between, for calls that answer at once. */
export function averageSyncMs(calls: number, run: () => unknown): number {
  const start = performance.now();
  for (let call = 0; call < calls; call += 1) run();
  return (performance.now() - start) / calls;
}
