import { AsyncLocalStorage } from 'node:async_hooks';
import { defer, finalize, isObservable, Observable, tap } from 'rxjs';
import { isThenable } from '../../core/primitives/thenable.js';
import type { CachedMethod } from '../cached-method.js';

/** The call that a route is about to make, or makes again, until it is answered. */
interface PendingCall {
  method: CachedMethod | undefined;
  isOver: boolean;
}

/** What a method gave. */
interface Given {
  readonly value: unknown;
}

const storage = new AsyncLocalStorage<PendingCall>();
let pending = 0;

/**
 * Runs a route's handler, whose own call the wrapper must not cache by its arguments: the
 * interceptor does that by the route, or has decided that nothing may be cached at all. Interceptors
 * between may make the call only when they are subscribed to, and again when it has failed.
 *
 * Until Node 24 an enabled `AsyncLocalStorage` makes every promise of the process dearer, so it is
 * enabled only while handlers run.
 */
export function runPending<T>(method: CachedMethod, run: () => Observable<T>): Observable<T> {
  return new Observable((subscriber) => {
    const call: PendingCall = { method, isOver: false };
    pending++;
    const answer = defer(run).pipe(finalize(() => over(call)));
    return storage.run(call, () => answer.subscribe(subscriber));
  });
}

/**
 * Makes the call, if it is the handler's own; undefined for any other: later calls of the method, by itself or
 * others, are not. One that has failed may be made again.
 */
export function madeForRoute(method: CachedMethod, run: () => unknown): Given | undefined {
  if (pending === 0) return undefined;
  const call = storage.getStore();
  if (call?.method !== method) return undefined;
  call.method = undefined;
  const again = (): void => {
    if (!call.isOver) call.method = method;
  };
  try {
    const value = run();
    if (isThenable(value)) void value.then(undefined, again);
    return { value: isObservable(value) ? value.pipe(tap({ error: again })) : value };
  } catch (error) {
    again();
    throw error;
  }
}

function over(call: PendingCall): void {
  if (call.isOver) return;
  call.isOver = true;
  call.method = undefined;
  if (--pending === 0) storage.disable();
}
