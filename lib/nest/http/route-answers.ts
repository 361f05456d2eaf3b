import type { CallHandler, ExecutionContext } from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import { type Observable, of, tap } from 'rxjs';
import type { CacheService } from '../../core/cache.service.js';
import type { CacheSlot } from '../cache.slot.js';
import { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import { CachedRoute } from './cached-route.js';
import { AT_ONCE, type AnswersAtOnce, NOTHING_AT_HAND } from './chain-shortcut.js';
import { type Awaited, takeAwaited } from './detached-request.js';
import { runHandler } from './handler-run.js';
import { HttpExchange } from './http-exchange.js';
import { type Given, giveKept } from './kept-answer.js';
import { isWatched } from './outer-interceptors.js';
import { runPending } from './pending-handler.js';
import { answerRoute } from './route-load.js';
import { watchReplies } from './router-reply.js';
import { isSentOnce } from './sent-once.js';

type Handle = () => Observable<unknown>;
type Answer = Observable<unknown> | Promise<Observable<unknown>>;

/** What is known of a handler: no route until its application has a cache. */
interface KnownRoute {
  readonly method: CachedMethod;
  readonly route?: CachedRoute;
}

/** What a cached route needs of the application it is in. */
export interface RouteSurroundings {
  readonly adapterHost: HttpAdapterHost;
  readonly config: ApplicationConfig;
  /** None where the application has no cache. */
  readonly slot: () => CacheSlot | undefined;
  /** The class of the interceptor that asks: its place among others is looked for. */
  readonly interceptor: object;
}

/** The answers of controller routes: from the cache, or from the handler, and then kept. */
export class RouteAnswers implements AnswersAtOnce {
  readonly #routes = new WeakMap<object, WeakMap<ClassRef, KnownRoute>>();
  /** Requests for which another variant was found before the chain: it is not to be found, and counted, again. */
  readonly #passedBy = new WeakSet<object>();

  constructor(private readonly around: RouteSurroundings) {}

  /** To a request that has come through the chain of interceptors. */
  answer(context: ExecutionContext, next: CallHandler): Answer {
    const controller = context.getClass();
    const handler = context.getHandler();
    const known = this.#routes.get(handler)?.get(controller) ?? this.#routeOf(controller, handler);
    if (known === undefined) return next.handle();
    const { method, route } = known;
    const handle: Handle = () => runPending(method, context.getArgs(), () => next.handle());
    const service = this.around.slot()?.service;
    if (route === undefined || service === undefined || service.closed) return handle();
    const exchange = new HttpExchange(
      this.around.adapterHost.httpAdapter,
      context.getArgs(),
      context,
    );
    if (this.#passedBy.delete(exchange.request)) return bypass(route, exchange, handle);
    const key = route.keyFor(exchange);
    const awaited = takeAwaited(exchange);
    if (awaited !== undefined) return renew(awaited, key, route, exchange, handle);
    return typeof key === 'object'
      ? key.then((made) => this.#serve(service, route, exchange, handle, made))
      : this.#serve(service, route, exchange, handle, key);
  }

  /** A hit in memory, if it needs nothing that only the chain has. */
  [AT_ONCE](args: readonly unknown[], controller: ClassRef, handler: object): unknown {
    const route = this.#routes.get(handler)?.get(controller)?.route;
    const service = this.around.slot()?.service;
    // The first request of a route goes through the chain, and makes the route.
    if (route?.isAtHand !== true || service === undefined || service.closed) return NOTHING_AT_HAND;
    const exchange = new HttpExchange(this.around.adapterHost.httpAdapter, args);
    if (exchange.isDetached) return NOTHING_AT_HAND;
    const key = route.keyFor(exchange);
    if (typeof key !== 'string') return NOTHING_AT_HAND;
    const hit = route.hitIn(service, key, exchange);
    if (hit === undefined) return NOTHING_AT_HAND;
    const given = giveKept(hit, { route, exchange }, true);
    if (given !== undefined) return given.value;
    this.#passedBy.add(exchange.request);
    return NOTHING_AT_HAND;
  }

  #serve(
    service: CacheService,
    route: CachedRoute,
    exchange: HttpExchange,
    handle: Handle,
    key: string | undefined,
  ): Answer {
    if (key === undefined) return bypass(route, exchange, handle);
    if (route.isStreamed(key)) {
      const note = (value: unknown): void => route.noteStream(key, isSentOnce(value));
      return bypass(route, exchange, () => handle().pipe(tap(note)));
    }
    const hit = route.hitIn(service, key, exchange);
    if (hit !== undefined)
      return observed(giveKept(hit, { route, exchange }), route, exchange, handle);
    return answerRoute({ service, route, exchange, handle, key }).then((given) =>
      observed(given, route, exchange, handle),
    );
  }

  #routeOf(controller: ClassRef, handler: object): KnownRoute | undefined {
    const method = CachedMethod.of(handler);
    if (method === undefined) return undefined;
    method.routed = true;
    const { adapterHost, config, interceptor } = this.around;
    const slot = this.around.slot();
    if (slot?.service === undefined) return { method };
    watchReplies(adapterHost.httpAdapter);
    const watched = isWatched(config, controller, handler, interceptor);
    const versioning = config.getVersioning();
    const route = new CachedRoute(slot, method, controller, handler, watched, versioning);
    const known = { method, route };
    let routes = this.#routes.get(handler);
    if (routes === undefined) this.#routes.set(handler, (routes = new WeakMap()));
    routes.set(controller, known);
    return known;
  }
}

/**
 * A request without a client. It may have become another's: a session that has ended, or has a new
 * owner, has another key, and its answer must not be kept under the old one.
 */
async function renew(
  { key, settle }: Awaited,
  present: string | undefined | Promise<string | undefined>,
  route: CachedRoute,
  exchange: HttpExchange,
  handle: Handle,
): Promise<Observable<unknown>> {
  if ((await present) !== key) {
    settle(Promise.resolve({ kind: 'refused', why: 'has got another key' }));
    return EMPTY_BODY;
  }
  const run = runHandler(exchange, route, handle);
  settle(run.outcome);
  return of(await run.value);
}

const EMPTY_BODY = of(undefined);

function observed(
  given: Given | undefined,
  route: CachedRoute,
  exchange: HttpExchange,
  handle: Handle,
): Observable<unknown> {
  if (given === undefined) return bypass(route, exchange, handle);
  return given.value === undefined ? EMPTY_BODY : of(given.value);
}

function bypass(route: CachedRoute, exchange: HttpExchange, handle: Handle): Observable<unknown> {
  route.tellOwn(exchange);
  return handle();
}
