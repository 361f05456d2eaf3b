import { textAtOnce } from '../../core/primitives/at-once.js';
import type { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import { canonicalQuery } from './canonical-query.js';
import type { HttpExchange } from './http-exchange.js';
import { IgnoredNames } from './ignored-names.js';
import type { RouteVersion } from './route-version.js';
import { SentArguments } from './sent-arguments.js';

type KeyFunction = (...args: unknown[]) => unknown;

/** The keys of a route's answers, before what its callers differ in. */
export class RouteKeys {
  readonly #makeKey: KeyFunction | undefined;
  readonly #arguments: SentArguments;
  readonly #ignored: IgnoredNames;

  constructor(
    private readonly name: string,
    method: CachedMethod,
    controller: ClassRef,
    private readonly version: RouteVersion,
  ) {
    this.#makeKey = method.options.key as KeyFunction | undefined;
    this.#arguments = new SentArguments(method, controller);
    this.#ignored = new IgnoredNames(method.options.ignoreQuery, `${name} @Cached.ignoreQuery`);
  }

  /** @throws, and rejects with, what the user's function throws */
  of(exchange: HttpExchange): string | Promise<string> {
    const { host, otherScheme, url, otherUrl } = exchange;
    if (this.#makeKey !== undefined) return this.#ownKey(this.#makeKey, exchange);
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? '' : canonicalQuery(url.slice(mark + 1), this.#ignored);
    // The host, for one server may serve several, and handlers write it into links: without it, one
    // who sends a host of his own would have such links served to all. The same goes for the scheme.
    const rewritten = otherUrl === '' ? '' : ` ${otherUrl}`;
    const version = this.version.partOf(exchange);
    return `GET ${this.name}${version} ${host} ${otherScheme}${path}?${query}${rewritten}`;
  }

  async #ownKey(makeKey: KeyFunction, exchange: HttpExchange): Promise<string> {
    return textAtOnce(makeKey(...(await this.#arguments.of(exchange)), exchange.context), 'key');
  }
}
