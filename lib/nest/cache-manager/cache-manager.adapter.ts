import { EventEmitter } from 'node:events';
import { CacheService } from '../../core/cache.service.js';
import { whenOver } from '../../core/loading/factory-wishes.js';
import type { CacheResult } from '../../core/model/cache-result.js';
import type { AddressOptions, Factory, SetOptions } from '../../core/model/options.js';
import { DEFAULT_CATEGORY } from '../../core/model/store-key.js';
import type { Clock } from '../../core/primitives/clock.js';
import {
  checkCacheManagerOptions,
  type CacheManagerEntry,
  type CacheManagerEvents,
  type CacheManagerLoad,
  type CacheManagerOptions,
  type CacheManagerWrapOptions,
  type RawValue,
} from './cache-manager.options.js';

type PerValue<T> = number | ((value: T) => number) | undefined;
type Method = (...args: never[]) => unknown;

/** Where options stand, in an error. */
const WHERE = 'CacheManagerAdapter';

const METHODS: Record<Exclude<keyof CacheManagerAdapter, 'stores'>, true> = {
  get: true,
  mget: true,
  ttl: true,
  set: true,
  mset: true,
  del: true,
  mdel: true,
  clear: true,
  wrap: true,
  on: true,
  off: true,
  disconnect: true,
  cacheId: true,
};

/**
 * The methods of `cache-manager` 6 and 7 over one category of the cache, for code that was written
 * for `@nestjs/cache-manager`. TTLs are milliseconds here, and `0` is for ever, as they are there.
 *
 * What the cache promises holds for it too: one run of a load however many ask, and nothing that
 * was deleted meanwhile is brought back by one.
 *
 * @example
 * const cache = new CacheManagerAdapter(cacheService, { category: 'legacy', ttl: 60_000 });
 * await cache.set('AAPL', 187.2, 5000);
 */
export class CacheManagerAdapter {
  /** None: the cache's tiers are not Keyv stores. */
  readonly stores: never[] = [];
  readonly #service: CacheService;
  readonly #options: CacheManagerOptions;
  readonly #address: AddressOptions;
  readonly #now: () => number;
  readonly #events = new EventEmitter();
  readonly #refreshing = new Set<string>();

  /**
   * @param clock of the cache. @default the system's
   * @throws CacheOptionsError
   */
  constructor(service: CacheService, options: CacheManagerOptions = {}, clock?: Clock) {
    checkCacheManagerOptions(options, WHERE);
    const { ttl: _ttl, refreshThreshold: _threshold, ...address } = options;
    // A test may have put another in its place.
    if (service instanceof CacheService) service.checkOptions(address, WHERE);
    this.#service = service;
    this.#options = { ...options };
    this.#address = address;
    this.#now = clock === undefined ? Date.now : () => clock.now();
    // Its own, and without a `this`, as they are there: they are taken off it, and spread.
    for (const name of Object.keys(METHODS) as (keyof typeof METHODS)[]) {
      Object.assign(this, { [name]: (this[name] as Method).bind(this) });
    }
  }

  /** The value; `undefined` if there is none. */
  async get<T>(key: string): Promise<T | undefined> {
    const result = await this.#service.get<T>(key, this.#address);
    const { value, error } = result;
    if (error !== undefined) this.#events.emit('get', { key, error });
    else if (value !== undefined) this.#events.emit('get', { key, value });
    return value;
  }

  /** The values in the order of the keys; `undefined` where there is none. */
  async mget<T>(keys: string[]): Promise<(T | undefined)[]> {
    const results = await this.#service.getMany<T>(keys, this.#address);
    const values = results.map(({ value }) => value);
    this.#events.emit('mget', { keys, values });
    return values;
  }

  /** Epoch milliseconds at which the value expires; `undefined` if there is none, or never. */
  async ttl(key: string): Promise<number | undefined> {
    const result = await this.#service.get(key, this.#address);
    if (!result.success) return undefined;
    const { value, expiresAt: expires } = result;
    this.#events.emit('ttl', { key, value: { value, expires } });
    return expires;
  }

