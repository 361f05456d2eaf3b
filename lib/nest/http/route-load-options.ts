import { DEFAULT_TTL_SECONDS } from '../../core/cache-options.js';

import { isWanted, tagsFor, tiersAsked, ttlFor } from '../../core/loading/value-options.js';
import type { CategoryOptions, WrapOptions } from '../../core/model/options.js';
import { DEFAULT_CATEGORY } from '../../core/model/store-key.js';
import { expiryOf, type Ttl } from '../../core/primitives/ttl.js';
import { withoutUndefined } from '../../core/primitives/without-undefined.js';
import type { CachedMethod } from '../cached-method.js';
import type { CacheSlot } from '../cache.slot.js';
import type { CachedOptions } from '../decorators/cached.options.js';

const LONGEST_SECONDS = 31_536_000;

/** What is to become of one answer. */
export interface RouteKeeping {
  /** 0: it is not kept, and ends the one that was there. */
  readonly ttl: Ttl;
  readonly tags?: readonly string[];
  /** How long it is fresh, for other caches: whole seconds. None if it is not kept. */
  readonly maxAge?: number;
}

/**
 * The options of a route and its loads. Those that are functions of the value are asked here, with
 * the handler's value: the cache knows only the answer that is made of it.
 */
export class RouteLoadOptions {
  /** What `getOrSet` is called with. */
  readonly ofLoad: WrapOptions;
  /** As `ofLoad`, for a client that asks for a new answer. */
  readonly ofRefresh: WrapOptions;
  /** The route's options, with its category's in place of what they leave open. */
  readonly settings: CachedOptions;
  /** Where a fresh answer in memory is; none if a hit means more than to hand it over. */
  readonly address: { category?: string | undefined } | undefined;
  readonly #defaultTtl: Ttl;

  constructor(slot: CacheSlot, method: CachedMethod) {
    const { name: _, key: _key, useFileCache: _asked, ...own } = method.coreOptions;
    const category: CategoryOptions =
      slot.options.categories?.[own.category ?? DEFAULT_CATEGORY] ?? {};
    this.settings = { ...category, ...withoutUndefined(method.options) };
    this.#defaultTtl = slot.options.defaultTtl ?? DEFAULT_TTL_SECONDS;
    const { ttl, tags, cacheIf } = this.settings;
    this.ofLoad = {
      ...withoutUndefined({ ...own, tiers: tiersAsked(method.coreOptions) }),
      // In the place of a function, which would be given the answer: `setTtl` and `setTags` win.
      ...(typeof ttl === 'function' ? { ttl: this.#defaultTtl } : {}),
      ...(typeof tags === 'function' ? { tags: [] } : {}),
      ...(cacheIf === undefined ? {} : { cacheIf: () => true }),
    };
    const { refreshAhead, forceRefresh } = this.settings;
    const tiers = this.ofLoad.tiers ?? this.settings.tiers;
    const isPlain = refreshAhead === undefined && forceRefresh !== true;
    const isInMemory = tiers === undefined || tiers.includes('memory');
    this.address =
      isPlain && isInMemory ? { category: own.category ?? DEFAULT_CATEGORY } : undefined;
    this.ofRefresh = { ...this.ofLoad, forceRefresh: true };
  }

  /**
   * What is to become of an answer with this value; nothing if it is not wanted, and leaves what was there.
   *
   * @throws what a function of the user's throws
   */
  keepingOf(value: unknown, now: number): RouteKeeping | undefined {
    if (!isWanted(this.settings, value)) return undefined;
    const ttl = ttlFor(this.settings, value) ?? this.#defaultTtl;
    const lifetimeMs = expiryOf(ttl, now) - now;
    if (lifetimeMs <= 0) return { ttl: 0 };
    const tags = tagsFor(this.settings, value);
    return { ttl, maxAge: secondsOf(lifetimeMs), ...(tags === undefined ? {} : { tags }) };
  }
}

/** Milliseconds as HTTP says them. What never ends is a year there. */
export function secondsOf(durationMs: number): number {
  return Math.min(LONGEST_SECONDS, Math.floor(durationMs / 1000));
}
