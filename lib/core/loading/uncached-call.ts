import type { Factory } from '../model/options.js';
import type { Clock } from '../primitives/clock.js';
import { startDeadline } from '../primitives/deadline.js';
import { CacheTimeoutError } from '../primitives/errors.js';
import { onAbort } from '../primitives/on-abort.js';
import { FactoryContext } from './factory-wishes.js';
import type { Load } from './load.js';
import { failed, loaded, type LoadOutcome } from './load-outcome.js';

/** What a call with no cache around it must know: how long its caller waits. */
type Caller = Pick<Load, 'category' | 'plan'>;

/** Waits for an answer if it is a promise, but not for ever. */
export type HandOver = (answer: unknown) => unknown;

/** The factory's answer with no cache around it, waited for as long as with one. Never rejects. */
export async function loadUncached(
  factory: Factory<unknown>,
  caller: Caller,
  clock: Clock,
): Promise<LoadOutcome> {
  const { signal } = caller.plan;
  if (signal?.aborted === true) return failed(signal.reason, 0, 'none');
  const started = performance.now();
  try {
    const run = (aborts: AbortSignal): unknown =>
      factory(new FactoryContext({}, { signal: aborts }));
    const value = await whileWanted(caller, clock, run);
    return loaded(value, performance.now() - started, undefined);
  } catch (thrown) {
    return failed(thrown, performance.now() - started);
  }
}

/** Whether a caller waits for as long as it takes. */
export function isPatient({ plan }: Caller): boolean {
  return plan.patience.hardMs === Infinity && plan.signal === undefined;
}

/**
 * The answer, or a rejection once its caller has lost patience or given up.
 *
 * @param run given what aborts then
 */
export async function whileWanted(
  caller: Caller,
  clock: Clock,
  run: (signal: AbortSignal) => unknown,
): Promise<unknown> {
  const controller = new AbortController();
  const aborts = controller.signal;
  if (isPatient(caller)) return run(aborts);
  const { category, plan } = caller;
  const { hardMs } = plan.patience;
  const giveUp = (): void => controller.abort(plan.signal?.reason);
  const leave = plan.signal && onAbort(plan.signal, giveUp);
  const cancel = startDeadline(clock, hardMs, true, () => {
    controller.abort(new CacheTimeoutError(category.name, hardMs));
  });
  try {
    const answer = run(aborts);
    return await new Promise((resolve, reject) => {
      if (plan.signal?.aborted === true) giveUp();
      // The factory itself may have ended it: of that nobody is told any more.
      if (aborts.aborted) reject(aborts.reason as Error);
      else aborts.addEventListener('abort', () => reject(aborts.reason as Error));
      Promise.resolve(answer).then(resolve, reject);
    });
  } finally {
    cancel();
    leave?.();
  }
}
