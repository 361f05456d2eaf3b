import type { Observable } from 'rxjs';
import type { CacheService } from '../../core/cache.service.js';
import type { CacheResult } from '../../core/model/cache-result.js';
import type { Factory, LoadContext } from '../../core/model/options.js';
import type { CachedRoute } from './cached-route.js';
import type { HttpExchange } from './http-exchange.js';
import { isRouteAnswer, type Outcome, recordAnswer, replayAnswer } from './route-answer.js';

/** A request that may be answered from the cache. */
export interface CacheableRequest {
  readonly service: CacheService;
  readonly route: CachedRoute;
  readonly exchange: HttpExchange;
  readonly handle: () => Observable<unknown>;
  readonly key: string;
}

/** What a load gives to those who wait for it, when the answer is for one caller only. */
const NOT_SHARED = 'nestjs-tiered-cache:not-shared';

/** Carries what a handler threw, be it an error or not, to every caller that waits for it. */
class HandlerFailure extends Error {
  constructor(readonly thrown: unknown) {
    super('the route handler failed', { cause: thrown });
  }
}

/**
 * Answers a request from the cache, from its own handler, or with the answer of a handler that
 * was already running. Nothing if the request has to run its own handler, and has not yet.
 *
 * @throws what the handler threw
 */
export async function answerRoute(
  request: CacheableRequest,
): Promise<{ readonly body: unknown } | undefined> {
  const { exchange, handle, route } = request;
  let running: Promise<Outcome> | undefined;
  const result = await ask(request, async (context) => {
    exchange.tell('MISS');
    running ??= recordAnswer(exchange, handle, route.now);
    return share(await running, route, context);
  });
  if (running !== undefined) return own(await running, exchange);
  return result && ofOthers(result, request);
}

/** A cache that fails is reported, and leaves the request to its handler. */
async function ask(
  { service, key, route }: CacheableRequest,
  load: Factory<unknown>,
): Promise<CacheResult<unknown> | undefined> {
  try {
    return await service.getOrSet(key, load, route.loadOptions);
  } catch (error) {
    route.complain(error);
    return undefined;
  }
}

/** What the load gives to the cache, and to the callers that wait for it. */
function share(outcome: Outcome, route: CachedRoute, context: LoadContext): unknown {
  if (outcome.failed) throw new HandlerFailure(outcome.thrown);
  if (outcome.singleUse) route.noteStream();
  if (outcome.answer === undefined) {
    context.skip();
    return NOT_SHARED;
  }
  const { negative } = route.loadOptions;
  const isNothing = outcome.body === null || outcome.body === undefined;
  if (isNothing && negative !== undefined) context.setTtl(negative);
  return outcome.answer;
}

/** This request ran its handler: the response already has the status and the headers. */
function own(outcome: Outcome, exchange: HttpExchange): { readonly body: unknown } {
  if (outcome.failed) throw outcome.thrown;
  if (outcome.answer === undefined) exchange.tell('BYPASS');
  return { body: outcome.body };
}

/** Another request ran its handler, now or earlier. */
function ofOthers(
  result: CacheResult<unknown>,
  { exchange, route }: CacheableRequest,
): { readonly body: unknown } | undefined {
  if (!result.success) {
    if (result.error instanceof HandlerFailure) throw result.error.thrown;
    route.complain(result.error);
    return undefined;
  }
  const { value, source } = result;
  if (value === NOT_SHARED) return undefined;
  exchange.tell(source === 'function' ? 'MISS' : 'HIT');
  // A plain value under the route's key, from `@CachePut` or `set`, is a body.
  if (!isRouteAnswer(value)) return { body: value };
  if (source !== 'function') {
    exchange.setHeader('Age', String(Math.floor(Math.max(0, route.now() - value.storedAt) / 1000)));
  }
  return { body: replayAnswer(value, exchange) };
}
