import { concat, defer, ignoreElements, isObservable, type Observable, tap } from 'rxjs';
import { isThenable } from '../../core/primitives/thenable.js';

/** What a method has given when it has succeeded. */
export interface Success {
  /** Of an Observable the last one. */
  readonly value: unknown;
  /** Whether it is an Observable that completed without a value. */
  readonly isEmpty: boolean;
}

type Effect = (success: Success) => Promise<void>;

/**
 * Runs an effect once a method has succeeded: its promise resolved, its Observable completed, its
 * value returned. A promise and an Observable wait for the effect; a plain value cannot.
 *
 * @param effect must not fail
 */
export function afterSuccess(result: unknown, effect: Effect): unknown {
  if (isThenable(result)) {
    // A thenable of its own kind may answer `then` with nothing; a promise stays of its class.
    const promise: Promise<unknown> = result instanceof Promise ? result : Promise.resolve(result);
    return promise.then(async (value) => {
      await effect({ value, isEmpty: false });
      return value;
    });
  }
  if (isObservable(result)) return withEffect(result, effect);
  void effect({ value: result, isEmpty: false });
  return result;
}

function withEffect(values: Observable<unknown>, effect: Effect): Observable<unknown> {
  // Deferred, so that each subscription has a last value of its own.
  return defer(() => {
    let last: Success = { value: undefined, isEmpty: true };
    const remembered = values.pipe(tap((value) => (last = { value, isEmpty: false })));
    return concat(remembered, defer(() => effect(last)).pipe(ignoreElements()));
  });
}
