import { createHash } from 'node:crypto';
import type { Ttl } from '../../core/primitives/ttl.js';
import { expiryOf } from '../../core/primitives/ttl.js';
import type { HttpExchange } from './http-exchange.js';
import type { CachedOptions } from '../decorators/cached.options.js';
import { carriesCredentials } from './request-credentials.js';
import type { Variant } from './route-answer.js';
import { secondsOf } from './route-load-options.js';
import type { RouteVersion } from './route-version.js';
import type { Variance } from './vary-by.js';
import { addToVary, namesIn } from './vary-header.js';

const CREDENTIALS = ['Authorization', 'Cookie'];

/** In what CORS and compression differ, for which a middleware speaks: they do so on a hit too. */
const NOT_OF_THE_ANSWER = /^(?:origin|accept-encoding)$/i;

/** The headers through which a route tells other caches, the browser's above all, what they may do. */
export class RouteHeaders {
  /** What the kept answers differ in, beyond what their own `Vary` says. */
  readonly #own: readonly string[];
  readonly #vary: readonly string[];
  readonly #varyAlone: string;
  readonly #isOpen: boolean;
  readonly #isForAll: boolean;
  readonly #stale: string;

  /**
   * @param settings the route's, with its category's in place of what it leaves open
   * @param isVaryAsked whether a function in `@Header('Vary')` has spoken before the handler
   */
  constructor(
    settings: CachedOptions,
    variance: Variance,
    version: RouteVersion,
    private readonly isVaryAsked: boolean,
  ) {
    const { scope, key, staleWhileRevalidate, staleIfError } = settings;
    this.#isForAll = scope === 'public';
    const others = this.#isForAll ? [] : CREDENTIALS;
    this.#own = [...new Set([...variance.headerNames, ...others])];
    this.#vary = withName(version.header, this.#own);
    this.#varyAlone = this.#vary.join(', ');
    // No header says what a function looks at, so no other cache can tell the answers apart.
    const isHidden = variance.hasFunctions || version.isHidden;
    this.#isOpen =
      scope !== 'private' &&
      !isHidden &&
      (this.#isForAll || (key === undefined && !variance.hasCredentials));
    this.#stale =
      directive('stale-while-revalidate', staleWhileRevalidate) +
      directive('stale-if-error', staleIfError);
  }

  /** Names what the answer depends on, beside what the handler has named. */
  setVary(exchange: HttpExchange): void {
    if (this.#vary.length === 0) return;
    if (exchange.header('vary') === undefined) exchange.setHeader('Vary', this.#varyAlone);
    else addToVary(exchange, this.#vary);
  }

  /**
   * Sets `Cache-Control`, unless somebody has; without a lifetime where `Expires` tells one.
   *
   * @param maxAge seconds from the handler's answer on: others subtract `Age` by themselves
   * @returns what it says, if it is set here
   */
  setCacheControl(exchange: HttpExchange, maxAge: number): string | undefined {
    if (exchange.header('cache-control') !== undefined) return undefined;
    const isForOne = exchange.header('set-cookie') !== undefined;
    const isPrivate =
      isForOne || !this.#isOpen || (!this.#isForAll && carriesCredentials(exchange));
    const who = isPrivate ? 'private' : 'public';
    // Of two lifetimes others take `max-age`, and this one is the handler's.
    const isTold = exchange.header('expires') !== undefined;
    const control = isTold ? who : `${who}, max-age=${maxAge}${this.#stale}`;
    exchange.setHeader('Cache-Control', control);
    return control;
  }

  /**
   * What of the request the handler's own `Vary` names beyond what the route varies by, and that of a
   * middleware, or of a function in `@Header`, before it.
   */
  variantOf(exchange: HttpExchange, vary: unknown, before: unknown): Variant | undefined {
    const known = new Set(this.#own.map((name) => name.toLowerCase()));
    const around = namesIn(before).filter(
      (name) => this.isVaryAsked || !NOT_OF_THE_ANSWER.test(name),
    );
    const names = [
      ...new Set([...namesIn(vary), ...around].map((name) => name.toLowerCase())),
    ].filter((name) => name !== '' && !known.has(name));
    if (names.length === 0) return undefined;
    return { names, hash: hashOf(exchange, names) };
  }

  isSameVariant(exchange: HttpExchange, variant: Variant | undefined): boolean {
    return variant === undefined || hashOf(exchange, variant.names) === variant.hash;
  }
}

/** With one more, unless it is there. */
function withName(name: string | undefined, names: readonly string[]): readonly string[] {
  const isThere = names.some((other) => other.toLowerCase() === name?.toLowerCase());
  return name === undefined || isThere ? names : [name, ...names];
}

function hashOf({ request }: HttpExchange, names: readonly string[]): string {
  const values = JSON.stringify(names.map((name) => request.headers[name]));
  return createHash('sha256').update(values).digest('base64url');
}

function directive(name: string, window: Ttl | undefined): string {
  if (window === undefined) return '';
  const seconds = secondsOf(expiryOf(window, 0));
  return seconds > 0 ? `, ${name}=${seconds}` : '';
}
