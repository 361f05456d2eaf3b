import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  Optional,
} from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import type { Observable } from 'rxjs';
import { CacheSlot } from '../cache.slot.js';
import { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import { runEndpoint } from '../contexts/endpoint-call.js';
import { AT_ONCE, type AnswersAtOnce, NOTHING_AT_HAND } from './chain-shortcut.js';
import { loadRouting, routingAtHand } from './late-routing.js';
import { ROUTE_METHOD } from './nest-metadata.js';
import type { RouteAnswers } from './route-answers.js';

type Answer = Observable<unknown> | Promise<Observable<unknown>>;

/**
 * Stands on every decorated method, for a decorator cannot know what a method is. Requests of HTTP are
 * answered as those of a route; what is none goes on, with its context, to the method's wrapper.
 */
@Injectable()
export class CachedInterceptor implements NestInterceptor, AnswersAtOnce {
  private answers: RouteAnswers | undefined = undefined;

  constructor(
    @Inject(HttpAdapterHost) private readonly adapterHost: HttpAdapterHost,
    @Inject(ApplicationConfig) private readonly config: ApplicationConfig,
    /** Set by the explorer where the module of the controller does not see the cache. */
    @Optional() @Inject(CacheSlot) public slot?: CacheSlot,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Answer {
    if (!isOfRoute(context)) return relay(context, next);
    const answers = this.answersAtHand();
    if (answers !== undefined) return answers.answer(context, next);
    return loadRouting().then(() => this.intercept(context, next));
  }

  [AT_ONCE](args: readonly unknown[], controller: ClassRef, handler: object): unknown {
    // The first request goes through the chain.
    if (this.answers === undefined) return NOTHING_AT_HAND;
    return this.answers[AT_ONCE](args, controller, handler);
  }

  private answersAtHand(): RouteAnswers | undefined {
    const routing = routingAtHand();
    if (routing === undefined) return undefined;
    const { adapterHost, config } = this;
    this.answers ??= new routing.RouteAnswers({
      adapterHost,
      config,
      slot: () => this.slot,
      interceptor: CachedInterceptor,
    });
    return this.answers;
  }
}

/**
 * Nest calls `http` also what others call without naming another type (`ExternalContextCreator`), with whatever
 * arguments they have.
 */
function isOfRoute(context: ExecutionContext): boolean {
  if (context.getType() !== 'http') return false;
  if (!Reflect.hasMetadata(ROUTE_METHOD, context.getHandler())) return false;
  const [request, response] = context.getArgs<Partial<{ headers: unknown } | undefined>[]>();
  return typeof request?.headers === 'object' && typeof response === 'object' && response !== null;
}

function relay(context: ExecutionContext, next: CallHandler): Answer {
  const method = CachedMethod.of(context.getHandler());
  if (method === undefined) return next.handle();
  return runEndpoint(method, context, () => next.handle());
}
