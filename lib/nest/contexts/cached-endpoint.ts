import type { ExecutionContext } from '@nestjs/common';
import { isObservable, Observable } from 'rxjs';
import type { CacheService } from '../../core/cache.service.js';
import type { Invocation } from '../../core/loading/cached-function.js';
import type { HandOver } from '../../core/loading/uncached-call.js';
import { tiersAsked } from '../../core/loading/value-options.js';
import type { CacheLogger } from '../../core/model/logger.js';
import type { CategoryOptions } from '../../core/model/options.js';
import { textAtOnce } from '../../core/primitives/at-once.js';
import { canonicalKey } from '../../core/primitives/canonical-key.js';
import { asError, UnkeyableArgumentError } from '../../core/primitives/errors.js';
import { withoutUndefined } from '../../core/primitives/without-undefined.js';
import type { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import type { Method } from '../decorators/method-wrapper.js';
import { Variance, type VaryPart } from '../http/vary-by.js';
import { begunInTime } from './begun-in-time.js';
import { headersBehind } from './context-headers.js';
import { takeContext } from './endpoint-call.js';
import type { EndpointKind } from './endpoint-kind.js';
import { EndpointParameters } from './endpoint-parameters.js';
import { RelayedAnswers } from './relayed-answers.js';
import { resolverContext } from './resolver-context.js';

const NO_CONTEXT =
  'varyBy is not known in a call by other code, nor in the resolver of a field that has no ' +
  "@Context() and no `fieldResolverEnhancers: ['interceptors']`";

/** What a cached endpoint needs of the application it is in. */
export interface EndpointSurroundings {
  readonly service: CacheService;
  readonly realClass: ClassRef;
  /** First part of the default key. */
  readonly name: string;
  readonly kind: EndpointKind;
  /** The defaults of the method's category. */
  readonly category: CategoryOptions;
  readonly logger: CacheLogger | undefined;
  /** Whether each request has an instance of its own, which may know who asks. */
  readonly isPerRequest: () => boolean;
}

/** A call under its key: what `cached` is given in place of the method. */
interface KeyedCall {
  readonly key: string;
  readonly run: () => unknown;
}

type UntypedCached = (
  this: CacheService,
  fn: (call: KeyedCall) => unknown,
  options: object,
) => (call: KeyedCall) => unknown;

/**
 * A resolver, or the method of a gateway's or a microservice's message: which calls may be answered
 * from the cache, and under which key. An answer that may depend on who asks goes to nobody else: a
 * call passes the cache by when the method sees more than is in its key, unless its options say that
 * this is well.
 */
export class CachedEndpoint {
  readonly #parameters: EndpointParameters;
  readonly #variance: Variance;
  readonly #cached: (call: KeyedCall) => unknown;
  readonly #relayed: RelayedAnswers;
  readonly #patience: HandOver | undefined;
  /** Whether the method has been seen, or is declared, to give Observables; and by promise. */
  #emits: boolean;
  #promises: boolean;
  #complained = false;

  constructor(
    private readonly method: CachedMethod,
    private readonly around: EndpointSurroundings,
  ) {
    const { service, name, category } = around;
    const { original, declaringClass, propertyKey, coreOptions } = method;
    this.#parameters = new EndpointParameters(method, around.kind);
    this.#variance = new Variance(method.options.varyBy, `${name} @Cached.varyBy`);
    this.#promises = original.constructor.name === 'AsyncFunction';
    const { prototype } = declaringClass as unknown as { prototype: object };
    this.#emits = Reflect.getMetadata('design:returntype', prototype, propertyKey) === Observable;
    const { key: _key, name: _name, useFileCache: _asked, ...options } = coreOptions;
    const { cacheIf = category.cacheIf } = options;
    const keeps = (value: unknown): boolean =>
      !isFailure(value) && (cacheIf === undefined || cacheIf(value));
    this.#patience = service.patienceFor(coreOptions);
    const run = ({ run }: KeyedCall): unknown => run();
    const cached = service.cached as unknown as UntypedCached;
    this.#cached = cached.call(service, this.#promises ? async (call) => run(call) : run, {
      ...coreOptions,
      name,
      key: (call: KeyedCall) => call.key,
      cacheIf: (value: unknown) => !this.#noteEmitter(value) && keeps(value),
    });
    this.#relayed = new RelayedAnswers(service, {
      ...withoutUndefined({ ...options, tiers: tiersAsked(coreOptions) }),
      cacheIf: keeps,
    });
  }

  /** The method, in the place of the one it caches. */
  asInvocation(): Invocation {
    return (self, args) => this.#call(self as object, args);
  }

  #call(self: object, args: unknown[]): unknown {
    const run = (): unknown => this.method.original.apply(self, args);
    const why = this.#whyItMustRun();
    if (why !== undefined) {
      this.#complain(why);
      return run();
    }
    const key = this.#keyFor(self, args);
    if (key === undefined) return this.#inTime(run());
    if (this.#emits) {
      const answer = this.#relayed.answer(key, run);
      return this.#promises ? Promise.resolve(answer) : answer;
    }
    const answer = this.#cached({ key, run });
    if (answer instanceof Promise) this.#promises = true;
    return answer;
  }

  #whyItMustRun(): string | undefined {
    const { mustRun } = this.around.kind;
    if (mustRun !== undefined) return mustRun;
    return this.#parameters.sees('answering')
      ? 'it answers through one of its arguments'
      : undefined;
  }

  /** What a call gave that may not be answered from the cache: it is waited for as long as others. */
  #inTime(answer: unknown): unknown {
    const handOver = this.#patience;
    if (handOver === undefined) return answer;
    if (isObservable(answer)) return begunInTime(answer, handOver);
    if (!(answer instanceof Promise)) return answer;
    const values = (given: unknown): unknown =>
      isObservable(given) ? begunInTime(given, handOver) : given;
    return handOver(answer.then(values));
  }

  /** The key of a call; none if it may neither be answered from the cache nor kept. */
  #keyFor(self: object, args: unknown[]): string | undefined {
    try {
      const vary = this.#varyOf(args);
      if (!this.#isOpen(vary)) return undefined;
      const key = this.#baseKey(self, args);
      return this.#variance.keyWith(key, vary);
    } catch (error) {
      return this.#complain(whyNoKey(error));
    }
  }

  /** @throws whatever a user's function throws, and for a call whose context is not known */
  #varyOf(args: unknown[]): VaryPart {
    const known = takeContext(this.method);
    if (this.#variance.isEmpty) return { text: undefined, tellsCaller: false };
    const context = known ?? this.#contextOf(args);
    if (context === undefined) throw new Error(NO_CONTEXT);
    return this.#variance.partOf({ context, request: { headers: headersBehind(context) ?? {} } });
  }

  #contextOf(args: unknown[]): ExecutionContext | undefined {
    if (this.around.kind.type !== 'graphql') return undefined;
    return resolverContext(this.method, this.around.realClass, this.#parameters, args);
  }

  #isOpen(vary: VaryPart): boolean {
    const { scope, key } = this.method.options;
    if (scope === 'public') return true;
    // Unlike a route, it cannot tell that the caller has no credentials.
    if (!this.#variance.isEmpty) return this.#variance.isOwn(vary);
    if (key !== undefined) return true;
    if (scope === 'private') return false;
    if (!this.#parameters.sees('unkeyed') && !this.around.isPerRequest()) return true;
    this.#complain("its answer may depend on who asks: give it varyBy, key or scope: 'public'");
    return false;
  }

  #baseKey(self: object, args: unknown[]): string {
    const makeKey = this.method.options.key as Method | undefined;
    if (makeKey === undefined) {
      return `${this.around.name}(${canonicalKey(this.#parameters.keyed(args))})`;
    }
    return textAtOnce(makeKey.apply(self, args), 'key');
  }

  /** An Observable is not kept: its values may be. */
  #noteEmitter(value: unknown): boolean {
    if (!isObservable(value)) return false;
    this.#emits = true;
    return true;
  }

  /** Says once why calls run uncached. */
  #complain(why: string): undefined {
    if (!this.#complained) this.around.logger?.warn(`${this.around.name} ran uncached: ${why}`);
    this.#complained = true;
    return undefined;
  }
}

/** GraphQL takes an `Error` that is returned, alone or in a list, for one that was thrown. */
function isFailure(value: unknown): boolean {
  if (Array.isArray(value)) return value.some((item) => item instanceof Error);
  return value instanceof Error;
}

function whyNoKey(thrown: unknown): string {
  const error = asError(thrown);
  const { message } = error;
  return error instanceof UnkeyableArgumentError ? `${message}; give it a \`key\` option` : message;
}
