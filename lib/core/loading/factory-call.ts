import { startDeadline, type Cancel } from '../primitives/deadline.js';
import { CacheTimeoutError } from '../primitives/errors.js';
import { FactoryContext, type FactoryWishes } from './factory-wishes.js';
import type { Flight } from './flight.js';
import type { Load } from './load.js';
import type { LoadParts } from './load-parts.js';
import { isPatient } from './uncached-call.js';

/** From now on the load has as long as its `hardTimeout` says; then it is aborted. */
export function startHardTimeout(
  { category, plan }: Load,
  flight: Flight,
  { clock, hold }: Pick<LoadParts, 'clock' | 'hold'>,
): Cancel {
  const { hardMs } = plan.patience;
  return startDeadline(clock, hardMs, flight.background ? false : hold, () => {
    flight.abort(new CacheTimeoutError(category.name, hardMs));
  });
}

/** The factory's answer; a rejection when it has taken too long, or is not wanted any more. */
export async function askFactory(
  load: Load,
  flight: Flight,
  wishes: FactoryWishes,
  parts: LoadParts,
): Promise<unknown> {
  const { factory } = load;
  const { rings } = parts;
  const cancel = startHardTimeout(load, flight, parts);
  try {
    const answer = rings.run(flight.node, () => factory(new FactoryContext(wishes, flight)));
    const waits = isPatient(load) && !flight.background;
    return await (waits ? answer : flight.unlessAborted(answer));
  } finally {
    rings.ended();
    cancel();
  }
}
