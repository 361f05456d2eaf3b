import type { CacheService } from '../../lib/core/cache.service.js';
import type { CacheResult } from '../../lib/core/model/cache-result.js';
import { CacheTimeoutError } from '../../lib/core/primitives/errors.js';
import type { LoadContext, TierName, WrapOptions } from '../../lib/core/model/options.js';
import type { ManualClock } from '../../lib/testing.js';
import { deferred, type Deferred } from '../support/deferred.js';
import { settle } from '../support/turns.js';
import { scenario } from '../scenario/support/scenario-cache.js';
import { Model, type Versioned } from './model.js';
import {
  CATEGORIES,
  FRESHNESS,
  KEYS,
  type Ending,
  type Freshness,
  type Operation,
} from './operations.js';
import { SlowTier } from './slow-tier.js';

type Read = Extract<Operation, { do: 'read' }>;
type WriteOperation = Extract<Operation, { do: 'write' }>;

const TTL_SECONDS = 10;
const NEGATIVE_TTL_SECONDS = 3;

/** A factory that is running and waits to be settled. */
interface Running {
  readonly source: Deferred<Versioned | null>;
  readonly value: Versioned;
}

/** A cache, its source of truth, and all that is under way between them. */
export class World {
  readonly errors: Error[] = [];
  answered = 0;
  stale = 0;
  timedOut = 0;
  readonly #cache: CacheService;
  readonly #clock: ManualClock;
  readonly #model = new Model();
  readonly #tier: SlowTier | undefined;
  readonly #tiers: TierName[];
  /** By key: what a load leaves must last for as long as another may serve it. */
  readonly #freshness: ReadonlyMap<string, Freshness>;
  readonly #running: Running[] = [];
  readonly #pending = new Set<Promise<void>>();

