import type { ExecutionContext } from '@nestjs/common';
import type { CachedOptions as CoreCachedOptions } from '../../core/model/options.js';

/**
 * One thing in which the callers of a route, a resolver or a message differ. Only a hash of it enters the key.
 * A function is called after the guards, so `request.user` is there.
 */
export type VaryBy =
  | 'authorization'
  | 'cookie'
  | `header:${string}`
  | ((context: ExecutionContext) => string | undefined);

/** Options of `@Cached`. Each can be left out. */
export interface CachedOptions extends Omit<CoreCachedOptions, 'name' | 'key'> {
  /**
   * Replaces the key, within the category: it is then yours to keep it unique there. On a method
   * it is called with the arguments; on a route with the arguments as the client sent them (before
   * pipes, so not as `@CacheEvict` and `@CachePut` see them) and the `ExecutionContext` last.
   * @default class, method and all arguments; on a route class, method, host, path and query; of a
   *   resolver or a message neither context, info nor socket
   */
  key?: ((...args: never[]) => string) | undefined;
  /**
   * May one caller's answer be another's? `'public'`: yes, even if the request carries
   * credentials. `'private'`: no; without `varyBy` or `key` nothing is cached. On any other method
   * `'public'` has what depends on a request's instances cached, and `'private'` is refused.
   * @default on a route only if the request carries no credentials; of a resolver or a message only
   *   if the method sees neither context, info nor socket
   */
  scope?: 'public' | 'private' | undefined;
  /**
   * One entry for each value of these. Name everything that the answer depends on, the caller
   * included: requests with credentials are cached then. **Headers alone that do not tell who asks
   * (`['header:accept-language']`) open the route all the same: all callers of one language then share an
   * answer.** On any other method it is refused: give that a `key`.
   * @default none
   */
  varyBy?: VaryBy | readonly VaryBy[] | undefined;
  /**
   * Routes: names of query parameters on which the answer does not depend; `*` stands for anything.
   * They are left out of the key. @default none
   */
  ignoreQuery?: readonly string[] | undefined;
  /**
   * Routes: may a client that sends `Cache-Control: no-cache` have the answer made anew? It is kept
   * for all who share the entry. @default false
   */
  allowClientRefresh?: boolean | undefined;
}
