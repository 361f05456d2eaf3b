import { RequestMethod, type VersioningOptions } from '@nestjs/common';
import type { CacheService } from '../../core/cache.service.js';
import type { CacheHit } from '../../core/model/cache-result.js';
import type { CacheLogger } from '../../core/model/logger.js';
import { asError } from '../../core/primitives/errors.js';
import type { CacheSlot } from '../cache.slot.js';
import type { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import { namesTag } from './entity-tag.js';
import type { Headers, HttpExchange } from './http-exchange.js';
import { RENDER, ROUTE_METHOD } from './nest-metadata.js';
import { carriesCredentials } from './request-credentials.js';
import type { RouteAnswer, Variant } from './route-answer.js';
import { RouteHeaders } from './route-headers.js';
import { RouteKeys } from './route-keys.js';
import { type RouteKeeping, RouteLoadOptions } from './route-load-options.js';
import { declaredHeader, forbidsSharing, isNeverCached } from './route-traits.js';
import { RouteVersion } from './route-version.js';
import { Variance, type VaryPart } from './vary-by.js';

/** Of one route, to be remembered. */
const MOST_STREAMS = 1000;

/** What an answer's headers are made of. */
export type Description = Pick<RouteAnswer, 'etag' | 'maxAge'>;

/** A cached route of one controller: which requests it may cache, and what it says of the answers. */
export class CachedRoute {
  readonly options: RouteLoadOptions;
  readonly headers: RouteHeaders;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Whether a view is made of the handler's value. */
  readonly isRendered: boolean;
  /** Whether it is for `HEAD` alone, where there is nothing to send. */
  readonly isForHead: boolean;
  /** Whether a hit needs neither the execution context nor a wait, and nobody looks at it on its way. */
  readonly isAtHand: boolean;
  readonly #name: string;
  /** What `@Header('Vary')` on the handler names, but for functions. */
  readonly #declaredVary: string | undefined;
  readonly #variance: Variance;
  readonly #keys: RouteKeys;
  readonly #isNeverCached: boolean;
  /** Whether a function in `@Header('Cache-Control')` says for each request what may become of its answer. */
  readonly #isControlAsked: boolean;
  readonly #logger: CacheLogger | undefined;
  readonly #streams = new Set<string>();
  #complained = false;
  #isRefusalTold = false;

  constructor(
    slot: CacheSlot,
    private readonly method: CachedMethod,
    controller: ClassRef,
    handler: object,
    /** Whether interceptors around the cache look at the handler's value. */
    readonly isWatched: boolean,
    /** The application's. */
    versioning?: VersioningOptions,
  ) {
    this.#name = slot.nameOf(method, controller);
    this.#variance = new Variance(method.options.varyBy, `${this.#name} @Cached.varyBy`);
    const version = new RouteVersion(versioning, controller, handler);
    this.#keys = new RouteKeys(this.#name, method, controller, version);
    this.#isNeverCached =
      slot.options.enabled === false ||
      isNeverCached(method, controller, handler, this.#variance.tellsCallers);
    this.#isControlAsked = declaredHeader(handler, 'cache-control').isAsked;
    this.isRendered = Reflect.hasMetadata(RENDER, handler);
    this.isForHead = Reflect.getMetadata(ROUTE_METHOD, handler) === RequestMethod.HEAD;
    const varied = declaredHeader(handler, 'vary');
    this.#declaredVary = varied.fixed.length > 0 ? varied.fixed.join(', ') : undefined;
    this.#logger = slot.options.logger;
    this.options = new RouteLoadOptions(slot, method);
    this.headers = new RouteHeaders(this.options.settings, this.#variance, version, varied.isAsked);
    this.isAtHand =
      !(isWatched || this.isRendered || this.#isNeverCached || this.#variance.hasFunctions) &&
      this.options.address !== undefined &&
      method.options.key === undefined;
    const { clock } = slot.options;
    this.now = clock === undefined ? Date.now : () => clock.now();
  }

  /** The key of the request's answer; none if it may neither be answered from the cache nor kept. */
  keyFor(exchange: HttpExchange): string | undefined | Promise<string | undefined> {
    if (this.#isNeverCached || !exchange.isReadable) return undefined;
    if (!isRead(exchange)) return undefined;
    // A handler can read it, and the address does not tell it.
    if (exchange.hasBody && this.method.options.key === undefined) return undefined;
    // Some read the query up to it, others beyond.
    if (exchange.url.includes('#')) return undefined;
    try {
      const vary = this.#variance.partOf(exchange);
      if (!this.#isOpenTo(exchange, vary)) return undefined;
      if (this.#isControlAsked && this.#isForbiddenTo(exchange, vary)) return undefined;
      const key = this.#keys.of(exchange);
      if (typeof key === 'string') return this.#variance.keyWith(key, vary);
      return key.then(
        (made) => this.#variance.keyWith(made, vary),
        (error) => this.complain(error),
      );
    } catch (error) {
      return this.complain(error);
    }
  }

  /**
   * A fresh answer in memory, at once: what a hit costs beyond its bytes is little, if nobody has to
   * wait for it.
   */
  hitIn(
    { memory }: CacheService,
    key: string,
    exchange: HttpExchange,
  ): CacheHit<unknown> | undefined {
    const { address } = this.options;
    if (address === undefined || this.isRefreshedBy(exchange)) return undefined;
    // A miss is counted by the load, once.
    if (!memory.has(key, address)) return undefined;
    const found = memory.get(key, address);
    return found.success ? found : undefined;
  }

  /** Whether the caller has an entry that nobody else can have: not if the handler has ended what tells him. */
  isVariedFor(exchange: HttpExchange): boolean {
    try {
      return this.#variance.partOf(exchange).tellsCaller;
    } catch (error) {
      this.complain(error);
      return false;
    }
  }

  /** Whether the client asks for a new answer, and may. */
  isRefreshedBy({ request }: HttpExchange): boolean {
    if (this.method.options.allowClientRefresh !== true) return false;
    const { 'cache-control': cacheControl, pragma } = request.headers;
    return /\bno-cache\b/i.test(String(cacheControl ?? pragma ?? ''));
  }

  /**
   * Sets the headers that tell the client, and caches on the way to it, what the answer is.
   *
   * @returns the `Cache-Control`, if it is set here
   */
  describe(exchange: HttpExchange, { etag, maxAge }: Description): string | undefined {
    if (etag !== undefined) exchange.setHeader('ETag', etag);
    this.headers.setVary(exchange);
    return maxAge === undefined ? undefined : this.headers.setCacheControl(exchange, maxAge);
  }

  /** Tells the client, and other caches, that the answer is its own: they may have answers of the route for others. */
  tellOwn(exchange: HttpExchange): void {
    if (exchange.isSent) return;
    exchange.tell('BYPASS');
    if (!this.#isNeverCached && isRead(exchange)) this.headers.setVary(exchange);
  }

  /**
   * What the answer varies by beyond what is in its key.
   *
   * @param set the headers that the handler has set
   * @param before those that were there
   */
  variantOf(exchange: HttpExchange, set: Headers, before: Headers): Variant | undefined {
    return this.headers.variantOf(exchange, set['vary'] ?? this.#declaredVary, before['vary']);
  }

  /** Whether the tag of this body is the answer's: of what `GET` would send, a route for `HEAD` alone knows nothing. */
  isTagged(body: unknown): boolean {
    return body !== undefined || !this.isForHead;
  }

  /** Whether the client has this very body. */
  isKnownTo(exchange: HttpExchange, answer: Pick<RouteAnswer, 'etag' | 'headers'>): boolean {
    const known = exchange.request.headers['if-none-match'];
    if (typeof known !== 'string') return false;
    const tag = answer.etag ?? answer.headers['etag'] ?? exchange.header('etag');
    return typeof tag === 'string' && namesTag(known, tag);
  }

  /** What is to become of the answer. What the user's functions throw loses only the keeping. */
  keepingOf(value: unknown, now: number): RouteKeeping | undefined {
    try {
      return this.options.keepingOf(value, now);
    } catch (error) {
      return this.complain(error);
    }
  }

  /** What is a stream now may be one again: the next requests need not wait for one another. */
  noteStream(key: string, isStream: boolean): void {
    if (!isStream) {
      this.#streams.delete(key);
      return;
    }
    this.#streams.add(key);
    const [oldest = key] = this.#streams;
    if (this.#streams.size > MOST_STREAMS) this.#streams.delete(oldest);
  }

  /** Whether the last answer under this key was a stream. */
  isStreamed(key: string): boolean {
    return this.#streams.size > 0 && this.#streams.has(key);
  }

  /** Says once that something is wrong; the requests are served all the same. */
  complain(error: unknown): undefined {
    if (this.#complained) return;
    this.#complained = true;
    this.#logger?.error(`${this.#name} is served uncached: ${asError(error).message}`);
  }

  /** Says once that what is kept cannot be renewed. */
  noteRefusal(why: string): void {
    if (this.#isRefusalTold) return;
    this.#isRefusalTold = true;
    const what = 'a kept answer is not renewed: the request that was to renew it';
    this.#logger?.warn(`${this.#name}: ${what} ${why}`);
  }

  #isForbiddenTo(exchange: HttpExchange, { tellsCaller }: VaryPart): boolean {
    return forbidsSharing(exchange.header('cache-control'), () => tellsCaller);
  }

  #isOpenTo(exchange: HttpExchange, vary: VaryPart): boolean {
    const { scope, key } = this.method.options;
    if (scope === 'public') return true;
    if (this.#variance.isEmpty ? key !== undefined : this.#variance.isOwn(vary)) return true;
    exchange.isAnonymous = scope !== 'private' && !carriesCredentials(exchange);
    return exchange.isAnonymous;
  }
}

function isRead({ method }: HttpExchange): boolean {
  return method === 'GET' || method === 'HEAD';
}
