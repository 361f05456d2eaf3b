import { type Invocation, keyedAs, keyOfCall } from '../../core/loading/cached-function.js';
import { HandlerFailure } from './handler-failure.js';
import { RenewalRefusal } from './renewal-refusal.js';
import { isOfRoute } from './route-answer.js';

function isFailureOfRoute(error: unknown): boolean {
  return error instanceof HandlerFailure || error instanceof RenewalRefusal;
}

/**
 * The calls of a method with keys of the user's, under one of which a route may have kept its answer, or be making it: neither
 * that nor its failure is the method's, which then runs.
 *
 * @param uncached runs it
 * @param told called with the key, each time
 */
export function withoutAnswers(
  call: Invocation,
  uncached: Invocation,
  told: (key: string) => void,
): Invocation {
  return keyedAs((self, args) => {
    const run = (): unknown => {
      told(keyOfCall(call, self, args) ?? '');
      return uncached(self, args);
    };
    const own = (value: unknown): unknown => (isOfRoute(value) ? run() : value);
    const failed = (error: unknown): unknown => {
      if (isFailureOfRoute(error)) return run();
      throw error;
    };
    const given = call(self, args);
    return given instanceof Promise ? given.then(own, failed) : own(given);
  }, call);
}
