import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Observable, of } from 'rxjs';
import type { CacheService } from '../../core/cache.service.js';
import { CacheSlot } from '../cache.slot.js';
import { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import { runEndpoint } from '../contexts/endpoint-call.js';
import { CachedRoute } from './cached-route.js';
import { HttpExchange } from './http-exchange.js';
import { runPending } from './pending-handler.js';
import { answerRoute } from './route-load.js';

/**
 * Caches the answers of controller routes. It stands on every decorated method, for a decorator
 * cannot know what a method is; what is not an HTTP request goes on, with its context, to the
 * method's wrapper.
 */
@Injectable()
export class CachedInterceptor implements NestInterceptor {
  readonly #routes = new WeakMap<ClassRef, Map<CachedMethod, CachedRoute>>();

  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    /** Set by the explorer where the module of the controller does not see the cache. */
    @Optional() @Inject(CacheSlot) public slot?: CacheSlot,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const method = CachedMethod.of(context.getHandler());
    if (method === undefined) return next.handle();
    if (context.getType() !== 'http') return runEndpoint(method, context, () => next.handle());
    method.routed = true;
    const handle = () => runPending(method, () => next.handle());
    const { slot } = this;
    const service = slot?.service;
    if (slot === undefined || service === undefined || service.closed) return handle();
    const route = this.#routeOf(slot, method, context);
    return this.#serve(service, route, context, handle);
  }

  async #serve(
    service: CacheService,
    route: CachedRoute,
    context: ExecutionContext,
    handle: () => Observable<unknown>,
  ): Promise<Observable<unknown>> {
    const exchange = new HttpExchange(this.adapterHost.httpAdapter, context);
    const key = await route.keyFor(exchange);
    if (key !== undefined) {
      const served = await answerRoute({ service, route, exchange, handle, key });
      if (served !== undefined) return of(served.body);
    }
    exchange.tell('BYPASS');
    return handle();
  }

  #routeOf(slot: CacheSlot, method: CachedMethod, context: ExecutionContext): CachedRoute {
    const controller = context.getClass();
    let routes = this.#routes.get(controller);
    if (routes === undefined) this.#routes.set(controller, (routes = new Map()));
    let route = routes.get(method);
    if (route === undefined) {
      route = new CachedRoute(slot, method, controller, context.getHandler());
      routes.set(method, route);
    }
    return route;
  }
}
