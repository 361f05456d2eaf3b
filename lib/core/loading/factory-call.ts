import type { Factory } from '../model/options.js';
import { startDeadline, type Cancel } from '../primitives/deadline.js';
import { CacheTimeoutError } from '../primitives/errors.js';
import { contextFor, type FactoryWishes } from './factory-wishes.js';
import type { Flight } from './flight.js';
import type { Load } from './load.js';
import type { LoadParts } from './load-parts.js';
import type { LoadPlan } from './load-plan.js';
import { failed, loaded, type LoadOutcome } from './load-outcome.js';

/** From now on the load has as long as its `hardTimeout` says; then it is aborted. */
export function startHardTimeout(
  { category, plan }: Load,
  flight: Flight,
  { clock }: Pick<LoadParts, 'clock'>,
): Cancel {
  const { hardMs } = plan.patience;
  return startDeadline(clock, hardMs, !flight.background, () => {
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
  const { factory, plan } = load;
  const { rings } = parts;
  const cancel = startHardTimeout(load, flight, parts);
  try {
    const answer = rings.run(flight.node, () => factory(contextFor(wishes, flight)));
    const isPatient =
      plan.patience.hardMs === Infinity && plan.signal === undefined && !flight.background;
    return await (isPatient ? answer : flight.unlessAborted(answer));
  } finally {
    rings.ended();
    cancel();
  }
}

/** The factory's answer with no cache around it. Never rejects. */
export async function loadUncached(
  factory: Factory<unknown>,
  plan: LoadPlan,
): Promise<LoadOutcome> {
  const started = performance.now();
  const signal = plan.signal ?? new AbortController().signal;
  try {
    signal.throwIfAborted();
    const value = await factory(contextFor({}, { signal }));
    return loaded(value, performance.now() - started, undefined);
  } catch (thrown) {
    return failed(thrown, performance.now() - started);
  }
}
