import { AsyncLocalStorage } from 'node:async_hooks';
import { defer, finalize, type Observable } from 'rxjs';
import type { CachedMethod } from '../cached-method.js';

/** The call a route is about to make, until it is made. */
interface PendingCall {
  method: CachedMethod | undefined;
}

const storage = new AsyncLocalStorage<PendingCall>();
let pending = 0;

/**
 * Runs a route's handler, whose own call the wrapper must not cache by its arguments: the
 * interceptor does that by the route, or has decided that nothing may be cached at all.
 *
 * Until Node 24 an enabled `AsyncLocalStorage` makes every promise of the process dearer, so it is
 * enabled only while a handler is about to be called.
 */
export function runPending<T>(method: CachedMethod, run: () => Observable<T>): Observable<T> {
  return defer(() => {
    const call: PendingCall = { method };
    pending++;
    return storage.run(call, run).pipe(finalize(() => over(call)));
  });
}

/** Whether this is the handler's own call. Later calls of the method, by itself or others, are not. */
export function takePending(method: CachedMethod): boolean {
  if (pending === 0) return false;
  const call = storage.getStore();
  if (call?.method !== method) return false;
  over(call);
  return true;
}

function over(call: PendingCall): void {
  if (call.method === undefined) return;
  call.method = undefined;
  if (--pending === 0) storage.disable();
}
