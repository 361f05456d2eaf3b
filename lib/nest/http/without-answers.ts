import { type Invocation, keyedAs, keyOfCall } from '../../core/loading/cached-function.js';
import type { CachedMethod } from '../cached-method.js';
import { isOfRoute } from './route-answer.js';

/**
 * The calls of a method with keys of the user's, under one of which a route may have kept its answer: that is no
 * value of the method, which then runs.
 *
 * @param told called with the key, each time
 */
export function withoutAnswers(
  method: CachedMethod,
  call: Invocation,
  told: (key: string) => void,
): Invocation {
  return keyedAs((self, args) => {
    const own = (value: unknown): unknown => {
      if (!isOfRoute(value)) return value;
      told(keyOfCall(call, self, args) ?? '');
      return method.original.apply(self, args);
    };
    const given = call(self, args);
    return given instanceof Promise ? given.then(own) : own(given);
  }, call);
}
