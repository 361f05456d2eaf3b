import { AsyncLocalStorage } from 'node:async_hooks';
import { defer, finalize, Observable } from 'rxjs';
import type { CachedMethod } from '../cached-method.js';

/** A call of a route's handler that is to come. */
class AwaitedCall {
  #isOver = false;

  constructor(readonly method: CachedMethod) {
    method.awaited++;
  }

  /** It has been made, or will not be. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.method.awaited--;
  }
}

type Call = () => unknown;

/** What a method gave. */
interface Given {
  readonly value: unknown;
}

const storage = new AsyncLocalStorage<AwaitedCall>();
let running = 0;

/** The arguments of the requests whose handler's call is marked where Nest makes it. */
const marked = new WeakSet<object>();

/**
 * Marks the call that Nest makes of a route's handler, which the wrapper must not cache by its arguments:
 * the interceptor does that by the route, or has decided that nothing may be cached at all. It is marked
 * right there, for interceptors between may make it in the context of another request: those that
 * limit how many run begin one where another has ended.
 *
 * @param args what the platform has called the route with
 * @param next pipes and handler, each time it is called
 */
export function markCalls(method: CachedMethod, args: readonly unknown[], next: Call): Call {
  marked.add(args);
  return () => {
    const call = new AwaitedCall(method);
    running++;
    const over = (): void => {
      call.end();
      // Until Node 24 an enabled one makes every promise of the process dearer.
      if (--running === 0) storage.disable();
    };
    let given: unknown;
    try {
      given = storage.run(call, next);
    } catch (error) {
      over();
      throw error;
    }
    if (given instanceof Promise) given.then(over, over);
    else over();
    return given;
  };
}

/**
 * Runs what ends in the handler's call. Where that is not marked, because Nest is not as we know it, no call of
 * the method is cached by its arguments until the route is answered.
 */
export function runPending<T>(
  method: CachedMethod,
  args: readonly unknown[],
  run: () => Observable<T>,
): Observable<T> {
  if (marked.has(args)) return run();
  return new Observable((subscriber) => {
    const call = new AwaitedCall(method);
    return defer(run)
      .pipe(finalize(() => call.end()))
      .subscribe(subscriber);
  });
}

/**
 * Makes the call, if it is, or may be, a handler's own. Later calls of the method, by itself or others, are not.
 * One that has lost its context (a decorator above may queue calls too) is not told from others: then it is
 * better to leave one of these uncached than to answer a request by its arguments.
 */
export function madeForRoute(method: CachedMethod, run: Call): Given | undefined {
  if (method.awaited === 0) return undefined;
  const call = storage.getStore();
  if (call?.method === method) call.end();
  return { value: run() };
}
