import { startDeadline } from '../primitives/deadline.js';
import { CacheTimeoutError } from '../primitives/errors.js';
import { onAbort } from '../primitives/on-abort.js';
import type { Flight, Landing, OldValue } from './flight.js';
import type { Load } from './load.js';
import type { LoadParts } from './load-parts.js';
import { failed } from './load-outcome.js';

/** What a caller gets that does not wait to the end: something old, or the reason it gave up for. */
export type Early = { readonly old: OldValue } | { readonly reason: unknown };

/** One caller's waiting for a flight: until it lands, the caller gives up, or loses patience. Never rejects. */
export function waitFor(
  flight: Flight,
  { category, plan }: Pick<Load, 'category' | 'plan'>,
  { clock, hold }: Pick<LoadParts, 'clock' | 'hold'>,
): Promise<Landing | Early> {
  flight.enter();
  const { signal, staleness, patience, selection } = plan;
  const softMs = staleness.keptMs === 0 ? Infinity : patience.softMs;
  // The flight ends by itself no later than who began it wanted.
  const hardMs = patience.hardMs < flight.hardMs ? patience.hardMs : Infinity;
  if (signal === undefined && softMs === Infinity && hardMs === Infinity) return flight.landed;
  return new Promise((resolve) => {
    let endWaiting: (() => void) | undefined;
    const end = (answer: Landing | Early): void => {
      endSoft();
      endHard();
      leave?.();
      endWaiting?.();
      resolve(answer);
    };
    const giveUp = (): void => {
      flight.giveUp(signal!.reason);
      end({ reason: signal!.reason });
    };
    const endSoft = startDeadline(clock, softMs, hold, () => {
      const old = flight.servableTo(selection);
      if (old !== undefined && clock.now() < old.expiresAt + staleness.keptMs) end({ old });
    });
    const endHard = startDeadline(clock, hardMs, hold, () => {
      const error = new CacheTimeoutError(category.name, hardMs);
      const old = flight.servableTo(selection);
      flight.giveUp(error);
      const goesOn = !flight.aborted;
      end({ outcome: failed(error, hardMs), overtaken: false, old, goesOn });
    });
    const leave = signal && onAbort(signal, giveUp);
    // A factory may have done that before its first rest.
    if (signal?.aborted === true) return giveUp();
    endWaiting = flight.whenLanded(end);
  });
}
