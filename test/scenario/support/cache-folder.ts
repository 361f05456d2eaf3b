import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from '@jest/globals';
import { createCache } from '../../../lib/core/create-cache.js';
import type { CacheService } from '../../../lib/core/cache.service.js';
import type { CacheEvent } from '../../../lib/core/model/cache-event.js';
import type { CacheOptions, TierName } from '../../../lib/core/model/options.js';
import { FileLayout, isEntryName } from '../../../lib/core/stores/file/file-layout.js';
import { ManualClock } from '../../../lib/testing.js';
import { RecordingLogger } from './recording-logger.js';

export const BOTH: TierName[] = ['memory', 'file'];

/** Options of a cache all of whose file entries are in memory too. */
export const TIERED: CacheOptions = { categories: { default: { tiers: BOTH } } };

/** A real folder on a disk, with caches on it one after the other: restarts without processes. */
export class CacheFolder {
  readonly parent = mkdtempSync(join(tmpdir(), 'cache-folder-'));
  readonly directory = join(this.parent, 'cache');
  readonly clock = new ManualClock();
  readonly logger = new RecordingLogger();
  readonly #layout = new FileLayout(this.directory);
  readonly #opened: CacheService[] = [];

  /** A cache on the folder, with nothing running by itself. */
  open({ file, ...options }: CacheOptions = {}): CacheService {
    const { directory, clock, logger } = this;
    const tier = file === false ? file : { directory, ...file };
    const cache = createCache({ clock, logger, cleanup: false, ...options, file: tier });
    this.#opened.push(cache);
    return cache;
  }

  /** What a process finds that starts after this one has ended. */
  async restart(cache: CacheService, options: CacheOptions = {}): Promise<CacheService> {
    await cache.close();
    return this.open(options);
  }

  pathOf(key: string, category = 'default'): string {
    return this.#layout.pathOf(this.#layout.nameOf({ category, key }));
  }

  has(key: string, category = 'default'): boolean {
    return existsSync(this.pathOf(key, category));
  }

  /** How many entries there are on disk. */
  get size(): number {
    if (!existsSync(this.directory)) return 0;
    const names = readdirSync(this.directory, { recursive: true, encoding: 'utf8' });
    return names.filter((name) => isEntryName(name.slice(name.lastIndexOf('/') + 1))).length;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#opened.map((cache) => cache.close()));
    rmSync(this.parent, { recursive: true, force: true });
  }
}

/** Makes folders, and removes them when their test has ended. */
export function cacheFolders(): () => CacheFolder {
  const made: CacheFolder[] = [];
  afterEach(async () => {
    await Promise.all(made.splice(0).map((folder) => folder.remove()));
  });
  return () => {
    const folder = new CacheFolder();
    made.push(folder);
    return folder;
  };
}

/** What happens in a cache's file tier from now on. */
export function fileEvents(cache: CacheService): CacheEvent[] {
  const events: CacheEvent[] = [];
  cache.events.onAny((event) => {
    if ('tier' in event && event.tier === 'file') events.push(event);
  });
  return events;
}
