import type { ExternalContextCreator } from '@nestjs/core';
import { isObservable, tap } from 'rxjs';
import { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import { markCalls } from './pending-handler.js';
import { noteFailure } from './router-reply.js';

type Intercept = (
  this: unknown,
  interceptors: readonly unknown[] | undefined,
  args: readonly unknown[],
  instance: object,
  handler: object,
  next: () => unknown,
  type: string,
) => unknown;

/** What of Nest runs the interceptors of a call. */
interface Consumer {
  intercept: Intercept;
}

/** From an interceptor that has no answer at hand: the chain runs. */
export const NOTHING_AT_HAND = Symbol('nestjs-tiered-cache:nothing-at-hand');

export const AT_ONCE = Symbol('nestjs-tiered-cache:at-once');

/** An interceptor that can give the router its answer without the chain it stands in. */
export interface AnswersAtOnce {
  [AT_ONCE](args: readonly unknown[], controller: ClassRef, handler: object): unknown;
}

/** The methods as Nest wrote them, of each copy of Nest in the process. */
const originals = new WeakMap<object, Intercept>();

/**
 * Has the router ask `AT_ONCE` of a route's interceptors before it sets up their chain. The chain costs
 * a request more than all the rest of a hit: observables, an `AsyncResource` for each interceptor and
 * a watch for the client's leaving. Guards have run then, and a filter gets what is thrown. Where the
 * chain runs after all, the handler's call is marked, and so is a response whose chain fails.
 *
 * Nest has no hook at that place, so the method itself is replaced. Where it is not what we know, it
 * stays, and hits go through the chain.
 *
 * @param external runs what others than the router call, and so knows nothing of the answers made
 *   for the router: it keeps Nest's own method
 */
export function shortenChains(external: ExternalContextCreator): void {
  const { interceptorsConsumer: own } = external as unknown as { interceptorsConsumer?: Consumer };
  if (typeof own?.intercept !== 'function') return;
  const consumer = Object.getPrototypeOf(own) as Partial<Consumer>;
  if (!Object.hasOwn(consumer, 'intercept')) return;
  let original = originals.get(consumer);
  if (original === undefined) {
    original = own.intercept;
    originals.set(consumer, original);
    consumer.intercept = shortened(original);
  }
  own.intercept = original;
}

function shortened(original: Intercept): Intercept {
  return function (interceptors, args, instance, handler, next, type) {
    let isCached = false;
    if (type === 'http' && interceptors !== undefined) {
      for (const interceptor of interceptors) {
        if (!answersAtOnce(interceptor)) continue;
        const answer = interceptor[AT_ONCE](args, instance.constructor as ClassRef, handler);
        if (answer !== NOTHING_AT_HAND) return answer;
        isCached = true;
      }
    }
    const method = isCached ? CachedMethod.of(handler) : undefined;
    if (method === undefined) {
      return original.call(this, interceptors, args, instance, handler, next, type);
    }
    const own = markCalls(method, args, next);
    const chain = original.call(this, interceptors, args, instance, handler, own, type);
    return chain instanceof Promise ? watchedChain(chain, args) : chain;
  };
}

/** Notes that the chain of a response has failed, before a filter answers. */
async function watchedChain(
  chain: Promise<unknown>,
  [, response]: readonly unknown[],
): Promise<unknown> {
  const error = (): void => noteFailure(response as object);
  try {
    const answer = await chain;
    return isObservable(answer) ? answer.pipe(tap({ error })) : answer;
  } catch (thrown) {
    error();
    throw thrown;
  }
}

function answersAtOnce(interceptor: unknown): interceptor is AnswersAtOnce {
  return (interceptor as Partial<AnswersAtOnce> | undefined)?.[AT_ONCE] !== undefined;
}
