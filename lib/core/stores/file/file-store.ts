import { utimesSync } from 'node:fs';
import type { TierCleanupReport } from '../../model/cache-stats.js';
import type { StoreKey } from '../../model/store-key.js';
import { TimeSlice } from '../../primitives/time-slice.js';
import type { ByteStore, StoredBytes } from '../byte-store.js';
import { DeadFiles } from './dead-files.js';
import { EndedEntries } from './ended-entries.js';
import { EntryReads, type ReadEntry } from './entry-reads.js';
import { EntryRemovals } from './entry-removals.js';
import { EntryWrites, type FileEntry, type FileWritten } from './entry-writes.js';
import { readHeader } from './file-access.js';
import { FileLayout } from './file-layout.js';
import { FileLeases, type FileLease } from './file-leases.js';
import { FolderCleanup } from './folder-cleanup.js';
import { FolderScan } from './folder-scan.js';
import { FileIndex, type FileLimits } from './index/file-index.js';
import { OperationLanes } from './operation-lanes.js';
import { SharedFolder, type FileMoment } from './shared-folder.js';
import { TrimTurn } from './trim-turn.js';
import { StoredFiles, type Damaged, type FileMiss, type Removed } from './stored-files.js';

/** What a cleanup at the close may take, milliseconds. */
const CLEANUP_AT_CLOSE_MS = 100;

/** Uses that are written down at the close, most recent first. */
const RECENCY_AT_CLOSE = 1000;

export interface FileStoreOptions {
  readonly directory: string;
  /** File operations at a time. */
  readonly concurrency: number;
  readonly limitsOf: (category: string) => FileLimits;
  /** The cache's time, epoch milliseconds. */
  readonly now: () => number;
  readonly removed: Removed;
  readonly damaged?: Damaged;
  /** Milliseconds that the cleanup of a close may take; 0: there is none. @default 100 */
  readonly cleanupAtClose?: number;
}

/**
 * One file per entry, in a folder that several processes may share.
 *
 * A file is written beside its place and renamed, so that nobody sees half of it. Its header holds
 * the category, the key and the position in the invalidation journal at which its value's load began.
 * A read compares both: a file that should not be there any more, because its unlinking failed or
 * a load that was overtaken in another process wrote it, is never served.
 *
 * Operations on one file run in the order of the calls, at most `concurrency` of all at a time. An
 * index in memory says what is on disk; reads do not need it, limits and the cleanup do.
 */
export class FileStore implements ByteStore {
  readonly name = 'file';
  readonly index: FileIndex;
  readonly #files: StoredFiles;
  readonly #reads: EntryReads;
  readonly #writes: EntryWrites;
  readonly #removals: EntryRemovals;
  readonly #cleanup: FolderCleanup;
  readonly #dead: DeadFiles;
  readonly #ended: EndedEntries;
  readonly #scan: FolderScan;
  readonly #leases: FileLeases;
  readonly #now: () => number;
  readonly #cleanupAtClose: number;

