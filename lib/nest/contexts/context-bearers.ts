import type { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import { decoratedMethods } from '../decorated-methods.js';
import { CachedInterceptor } from '../http/cached.interceptor.js';
import { INTERCEPTORS } from '../http/nest-metadata.js';
import { ContextBearer } from './endpoint-call.js';
import { endpointKindOf } from './endpoint-kind.js';

/**
 * Puts a bearer of the context next to the handlers whose answers vary by it, where other interceptors stand
 * between them and the cache's own. Before Nest looks for their interceptors: gateways are set up as early as
 * their instances have been made.
 */
export function placeContextBearers(classes: Iterable<ClassRef>): void {
  for (const classRef of classes) {
    const { prototype } = classRef as { prototype?: object } & ClassRef;
    for (const { cached } of decoratedMethods(prototype)) {
      if (cached?.options.varyBy === undefined || endpointKindOf(cached) === undefined) continue;
      place(cached);
    }
  }
}

function place(method: CachedMethod): void {
  const { prototype } = method.declaringClass as unknown as { prototype: object };
  const handler = Object.getOwnPropertyDescriptor(prototype, method.propertyKey)?.value as object;
  const interceptors = (Reflect.getMetadata(INTERCEPTORS, handler) as unknown[] | undefined) ?? [];
  const innermost = interceptors.at(-1);
  if (innermost === CachedInterceptor || innermost instanceof ContextBearer) return;
  const bearer = new ContextBearer(method, handler);
  Reflect.defineMetadata(INTERCEPTORS, [...interceptors, bearer], handler);
}