  /** @param ttl milliseconds; `0`: for ever. @returns the value. Rejects if it cannot be kept. */
  async set<T>(key: string, value: T, ttl?: number): Promise<T> {
    return this.#tell('set', { key, value }, async () => {
      orThrow(await this.#service.set(key, value, this.#settings(ttl)));
      return value;
    });
  }

  /** @returns the entries with their TTLs. Rejects if one of them cannot be kept. */
  async mset<T>(list: CacheManagerEntry<T>[]): Promise<CacheManagerEntry<T>[]> {
    const entries = list.map(({ key, value, ttl: own }) => {
      const ttl = own ?? this.#options.ttl;
      return { key, value, ...(ttl === undefined ? {} : { ttl }) };
    });
    return this.#tell('mset', { list: entries }, async () => {
      const sets = entries.map(({ key, value, ttl }) =>
        this.#service.set(key, value, this.#settings(ttl)),
      );
      for (const result of await Promise.all(sets)) orThrow(result);
      return entries;
    });
  }

  /** @returns true, whether or not there was something */
  del(key: string): Promise<boolean> {
    return this.#tell('del', { key }, async () => {
      await this.#service.delete(key, this.#address);
      return true;
    });
  }

  /** @returns true, whether or not there was something */
  mdel(keys: string[]): Promise<boolean> {
    return this.#tell('mdel', { keys }, async () => {
      await this.#service.deleteMany(keys, this.#address);
      return true;
    });
  }

  /** Empties the adapter's category, and no other. @returns true */
  async clear(): Promise<boolean> {
    try {
      await this.#service.clear(this.#address.category ?? DEFAULT_CATEGORY);
    } catch (error) {
      this.#events.emit('clear', error);
      throw error;
    }
    this.#events.emit('clear');
    return true;
  }

  /**
   * The value of the key; if there is none, the function's, which is then kept. `undefined` is not
   * kept. Rejects with what the function threw.
   *
   * @param ttl milliseconds, or a function of the value; `0`: for ever; what is no number: as without
   * @param refreshThreshold what has fewer milliseconds left is renewed in the background
   */
  wrap<T>(
    key: string,
    fnc: CacheManagerLoad<T>,
    ttl?: number | ((value: T) => number),
    refreshThreshold?: number | ((value: T) => number),
  ): Promise<T>;
  wrap<T>(
    key: string,
    fnc: CacheManagerLoad<T>,
    options: CacheManagerWrapOptions<T> & { raw: true },
  ): Promise<RawValue<T>>;
  wrap<T>(key: string, fnc: CacheManagerLoad<T>, options: CacheManagerWrapOptions<T>): Promise<T>;
  async wrap<T>(
    key: string,
    fnc: CacheManagerLoad<T>,
    given?: PerValue<T> | (CacheManagerWrapOptions<T> & { raw?: true }),
    threshold?: PerValue<T>,
  ): Promise<T | RawValue<T>> {
    const isObject = typeof given === 'object' && given !== null;
    const options = isObject ? given : { ttl: given, refreshThreshold: threshold };
    const refreshThreshold = options.refreshThreshold ?? this.#options.refreshThreshold;
    const load = this.#factory(key, fnc, options.ttl);
    const isRaw = 'raw' in options && options.raw === true;
    if (!isRaw && refreshThreshold === undefined) {
      return this.#service.wrap<T>(key, load, this.#address);
    }
    const found = await this.#service.get<T>(key, this.#address);
    if (found.success && found.value !== undefined) {
      const { value, expiresAt: expires } = found;
      const left = expires === undefined ? Infinity : Math.max(0, expires - this.#now());
      const least = perValue(refreshThreshold, value) ?? this.#options.refreshThreshold;
      if (least !== undefined && left < least) {
        // Only a listener's own error is left to catch, and nobody waits for it.
        this.#refresh(key, load, value).catch(() => {});
      }
      return isRaw ? { value, expires } : value;
    }
    const value = await this.#service.wrap<T>(key, load, this.#address);
    return isRaw ? { value, expires: await this.#expiryOf(key) } : value;
  }

  /** Calls the listener for each event of this name. */
  on<E extends keyof CacheManagerEvents>(event: E, listener: CacheManagerEvents[E]): EventEmitter {
    return this.#events.on(event, listener);
  }

  off<E extends keyof CacheManagerEvents>(event: E, listener: CacheManagerEvents[E]): EventEmitter {
    return this.#events.off(event, listener);
  }

  /** Does nothing: the cache is closed with its application. */
  async disconnect(): Promise<undefined> {
    return undefined;
  }

  /** The category. */
  cacheId(): string {
    return this.#address.category ?? DEFAULT_CATEGORY;
  }

  #factory<T>(key: string, fnc: CacheManagerLoad<T>, ttl: PerValue<T>): Factory<T> {
    return async (context) => {
      const value = await fnc();
      if (value === undefined) context.skip();
      // The value is made, and handed over and kept whatever its TTL was to be.
      const own = msOf(perValue(ttl, value)) ?? this.#options.ttl;
      if (own !== undefined) context.setTtl(secondsOf(own));
      whenOver(context, (isKept) => {
        // Of nothing it is told too, as there: that is what a read gives then.
        if (isKept || value === undefined) this.#events.emit('set', { key, value });
      });
      return value;
    };
  }

  /** Renews a value that is still good, once at a time. Rejects with what a listener throws. */
  async #refresh<T>(key: string, load: Factory<T>, old: T): Promise<void> {
    if (this.#refreshing.has(key)) return;
    this.#refreshing.add(key);
    const result = await this.#service.getOrSet<T>(key, load, {
      ...this.#address,
      forceRefresh: true,
    });
    this.#refreshing.delete(key);
    this.#events.emit(
      'refresh',
      result.success ? { key, value: result.value } : { key, value: old, error: result.error },
    );
  }

  async #expiryOf(key: string): Promise<number | undefined> {
    const result = await this.#service.get(key, this.#address);
    return result.success ? result.expiresAt : undefined;
  }

  #settings(ttl: number | undefined): SetOptions {
    const own = ttl ?? this.#options.ttl;
    return own === undefined ? this.#address : { ...this.#address, ttl: secondsOf(own) };
  }

  /** Emits the event when it is done, or with the error that it then rejects with. */
  async #tell<T>(event: string, data: object, run: () => Promise<T>): Promise<T> {
    try {
      const answer = await run();
      this.#events.emit(event, data);
      return answer;
    } catch (error) {
      this.#events.emit(event, { ...data, error });
      throw error;
    }
  }
}

/** `0` is for ever; what is below was over before it began. */
function secondsOf(ttl: number): number {
  return ttl === 0 ? Infinity : Math.max(0, ttl) / 1000;
}

/** Undefined: none, or what is no number. */
function msOf(ttl: number | undefined): number | undefined {
  const ms = Number(ttl ?? NaN);
  return Number.isNaN(ms) ? undefined : ms;
}

function perValue<T>(option: PerValue<T>, value: T): number | undefined {
  return typeof option === 'function' ? option(value) : option;
}

function orThrow(result: CacheResult<unknown>): void {
  if (result.error) throw result.error;
}
