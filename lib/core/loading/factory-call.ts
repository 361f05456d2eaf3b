import type { Factory } from '../model/options.js';
import { startDeadline } from '../primitives/deadline.js';
import { CacheTimeoutError } from '../primitives/errors.js';
import { contextFor, type FactoryWishes } from './factory-wishes.js';
import type { Flight } from './flight.js';
import type { Load } from './load.js';
import type { LoadParts } from './load-parts.js';
import type { LoadPlan } from './load-plan.js';
import { failed, loaded, type LoadOutcome } from './load-outcome.js';

/** The factory's answer; a rejection when it has taken too long, or is not wanted any more. */
export async function askFactory(
  { category, factory, plan }: Load,
  flight: Flight,
  wishes: FactoryWishes,
  { rings, clock }: LoadParts,
): Promise<unknown> {
  const { hardMs } = plan.patience;
  const cancel = startDeadline(clock, hardMs, !flight.background, () => {
    flight.abort(new CacheTimeoutError(category.name, hardMs));
  });
  try {
    const answer = rings.run(flight.node, () => factory(contextFor(wishes, flight)));
    const isPatient = hardMs === Infinity && plan.signal === undefined && !flight.background;
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
