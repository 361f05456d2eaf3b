import { concat, defer, ignoreElements, isObservable, type Observable, tap } from 'rxjs';
import { isThenable } from '../../core/primitives/thenable.js';

/**
 * Runs an effect once a method has succeeded: its promise resolved, its Observable completed, its
 * value returned. A promise and an Observable wait for the effect; a plain value cannot.
 *
 * @param effect given the value; of an Observable the last one. Must not fail.
 */
export function afterSuccess(result: unknown, effect: (value: unknown) => Promise<void>): unknown {
  if (isThenable(result)) {
    return result.then(async (value) => {
      await effect(value);
      return value;
    });
  }
  if (isObservable(result)) return withEffect(result, effect);
  void effect(result);
  return result;
}

function withEffect(
  values: Observable<unknown>,
  effect: (value: unknown) => Promise<void>,
): Observable<unknown> {
  // Deferred, so that each subscription has a last value of its own.
  return defer(() => {
    let last: unknown;
    const remembered = values.pipe(tap((value) => (last = value)));
    return concat(remembered, defer(() => effect(last)).pipe(ignoreElements()));
  });
}
