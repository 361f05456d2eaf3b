import { join } from 'node:path';
import type { ModulesContainer } from '@nestjs/core';
import type { CacheService } from '../core/cache.service.js';
import { assembleCache, createCache } from '../core/create-cache.js';
import type { CacheLogger } from '../core/model/logger.js';
import type { CacheOptions } from '../core/model/options.js';
import type { FilePlace } from '../core/stack/file-store-tier.js';
import { type ApplicationFolder, applicationFolderOf } from './application-folder.js';
import { type CacheFolder, cacheFolderOf } from './cache-folder.js';
import type { CacheSlot } from './cache.slot.js';

const placeOf = new WeakMap<CacheService, DefaultPlace>();

/** Where a cache keeps its files that was not told. Decided when they are needed, or its application has come up. */
class DefaultPlace implements FilePlace {
  cache: CacheService | undefined = undefined;
  readonly #application: ApplicationFolder;
  readonly #find: () => CacheFolder;
  readonly #logger: CacheLogger | undefined;
  #found: CacheFolder | undefined;
  #isFree = false;
  #isUsed = false;

  constructor(
    application: ApplicationFolder,
    find: () => CacheFolder,
    logger: CacheLogger | undefined,
  ) {
    this.#application = application;
    this.#find = find;
    this.#logger = logger;
    application.add(this);
  }

  directory(): string {
    return join(this.#application.directory(), this.#cacheFolder.name);
  }

  get #cacheFolder(): CacheFolder {
    return (this.#found ??= this.#find());
  }

  used(): void {
    if (this.#isUsed) return;
    this.#isUsed = true;
    const why = this.#whyElsewhere();
    if (why === undefined) return;
    this.#logger?.warn(
      `${why}, so those of this one are in ${this.directory()}: name a folder for them with \`file.directory\``,
    );
  }

  #whyElsewhere(): string | undefined {
    const { base } = this.#application;
    if (this.#application.directory() !== base)
      return `Another cache of this process has, or had at an earlier start, its files in ${base}`;
    const { orderOf } = this.#cacheFolder;
    if (orderOf === undefined) return undefined;
    return `Only the order of the imports tells where the files of each cache are that ${orderOf} imports`;
  }

  /** Its application is about to end: the next one may have the folder. */
  free(): void {
    this.#isFree = true;
  }

  get isOver(): boolean {
    return this.#isFree || this.cache?.closed === true;
  }
}

/**
 * The cache of an application. Two that run in one process at a time do not share entries: where neither names
 * a folder for its files, the second one's are in a folder within the default one, by the name of its root module; and so
 * it is with several caches of one application, by the names of the modules that import them. Both last from start to start.
 */
export function createOwnCache(
  options: CacheOptions,
  modules: ModulesContainer,
  slot: CacheSlot,
): CacheService {
  const { file, logger } = options;
  if (file === false || file?.directory !== undefined) return createCache(options);
  const place = new DefaultPlace(
    applicationFolderOf(modules),
    () => cacheFolderOf(slot, modules),
    logger,
  );
  const cache = assembleCache(options, undefined, place);
  place.cache = cache;
  placeOf.set(cache, place);
  return cache;
}

/** To be called when the application of a cache begins to end. */
export function freeDirectory(cache: CacheService): void {
  placeOf.get(cache)?.free();
}
