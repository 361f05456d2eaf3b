import { join, resolve } from 'node:path';
import type { ModulesContainer } from '@nestjs/core';
import type { CacheService } from '../core/cache.service.js';
import { assembleCache, createCache } from '../core/create-cache.js';
import { DEFAULT_DIRECTORY } from '../core/file-options.js';
import type { CacheLogger } from '../core/model/logger.js';
import type { CacheOptions } from '../core/model/options.js';
import type { FilePlace } from '../core/stack/file-store-tier.js';
import { rootModuleOf } from './modules-of.js';

/** Those of this process, in the order of their caches. */
let places: WeakRef<DefaultPlace>[] = [];
const placeOf = new WeakMap<CacheService, DefaultPlace>();

/** Where a cache keeps its files that was not told. Decided when they are needed, or its application has come up. */
class DefaultPlace implements FilePlace {
  cache: CacheService | undefined;
  readonly #base = resolve(DEFAULT_DIRECTORY);
  readonly #modules: ModulesContainer;
  readonly #logger: CacheLogger | undefined;
  #directory: string | undefined;
  #isFree = false;
  #isUsed = false;

  constructor(modules: ModulesContainer, logger: CacheLogger | undefined) {
    this.#modules = modules;
    this.#logger = logger;
  }

  directory(): string {
    if (this.#directory === undefined) {
      for (const other of livingPlaces()) {
        if (other === this) break;
        if (this.#follows(other)) other.directory();
      }
      this.#directory = this.#firstFree();
    }
    return this.#directory;
  }

  used(): void {
    if (this.#isUsed) return;
    this.#isUsed = true;
    const directory = this.directory();
    if (directory === this.#base) return;
    this.#logger?.warn(
      `Another cache of this process has its files in ${this.#base}, so those of this one are in ${directory}: ` +
        'name a folder for them with `file.directory`',
    );
  }

  /** Its application is about to end: the next one may have the folder. */
  free(): void {
    this.#isFree = true;
  }

  get isOver(): boolean {
    return this.#isFree || this.cache?.closed === true;
  }

  /**
   * Whether an earlier one has the first choice, be it in use yet or not: of the same application, or of another that is booting. One
   * of the same root module that has not come up is taken for a boot that has failed, after which this is the next try.
   */
  #follows(other: DefaultPlace): boolean {
    if (other.#modules === this.#modules) return true;
    return rootModuleOf(other.#modules)?.name !== rootModuleOf(this.#modules)?.name;
  }

  #firstFree(): string {
    const taken = new Set(livingPlaces().map((place) => place.#directory));
    let directory = this.#base;
    for (let count = 2; taken.has(directory); count++) {
      directory = join(this.#base, `application-${count}`);
    }
    return directory;
  }
}

/**
 * The cache of an application. Two that run in one process at a time do not share entries: where neither names
 * a folder for its files, the second one's are in a folder within the default one, the same at each start.
 */
export function createOwnCache(options: CacheOptions, modules: ModulesContainer): CacheService {
  const { file, logger } = options;
  if (file === false || file?.directory !== undefined) return createCache(options);
  const place = new DefaultPlace(modules, logger);
  places.push(new WeakRef(place));
  const cache = assembleCache(options, undefined, place);
  place.cache = cache;
  placeOf.set(cache, place);
  return cache;
}

/** To be called when the application of a cache begins to end. */
export function freeDirectory(cache: CacheService): void {
  placeOf.get(cache)?.free();
}

function livingPlaces(): DefaultPlace[] {
  places = places.filter((ref) => ref.deref()?.isOver === false);
  return places.flatMap((ref) => ref.deref() ?? []);
}
