import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FileEntry } from '../../../../lib/core/stores/file/entry-writes.js';
import { FileStore, type FileStoreOptions } from '../../../../lib/core/stores/file/file-store.js';
import { isEntryName } from '../../../../lib/core/stores/file/file-layout.js';
import type { FileLimits } from '../../../../lib/core/stores/file/index/file-index.js';
import type { FileMoment } from '../../../../lib/core/stores/file/shared-folder.js';
import { ManualClock } from '../../../../lib/testing.js';
import { newFolder, removeFolder } from './support.js';

export const FOREVER: FileEntry = { expiresAt: Infinity, tags: [] };
const NO_LIMITS: FileLimits = { maxEntries: Infinity, maxBytes: Infinity };

/** A store whose entries are texts in one category, unless told otherwise. */
export class TextStore {
  constructor(readonly store: FileStore) {}

  /** The text, or why there is none. */
  async read(key: string, category = 'users'): Promise<string> {
    const found = await this.store.read({ category, key });
    return typeof found === 'string' ? found : Buffer.from(found.bytes).toString();
  }

  readSync(key: string, category = 'users'): string {
    const found = this.store.readSync({ category, key });
    return typeof found === 'string' ? found : Buffer.from(found.bytes).toString();
  }

  /** Whether it is kept. */
  async write(key: string, text: string, entry = FOREVER, since?: FileMoment): Promise<boolean> {
    const address = { category: 'users', key };
    return (await this.store.write(address, Buffer.from(text), entry, since)) === 'kept';
  }

  writeSync(key: string, text: string, entry = FOREVER): void {
    this.store.writeSync({ category: 'users', key }, Buffer.from(text), entry);
  }

  delete(...keys: string[]): Promise<number> {
    return this.store.delete(keys.map((key) => ({ category: 'users', key })));
  }

  deleteSync(key: string): boolean {
    return this.store.deleteSync({ category: 'users', key });
  }

  async keys(): Promise<string[]> {
    return (await this.store.keys('users')).sort();
  }
}

/** A folder with file stores on it, as several processes would have them: they share nothing but files. */
export class StoreFolder {
  readonly directory = join(newFolder(), 'cache');
  readonly root = join(this.directory, 'v1');
  readonly clock = new ManualClock();
  /** What the stores said has left: `evicted users/7`. */
  readonly removed: string[] = [];
  readonly #stores: FileStore[] = [];

  /** @param cleanupAtClose milliseconds */
  open(
    limits: Partial<FileLimits> = {},
    { concurrency = 3, cleanupAtClose = 0 }: Partial<FileStoreOptions> = {},
  ): TextStore {
    const store = new FileStore({
      directory: this.directory,
      concurrency,
      limitsOf: () => ({ ...NO_LIMITS, ...limits }),
      now: () => this.clock.now(),
      cleanupAtClose,
      removed: (category, key, cause) => this.removed.push(`${cause} ${category}/${key}`),
    });
    this.#stores.push(store);
    return new TextStore(store);
  }

  /** Paths of the entries' files. */
  files(): string[] {
    return readdirSync(this.root)
      .filter((name) => /^[0-9a-f]{2}$/.test(name))
      .flatMap((folder) => readdirSync(join(this.root, folder)).map((name) => [folder, name]))
      .filter(([, name]) => isEntryName(name!))
      .map(([folder, name]) => join(this.root, folder!, name!));
  }

  async remove(): Promise<void> {
    for (const store of this.#stores) await store.close();
    removeFolder(join(this.directory, '..'));
  }
}
