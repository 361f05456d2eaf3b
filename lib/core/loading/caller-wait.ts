import type { Clock } from '../primitives/clock.js';
import { startDeadline } from '../primitives/deadline.js';
import type { Flight, Landing, OldValue } from './flight.js';
import type { LoadPlan } from './load-plan.js';

/** What a caller gets that does not wait to the end: something old, or the reason it gave up for. */
export type Early = { readonly old: OldValue } | { readonly reason: unknown };

/** One caller's waiting for a flight: until it lands, the caller gives up, or loses patience. Never rejects. */
export function waitFor(
  flight: Flight,
  { signal, staleness, patience }: LoadPlan,
  clock: Clock,
): Promise<Landing | Early> {
  flight.enter();
  const { softMs } = patience;
  if (signal === undefined && (softMs === Infinity || staleness.keptMs === 0)) return flight.landed;
  return new Promise((resolve) => {
    const end = (answer: Landing | Early): void => {
      cancel();
      signal?.removeEventListener('abort', giveUp);
      resolve(answer);
    };
    const giveUp = (): void => {
      flight.giveUp(signal!.reason);
      end({ reason: signal!.reason });
    };
    const cancel = startDeadline(clock, softMs, true, () => {
      const old = flight.servable;
      if (old !== undefined && clock.now() < old.expiresAt + staleness.keptMs) end({ old });
    });
    signal?.addEventListener('abort', giveUp);
    // A factory may have done that before its first rest.
    if (signal?.aborted === true) return giveUp();
    void flight.landed.then(end);
  });
}
