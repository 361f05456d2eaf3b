import { AsyncLocalStorage } from 'node:async_hooks';
import type { ExecutionContext } from '@nestjs/common';
import type { CachedMethod } from '../cached-method.js';

interface EndpointCall {
  readonly method: CachedMethod;
  context: ExecutionContext | undefined;
}

/** The call that Nest is about to make, until it is made. */
const calls = new AsyncLocalStorage<EndpointCall>();

/** Runs what ends in Nest's call of the method, so that the method's wrapper knows the context. */
export function runEndpoint<T>(method: CachedMethod, context: ExecutionContext, run: () => T): T {
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