  constructor(options: FileStoreOptions) {
    const { directory, concurrency, limitsOf, now, removed, damaged } = options;
    this.#cleanupAtClose = options.cleanupAtClose ?? CLEANUP_AT_CLOSE_MS;
    this.#now = now;
    this.index = new FileIndex(limitsOf);
    const layout = new FileLayout(directory);
    this.#files = new StoredFiles({
      folder: new SharedFolder(layout, now, () => this.#scan.start()),
      lanes: new OperationLanes(concurrency),
      index: this.index,
      removed,
      damaged,
    });
    this.#dead = new DeadFiles(this.#files);
    this.#scan = new FolderScan(this.#files, () => void this.#cleanup.trimAll());
    this.#leases = new FileLeases(layout.root);
    this.#ended = new EndedEntries(this.#files, this.#dead);
    this.#cleanup = new FolderCleanup(
      this.#files,
      { dead: this.#dead, ended: this.#ended, scan: this.#scan, turn: new TrimTurn(this.#leases) },
      now,
    );
    this.#reads = new EntryReads(this.#files);
    this.#writes = new EntryWrites(this.#files, this.#cleanup, limitsOf);
    this.#removals = new EntryRemovals(this.#files, this.#dead, this.#scan, now);
  }

  /** Begins to look at what is there from an earlier time. Never throws; makes nothing. */
  open(): void {
    this.#files.reserve.take();
    try {
      this.#files.folder.open();
    } catch {
      // It is said when the folder is to be used.
    }
  }

  /** What a load keeps from its start. Makes the folder; never throws. */
  now(): FileMoment {
    return this.#files.folder.now();
  }

  /** Whether no invalidation of any process concerns what a load found that began at that moment. Never throws. */
  stands({ category, key }: StoreKey, tags: readonly string[], since: FileMoment): boolean {
    const name = this.#files.nameOf({ category, key });
    return this.#files.folder.stands(name, category, tags, since);
  }

  async get(address: StoreKey): Promise<StoredBytes | undefined> {
    const found = await this.read(address);
    return typeof found === 'string' ? undefined : found;
  }

  async set(address: StoreKey, bytes: Uint8Array, expiresAt: number): Promise<void> {
    await this.write(address, bytes, { expiresAt, tags: [] });
  }

  /** The bytes, or why there are none. `peek`: not a use of the entry. Rejects with what keeps the file from being read. */
  read(address: StoreKey, peek = false): Promise<ReadEntry | FileMiss> {
    return this.#reads.read(address, peek);
  }

  /** As `read`, at once where that is easy; see there. */
  readNow(address: StoreKey, peek = false): ReadEntry | undefined {
    return this.#reads.readNow(address, peek);
  }

  /** When `readNow` may be tried again, if all that is wrong is that it was called often. */
  nextTurn(): Promise<void> | undefined {
    return this.#reads.nextTurn();
  }

  /** As `read`, without waiting. @throws what keeps the file from being read */
  readSync(address: StoreKey): ReadEntry | FileMiss {
    return this.#reads.readSync(address);
  }

  /** Keeps the bytes; those of a load that began at `since` only if nothing has overtaken it. */
  write(
    address: StoreKey,
    bytes: Uint8Array | Promise<Uint8Array>,
    entry: FileEntry,
    since?: FileMoment,
  ): Promise<FileWritten> {
    return this.#writes.write(address, bytes, entry, since);
  }

  /** As `write`, without waiting; older operations on the same key do not undo it. */
  writeSync(address: StoreKey, body: Uint8Array, entry: FileEntry): FileWritten {
    return this.#writes.writeSync(address, body, entry);
  }

  /** How many fresh ones there were. */
  delete(addresses: readonly StoreKey[]): Promise<number> {
    return this.#removals.delete(addresses);
  }

  /** As `delete` of one key, without waiting; older operations on it do not undo it. */
  deleteSync(address: StoreKey): boolean {
    return this.#removals.deleteSync(address);
  }

  /** What is under these keys is dead from now on; its files go when they can. Never throws. */
  fence(addresses: readonly StoreKey[]): void {
    this.#removals.fence(addresses);
  }

  /** Empties a category, or all there are. What it held is dead at once; its space comes back later. */
  clear(category?: string): Promise<void> {
    return this.#removals.clear(category);
  }

  /** Ends every entry that carries one of the tags. */
  invalidateTags(tags: readonly string[]): Promise<void> {
    return this.#removals.invalidateTags(tags);
  }

  /**
   * False where the folder has nothing of the category, as far as this process knows: cheap enough to be
   * asked at every write to memory.
   */
  mayHold(category: string): boolean {
    if (this.#files.folder.isKnownEmpty) return false;
    return !this.#scan.isComplete || this.index.count(category) > 0;
  }

  /** Bytes of the file of an entry, as far as the index knows. */
  sizeOf(address: StoreKey): number | undefined {
    return this.index.get(this.#files.nameOf(address))?.size;
  }

  /** Keys of the fresh entries of a category. Waits until the index knows the folder. */
  async keys(category: string): Promise<string[]> {
    if (!this.#files.folder.isThere()) return [];
    await this.#scan.complete();
    await this.#scan.catchUp();
    await this.#ended.take();
    const keys: string[] = [];
    const names: string[] = [];
    const slice = new TimeSlice();
    for (const fresh of this.index.fresh(category, this.#now())) {
      keys.push(...fresh.keys);
      names.push(...fresh.names);
      if (slice.spent(fresh.seen)) await slice.rest();
    }
    for (const name of names) {
      const found = await readHeader(this.#files.pathOf(name));
      if (found !== undefined) keys.push(found.header.key);
    }
    return keys;
  }

  /** Removes what has expired, what is over the limits, and what killed processes left behind. */
  async prune(): Promise<TierCleanupReport> {
    await this.#files.removeRemaining();
    return this.#cleanup.prune();
  }

  /** The layer above cannot read these bytes: they are not what was written. What has come in their place since stays. */
  discard(address: StoreKey, bytes: Uint8Array): Promise<void> {
    return this.#reads.discard(address, bytes);
  }

  /** As `discard`, without waiting. @throws what keeps the file from being read */
  discardSync(address: StoreKey, bytes: Uint8Array): void {
    this.#reads.discardSync(address, bytes);
  }

  /**
   * The right to load a key alone, among the processes that share the folder; undefined while
   * another has it. Taken from a dead holder, it ends the load of that holder: should he live after
   * all, his value is not kept.
   */
  async lease(address: StoreKey): Promise<FileLease | undefined> {
    const { mark } = this.#files.folder.now();
    if (mark instanceof Error) throw mark;
    const name = this.#files.nameOf(address);
    const lease = await this.#leases.take(name);
    if (lease?.takenOver === true) this.#files.forbid([name]);
    return lease;
  }

  /** Whatever was started or waits is done first. */
  async close(): Promise<void> {
    await this.#cleanup.last(this.#cleanupAtClose);
    const trimmed = this.#cleanup.stop();
    await this.#dead.stop();
    await this.#scan.stop();
    await trimmed;
    await this.#files.lanes.idle();
    await this.#writes.close();
    await this.#files.spares.clear();
    await this.#persistRecency();
    this.#files.settle();
    this.#files.folder.close();
    this.#files.reserve.give();
  }

  async #persistRecency(): Promise<void> {
    const slice = new TimeSlice();
    for (const { name, usedAt } of this.index.unpersisted(RECENCY_AT_CLOSE)) {
      try {
        utimesSync(this.#files.pathOf(name), usedAt / 1000, usedAt / 1000);
      } catch {}
      if (slice.spent()) await slice.rest();
    }
  }
}
