import type { CacheLogger } from '../../core/model/logger.js';
import { asError } from '../../core/primitives/errors.js';
import type { CacheSlot } from '../cache.slot.js';
import type { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import { canonicalQuery } from './canonical-query.js';
import type { HttpExchange } from './http-exchange.js';
import { carriesCredentials } from './request-credentials.js';
import { type RouteLoadOptions, routeLoadOptions } from './route-load-options.js';
import { isNeverCached } from './route-traits.js';
import { SentArguments } from './sent-arguments.js';
import { Variance } from './vary-by.js';

type KeyFunction = (...args: unknown[]) => unknown;

/** A cached route of one controller: which requests it may cache, and under which key. */
export class CachedRoute {
  readonly loadOptions: RouteLoadOptions;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly #name: string;
  readonly #variance: Variance;
  readonly #arguments: SentArguments;
  readonly #isNeverCached: boolean;
  readonly #logger: CacheLogger | undefined;
  #gaveStream = false;
  #complained = false;

  constructor(
    slot: CacheSlot,
    private readonly method: CachedMethod,
    controller: ClassRef,
    handler: object,
  ) {
    this.#name = slot.nameOf(method, controller);
    this.#variance = new Variance(method.options.varyBy, `${this.#name} @Cached.varyBy`);
    this.#arguments = new SentArguments(method, controller);
    this.#isNeverCached =
      slot.options.enabled === false || isNeverCached(method, controller, handler);
    this.#logger = slot.options.logger;
    this.loadOptions = routeLoadOptions(slot, method);
    const { clock } = slot.options;
    this.now = clock === undefined ? Date.now : () => clock.now();
  }

  /** The key of the request's answer; none if it may neither be answered from the cache nor kept. */
  async keyFor(exchange: HttpExchange): Promise<string | undefined> {
    if (this.#isNeverCached || this.#gaveStream || !exchange.isReadable) return undefined;
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return undefined;
    try {
      const vary = this.#variance.partOf(exchange);
      if (!this.#isOpenTo(exchange, vary)) return undefined;
      const key = await this.#baseKey(exchange);
      return vary === undefined ? key : `${key} vary=${vary}`;
    } catch (error) {
      this.complain(error);
      return undefined;
    }
  }

  /** A handler that streams now will stream again: the next requests need not wait for one another. */
  noteStream(): void {
    this.#gaveStream = true;
  }

  /** Says once that something is wrong; the requests are served all the same. */
  complain(error: unknown): void {
    if (this.#complained) return;
    this.#complained = true;
    this.#logger?.error(`${this.#name} is served uncached: ${asError(error).message}`);
  }

  #isOpenTo(exchange: HttpExchange, vary: string | undefined): boolean {
    const { scope, key } = this.method.options;
    if (scope === 'public') return true;
    if (!this.#variance.isEmpty) {
      if (vary !== undefined) return true;
      return scope !== 'private' && !carriesCredentials(exchange.request);
    }
    if (key !== undefined) return true;
    return scope !== 'private' && !carriesCredentials(exchange.request);
  }

  async #baseKey(exchange: HttpExchange): Promise<string> {
    const makeKey = this.method.options.key as KeyFunction | undefined;
    if (makeKey === undefined) return this.#urlKey(exchange);
    const key = makeKey(...(await this.#arguments.of(exchange)), exchange.context);
    if (typeof key !== 'string') throw new TypeError(`key gave ${typeof key}, not a string`);
    return key;
  }

  #urlKey({ host, url }: HttpExchange): string {
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? '' : canonicalQuery(url.slice(mark + 1));
    return `GET ${this.#name} ${host.toLowerCase()} ${path}?${query}`;
  }
}
