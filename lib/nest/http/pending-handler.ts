import { AsyncLocalStorage } from 'node:async_hooks';
import type { CachedMethod } from '../cached-method.js';

/** The call a route is about to make, until it is made. */
const pending = new AsyncLocalStorage<{ method: CachedMethod | undefined }>();

/**
 * Runs a route's handler, whose own call the wrapper must not cache by its arguments: the
 * interceptor does that by the route, or has decided that nothing may be cached at all.
 */
export function runPending<T>(method: CachedMethod, run: () => T): T {
  return pending.run({ method }, run);
}

/** Whether this is the handler's own call. Later calls of the method, by itself or others, are not. */
export function takePending(method: CachedMethod): boolean {
  const call = pending.getStore();
  if (call?.method !== method) return false;
  call.method = undefined;
  return true;
}
