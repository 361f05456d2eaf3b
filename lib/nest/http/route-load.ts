import { setImmediate as nextTurn } from 'node:timers/promises';
import { GatewayTimeoutException } from '@nestjs/common';
import type { Observable } from 'rxjs';
import { failAsAnswer } from '../../core/loading/factory-wishes.js';
import type { CacheService } from '../../core/cache.service.js';
import type { CacheResult } from '../../core/model/cache-result.js';
import type { Factory, LoadContext } from '../../core/model/options.js';
import type { CachedRoute } from './cached-route.js';
import { requestDetached } from './detached-request.js';
import { type SocketTraits, traitsOf } from './detached-socket.js';
import { HandlerFailure } from './handler-failure.js';
import { RenewalRefusal } from './renewal-refusal.js';
import { type HandlerRun, type Outcome, runHandler } from './handler-run.js';
import type { HttpExchange } from './http-exchange.js';
import { type Given, giveKept } from './kept-answer.js';
import { ABANDONED, UNSHARED } from './route-answer.js';

/** A request that may be answered from the cache. */
export interface CacheableRequest {
  readonly service: CacheService;
  readonly route: CachedRoute;
  readonly exchange: HttpExchange;
  readonly handle: () => Observable<unknown>;
  readonly key: string;
}

type First = { readonly given: Given } | { readonly result: CacheResult<unknown> | undefined };

/**
 * Answers a request from the cache, from its own handler, or with the answer of a handler that
 * was already running. Nothing if the request has to run its own handler, and has not yet.
 *
 * The first request of a key runs its handler in its own way, and its answer is taken down when it is
 * sent: the load lasts until then, and those that wait for it get the same bytes. Where an old answer
 * is there, which may have to be sent instead, the load is a request of its own.
 *
 * @throws what the handler threw
 */
export async function answerRoute(request: CacheableRequest): Promise<Given | undefined> {
  const { exchange, route } = request;
  // Now: the load may begin when the client has its answer, and has gone.
  const traits = traitsOf(exchange.rawRequest.socket);
  let run: HandlerRun | undefined;
  let answeredBy: 'handler' | 'load' | undefined;
  const isAnsweredByLoad = (): boolean => answeredBy === 'load';
  const first = await new Promise<First>((resolve, reject) => {
    const load = async (context: LoadContext): Promise<unknown> => {
      const renewed = (): Promise<unknown> => detached(request, traits, context, isAnsweredByLoad);
      if (isAnsweredByLoad() || context.stale !== undefined) return renewed();
      exchange.tell('MISS');
      if (run === undefined) {
        run = runHandler(exchange, route, request.handle);
        run.value.then((value) => {
          answeredBy ??= 'handler';
          resolve({ given: { value } });
        }, reject);
      }
      const outcome = await run.outcome;
      if (outcome.kind === 'unshared' && outcome.isStream) route.noteStream(request.key, true);
      // The handler took longer than its caller waits, and nothing was sent of it.
      if (outcome.kind === 'abandoned' && isAnsweredByLoad()) return renewed();
      return share(outcome, context);
    };
    void ask(request, load).then((result) => {
      answeredBy ??= 'load';
      resolve({ result });
    });
  });
  if ('given' in first) return first.given;
  return first.result && answerWith(first.result, request);
}

/** A cache that fails is reported, and leaves the request to its handler. */
async function ask(
  { service, key, route, exchange }: CacheableRequest,
  load: Factory<unknown>,
): Promise<CacheResult<unknown> | undefined> {
  const { ofLoad, ofRefresh } = route.options;
  try {
    return await service.getOrSet(key, load, route.isRefreshedBy(exchange) ? ofRefresh : ofLoad);
  } catch (error) {
    route.complain(error);
    return undefined;
  }
}

async function detached(
  { exchange, key, route }: CacheableRequest,
  traits: SocketTraits,
  context: LoadContext,
  isAnswered: () => boolean,
): Promise<unknown> {
  const { signal } = context;
  // The time is over for good.
  signal.throwIfAborted();
  const outcome = await requestDetached(exchange, traits, key, signal);
  if (outcome.kind === 'refused' && !signal.aborted) {
    route.noteRefusal(outcome.why);
    // It may have been refused before the client is known to be answered.
    await nextTurn();
    // As a failure, it is not tried again at once. A client that waits has passed the guards itself, and runs
    // its handler: of the source nothing is known.
    if (isAnswered()) throw new RenewalRefusal();
  }
  return share(outcome, context);
}

/** What the load gives to the cache, and to the callers that wait for it. */
function share(outcome: Outcome, context: LoadContext): unknown {
  if (outcome.kind === 'failed') {
    const { failure } = outcome;
    if (failure.answer !== undefined) failAsAnswer(context, failure.answer);
    throw failure;
  }
  if (outcome.kind !== 'answered') {
    context.skip();
    return outcome.kind === 'abandoned' ? ABANDONED : UNSHARED;
  }
  const { keeping, answer } = outcome;
  if (keeping === undefined) context.skip();
  else {
    context.setTtl(keeping.ttl);
    if (keeping.tags !== undefined) context.setTags(keeping.tags);
  }
  return answer;
}

/** Another request ran its handler, now or earlier. */
async function answerWith(
  result: CacheResult<unknown>,
  request: CacheableRequest,
): Promise<Given | undefined> {
  const { route, exchange } = request;
  if (result.success) {
    if (result.value === UNSHARED) return undefined;
    if (result.value !== ABANDONED) return giveKept(result, request);
    if (exchange.hasLeft) return { value: undefined };
    // One of those that waited takes the place of the one that left, and may leave too.
    return answerRoute(request);
  }
  const { error } = result;
  if (error instanceof RenewalRefusal) return undefined;
  if (error instanceof HandlerFailure) {
    if (error.isForOne || !route.headers.isSameVariant(exchange, error.variant)) return undefined;
    exchange.tell('MISS');
    error.replayTo(exchange);
    throw error.thrown;
  }
  if (error?.name === 'CacheTimeoutError') {
    exchange.tell('MISS');
    throw new GatewayTimeoutException(undefined, { cause: error });
  }
  route.complain(error);
  return undefined;
}