  constructor(withTier: boolean, freshness: readonly Freshness[]) {
    this.#freshness = new Map(KEYS.map((key, at) => [key, freshness[at]!]));
    this.#tier = withTier ? new SlowTier('file', () => this.#clock.now()) : undefined;
    const options = { maxEntriesPerCategory: 2, defaultTtl: TTL_SECONDS };
    const parts = scenario(options, this.#tier === undefined ? [] : [this.#tier]);
    this.#cache = parts.cache;
    this.#clock = parts.clock;
    this.#tiers = withTier ? ['memory', 'file'] : ['memory'];
  }

  async perform(operation: Operation): Promise<void> {
    switch (operation.do) {
      case 'read':
        return this.#follow(this.#read(operation));
      case 'write':
        return this.#follow(this.#write(operation));
      case 'clear':
        return this.#follow(this.#clear(operation.category));
      case 'invalidate':
        return this.#follow(this.#invalidate(operation.tag));
      case 'settle':
        return this.#settle(operation.which, operation.ending);
      case 'release':
        return this.#tier?.release(operation.which);
      case 'pass':
        return this.#clock.advance(operation.ms);
      case 'age':
        return this.#age();
      case 'cleanup':
        return this.#follow(this.#cache.cleanup().then(() => {}));
      case 'turn':
        return settle();
    }
  }

  /** Lets everything end; throws if something cannot, or if a promise was broken on the way. */
  async end(): Promise<void> {
    if (this.#tier !== undefined) this.#tier.free = true;
    for (let round = 0; round === 0 || (this.#pending.size > 0 && round < 200); round++) {
      // What a load writes below goes on when its caller has long been answered.
      for (let left = this.#tier?.waiting.length ?? 0; left > 0; left--) this.#tier!.release(0);
      while (this.#running.length > 0) this.#settle(0, 'value');
      await settle();
    }
    if (this.#pending.size > 0) throw new Error(`${this.#pending.size} calls never end`);
    await this.#cache.close();
    if (this.errors.length > 0) throw this.errors[0]!;
  }

  /** What is under way ends, and then what it left behind is just past its time. */
  async #age(): Promise<void> {
    for (let left = this.#tier?.waiting.length ?? 0; left > 0; left--) this.#tier!.release(0);
    await settle();
    while (this.#running.length > 0) this.#settle(0, 'value');
    await settle();
    this.#clock.advance(TTL_SECONDS * 1000 + 1000);
  }

  #follow(work: Promise<void>): void {
    const followed = work
      .catch((error: unknown) => void this.errors.push(error as Error))
      .finally(() => this.#pending.delete(followed));
    this.#pending.add(followed);
  }

  #settle(which: number, ending: Ending): void {
    const [running] = this.#running.splice(which % Math.max(1, this.#running.length), 1);
    if (running === undefined) return;
    const { source, value } = running;
    if (ending === 'failure') source.reject(new SourceError());
    else if (ending === 'value') source.resolve(value);
    else {
      this.#model.answeredNull(value.key, value.version);
      source.resolve(null);
    }
  }

  async #read(read: Read): Promise<void> {
    const place = placeOf(read.category, read.key);
    const floor = this.#model.floorOf(place);
    const begun = this.#clock.now();
    const { value, result } = await this.#answer(read);
    if (result?.success === true) this.#checkTimes(read, result, begun);
    if (value === undefined) return;
    this.answered++;
    if (value !== null && value.key !== place) {
      throw new Error(`${place}: got a value of ${value.key}`);
    }
    const version = value === null ? this.#model.newestNullOf(place) : value.version;
    if (version < floor) {
      throw new Error(`${read.verb} ${place}: got version ${version}, promised ${floor}`);
    }
  }

  /** The answer was found at some time between the beginning of the read and now. */
  #checkTimes(read: Read, { value, stale, expiresAt, source }: Hit, begun: number): void {
    const now = this.#clock.now();
    const freshness = this.#freshness.get(read.key)!;
    const what = `${read.verb} ${placeOf(read.category, read.key)}, ${freshness}`;
    if (source === 'memory' && !stale && expiresAt !== undefined && expiresAt <= begun) {
      throw new Error(`${what}: a value that had expired was called fresh`);
    }
    if (value === null && source === 'memory') {
      const latest = now + NEGATIVE_TTL_SECONDS * 1000;
      if (expiresAt === undefined || expiresAt > latest) {
        throw new Error(`${what}: null is kept for longer than negativeTtl`);
      }
    }
    if (!stale) return;
    this.stale++;
    const windows: { staleWhileRevalidate?: number; staleIfError?: number } = loads(read.verb)
      ? FRESHNESS[freshness]
      : {};
    const { staleWhileRevalidate = 0, staleIfError = 0 } = windows;
    const longestMs = Math.max(staleWhileRevalidate, staleIfError) * 1000;
    if (longestMs === 0) throw new Error(`${what}: was served stale`);
    if (expiresAt === undefined || expiresAt > now) {
      throw new Error(`${what}: a fresh value was called stale`);
    }
    if (begun - expiresAt >= longestMs) {
      throw new Error(`${what}: was served ${begun - expiresAt} ms past its TTL`);
    }
  }

  async #answer(
    read: Read,
  ): Promise<{ value: Versioned | null | undefined; result?: CacheResult<Versioned | null> }> {
    const { verb, key, category } = read;
    const address = { category, tiers: this.#tiers };
    const tookOffAt = this.#model.takeOff(placeOf(category, key), read.forceRefresh && loads(verb));
    const factory = (context?: LoadContext): Promise<Versioned | null> =>
      this.#load(read, tookOffAt, context);
    const options = { ...this.#optionsOf(read), ...address };
    try {
      switch (verb) {
        case 'wrap':
          return { value: await this.#cache.wrap(key, factory, options) };
        case 'getOrSet': {
          const result = await this.#cache.getOrSet(key, factory, options);
          if (!result.success) throw result.error;
          return { value: result.value, result };
        }
        case 'cached': {
          // Not told of the end of its load, which a timeout may bring before the function's own.
          const { hardTimeout: _hard, softTimeout: _soft, ...own } = options;
          const named = { ...own, key: () => key, name: 'load' };
          const fn = this.#cache.cached(async () => factory(), named);
          return { value: await fn() };
        }
        case 'get':
          return found(await this.#cache.get<Versioned>(key, address));
        case 'getMany':
          return found((await this.#cache.getMany<Versioned>([key, key], address))[1]!);
        case 'memory.get':
          return found(this.#cache.memory.get<Versioned>(key, address));
      }
    } catch (error) {
      if (error instanceof CacheTimeoutError) this.timedOut++;
      else if (!(error instanceof SourceError)) throw error;
      return { value: undefined };
    }
  }

  #optionsOf(read: Read): WrapOptions<Versioned | null> {
    const { key, tagging, forceRefresh, keep, verb } = read;
    const tags = tagsOf(key);
    const hasContext = verb !== 'cached';
    return {
      ...FRESHNESS[this.#freshness.get(key)!],
      negativeTtl: NEGATIVE_TTL_SECONDS,
      forceRefresh,
      cacheIf: () => keep,
      ...(tagging === 'static' ? { tags } : {}),
      ...(tagging === 'function' || !hasContext ? { tags: () => tags } : {}),
    };
  }

  async #load(
    { key, category, tagging }: Read,
    tookOffAt: number,
    context?: LoadContext,
  ): Promise<Versioned | null> {
    const place = placeOf(category, key);
    const version = this.#begin(place, tookOffAt);
    // What nobody waits for any more does not stand in the way of another.
    context?.signal.addEventListener('abort', () => this.#model.end(place, version));
    const running = { source: deferred<Versioned | null>(), value: { key: place, version } };
    this.#running.push(running);
    try {
      return await running.source.promise;
    } finally {
      if (tagging === 'context') context?.setTags(tagsOf(key));
      this.#model.end(place, version);
    }
  }

  /** What the model finds wrong must not look like a failure of the source. */
  #begin(place: string, tookOffAt: number): number {
    try {
      return this.#model.begin(place, tookOffAt);
    } catch (error) {
      this.errors.push(error as Error);
      return this.#model.next();
    }
  }

  async #write({ write, key, category }: WriteOperation): Promise<void> {
    const place = placeOf(category, key);
    const address = { category, tiers: this.#tiers };
    const tags = tagsOf(key);
    // With a tier below, what memory alone is told holds for memory alone: no promise to model.
    const verb = this.#tier === undefined ? write : write.replace('memory.', '');
    if (verb === 'set' || verb === 'memory.set') {
      const version = this.#model.next();
      const done = this.#model.write([place], version);
      const value = { key: place, version };
      if (verb === 'set') await this.#cache.set(key, value, { ...address, tags });
      else this.#cache.memory.set(key, value, { category, tags });
      return done();
    }
    const done = this.#model.write([place]);
    if (verb === 'set 0') await this.#cache.set(key, 'gone', { ...address, ttl: 0 });
    else if (verb === 'deleteMany') await this.#cache.deleteMany([key, 'other'], address);
    else if (verb === 'delete') await this.#cache.delete(key, address);
    else this.#cache.memory.delete(key, address);
    done();
  }

  async #clear(category: string | undefined): Promise<void> {
    const done = this.#model.write(places(category === undefined ? CATEGORIES : [category]));
    await this.#cache.clear(category);
    done();
  }

  async #invalidate(tag: string): Promise<void> {
    const keys = KEYS.filter((key) => tagsOf(key).includes(tag));
    const done = this.#model.write(places(CATEGORIES, keys));
    await this.#cache.invalidateTags([tag]);
    done();
  }
}

type Hit = Extract<CacheResult<Versioned | null>, { success: true }>;

function found(result: CacheResult<Versioned>): {
  value: Versioned | undefined;
  result: CacheResult<Versioned>;
} {
  return { value: result.value, result };
}

/** What the source of truth fails with. */
class SourceError extends Error {}

function loads(verb: Read['verb']): boolean {
  return verb === 'wrap' || verb === 'getOrSet' || verb === 'cached';
}

function tagsOf(key: string): string[] {
  return [`tag:${key}`, 'all'];
}

function placeOf(category: string, key: string): string {
  return `${category}/${key}`;
}

function places(categories: readonly string[], keys: readonly string[] = KEYS): string[] {
  return categories.flatMap((category) => keys.map((key) => placeOf(category, key)));
}
