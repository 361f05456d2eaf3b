import { inspect, isDeepStrictEqual } from 'node:util';

/** As `expect(actual).toStrictEqual(wanted)`, for what is asked many thousand times: `expect` takes its time. */
export function demandSame(actual: unknown, wanted: unknown): void {
  if (isDeepStrictEqual(actual, wanted)) return;
  throw new Error(`got ${inspect(actual)}, wanted ${inspect(wanted)}`);
}
