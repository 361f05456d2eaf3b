import { join, resolve } from 'node:path';
import type { CacheService } from '../core/cache.service.js';
import { createCache } from '../core/create-cache.js';
import { DEFAULT_DIRECTORY } from '../core/file-options.js';
import type { CacheOptions } from '../core/model/options.js';

/** The caches of this process that were not told where to keep their files, by where they do. */
const users = new Map<string, WeakRef<CacheService>>();

/**
 * The cache of an application. Two that run in one process at a time do not share entries: where neither names
 * a folder for its files, the second one's are in a folder within the default one, the same at each start.
 */
export function createOwnCache(options: CacheOptions): CacheService {
  const { file } = options;
  if (file === false || file?.directory !== undefined) return createCache(options);
  const directory = freeDirectory();
  const cache = createCache({ ...options, file: { ...file, directory } });
  users.set(directory, new WeakRef(cache));
  return cache;
}

function freeDirectory(): string {
  let directory = resolve(DEFAULT_DIRECTORY);
  for (let count = 2; isUsed(directory); count++) {
    directory = join(resolve(DEFAULT_DIRECTORY), `application-${count}`);
  }
  return directory;
}

function isUsed(directory: string): boolean {
  const user = users.get(directory)?.deref();
  return user !== undefined && !user.closed;
}
