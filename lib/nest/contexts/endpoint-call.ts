import { AsyncLocalStorage } from 'node:async_hooks';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { CachedMethod } from '../cached-method.js';

interface EndpointCall {
  readonly method: CachedMethod;
  context: ExecutionContext | undefined;
}

/** The call that Nest is about to make, until it is made. */
const calls = new AsyncLocalStorage<EndpointCall>();

/** Handlers before which a `ContextBearer` stands. */
const attended = new WeakSet<object>();

/**
 * Runs what ends in Nest's call of the method, so that the method's wrapper knows the context. Interceptors
 * between may make the call at another time, out of another call's context: where there are any, the one next
 * to the handler does this.
 */
export function runEndpoint<T>(method: CachedMethod, context: ExecutionContext, run: () => T): T {
  if (attended.has(context.getHandler())) return run();
  return calls.run({ method, context }, run);
}

/** The context if this is Nest's own call. Later calls of the method, by itself or others, have none. */
export function takeContext(method: CachedMethod): ExecutionContext | undefined {
  const call = calls.getStore();
  if (call?.method !== method) return undefined;
  const { context } = call;
  call.context = undefined;
  return context;
}

/**
 * The interceptor next to a handler: nothing comes between it and the call but Nest's own code and pipes, and
 * it is asked again when the call is made again. So what context it is given is the call's.
 */
export class ContextBearer implements NestInterceptor {
  constructor(
    private readonly method: CachedMethod,
    handler: object,
  ) {
    attended.add(handler);
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() === 'http') return next.handle();
    return calls.run({ method: this.method, context }, () => next.handle());
  }
}
