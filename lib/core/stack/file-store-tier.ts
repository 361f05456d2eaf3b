import { endOf, type CacheEntry } from '../model/cache-entry.js';
import type { CacheEvent, CacheObserver } from '../model/cache-event.js';
import type { MissReason } from '../model/cache-result.js';
import type { TierCleanupReport, TierStats } from '../model/cache-stats.js';
import type { RemovalCause } from '../model/removal-cause.js';
import type { ResolvedFileOptions } from '../model/resolved-options.js';
import { DEFAULT_CATEGORY, type StoreKey } from '../model/store-key.js';
import { asError, CacheError } from '../primitives/errors.js';
import type { FileEntry } from '../stores/file/entry-writes.js';
import type { ReadEntry } from '../stores/file/entry-reads.js';
import { FileStore } from '../stores/file/file-store.js';
import type { FileMoment } from '../stores/file/shared-folder.js';
import { isDamage, lookedAtTwice, lookedAtTwiceSync } from '../stores/file/file-damage.js';
import type { FileMiss } from '../stores/file/stored-files.js';
import { Departures } from './departures.js';
import type { EntryBytes } from './entry-bytes.js';
import type { LowerTier, TierLease, TierLook, TierMoment, TierWritten } from './lower-tier.js';
import type { Removal } from './removal.js';
import { TierCounts } from './tier-counts.js';
import type { TierPatience } from './tier-patience.js';

/** Where a cache keeps its files, for those that are told only when they need it. */
export interface FilePlace {
  /** Absolute; the same each time. */
  directory(): string;
  /** Something is to be written there. */
  used(): void;
}

export interface FileStoreTierParts {
  readonly options: ResolvedFileOptions;
  /** @default the folder of the options */
  readonly place?: FilePlace | undefined;
  readonly bytes: EntryBytes;
  /** The cache's time, epoch milliseconds. */
  readonly now: () => number;
  readonly observer: CacheObserver;
}

/** The file store as a tier: entries instead of bytes, counted, and told to whoever listens. */
export class FileStoreTier implements LowerTier {
  readonly name = 'file';
  readonly patience: TierPatience;
  readonly #place: FilePlace;
  #opened: FileStore | undefined;
  readonly #options: ResolvedFileOptions;
  readonly #bytes: EntryBytes;
  readonly #counts = new TierCounts();
  readonly #departures: Departures;
  readonly #observer: CacheObserver;
  readonly #now: () => number;
  readonly #leases = new Set<TierLease>();

  constructor({ options, place = placeOf(options), bytes, now, observer }: FileStoreTierParts) {
    this.#options = options;
    // Beyond the concurrency, operations wait for those before them.
    this.patience = { ...options.patience, queues: true };
    this.#bytes = bytes;
    this.#now = now;
    this.#observer = observer;
    this.#departures = new Departures((category) => options.limitsOf(category).maxEntries);
    this.#place = place;
  }

  get #store(): FileStore {
    return (this.#opened ??= this.#create());
  }

  #create(): FileStore {
    const options = this.#options;
    return new FileStore({
      directory: this.#place.directory(),
      concurrency: options.concurrency,
      limitsOf: (category) => options.limitsOf(category),
      now: this.#now,
      removed: (category, key, cause) => this.#removed(category, key, cause),
      // Where nobody can say what it was of, it is counted in the default one.
      damaged: (category = DEFAULT_CATEGORY) => this.#counts.of(category).errors++,
    });
  }

  /** Begins to learn what an earlier process left, if any did. */
  open(): void {
    this.#store.open();
  }

  now(): FileMoment {
    this.#place.used();
    return this.#store.now();
  }

  stands(category: string, key: string, tags: readonly string[], since: TierMoment): boolean {
    return this.#store.stands({ category, key }, tags, since as FileMoment);
  }

  read(
    category: string,
    key: string,
    look: TierLook = {},
  ): CacheEntry | MissReason | Promise<CacheEntry | MissReason> {
    const found = this.#store.readNow({ category, key }, look.peek);
    if (found === undefined) {
      const turn = this.#store.nextTurn();
      return turn === undefined
        ? this.#readLater(category, key, look)
        : turn.then(() => this.read(category, key, look));
    }
    const { expiresAt: end } = found;
    try {
      const entry = this.#bytes.decode(category, key, found.bytes);
      if (!(entry instanceof Promise)) return this.#found(category, key, entry, end, look);
      return entry
        .then((decoded) =>
          found.stands()
            ? this.#found(category, key, decoded, end, look)
            : this.#missed(category, key, 'invalidated', look),
        )
        .catch(() => this.#readLater(category, key, look));
    } catch {
      return this.#readLater(category, key, look);
    }
  }

  #readLater(category: string, key: string, look: TierLook): Promise<CacheEntry | MissReason> {
    return this.#counted(category, async () => {
      const address = { category, key };
      let read: ReadEntry | undefined;
      try {
        const entry = await lookedAtTwice(async () => {
          const found = await this.#store.read(address, look.peek);
          if (typeof found === 'string') return found;
          read = found;
          const decoded = this.#bytes.decode(category, key, found.bytes);
          if (!(decoded instanceof Promise)) return decoded;
          const late = await decoded;
          return found.stands() ? late : 'invalidated';
        });
        return typeof entry === 'string'
          ? this.#missed(category, key, entry, look)
          : this.#found(category, key, entry, read!.expiresAt, look);
      } catch (error) {
        if (!isDamage(error)) throw error;
        await this.#store.discard(address, read!.bytes).catch(() => {});
        return this.#missed(category, key, 'damaged', look);
      }
    });
  }

  readSync(category: string, key: string): CacheEntry | MissReason {
    return this.#countedSync(category, () => {
      const address = { category, key };
      let read: ReadEntry | undefined;
      try {
        const entry = lookedAtTwiceSync(() => {
          const found = this.#store.readSync(address);
          if (typeof found === 'string') return found;
          read = found;
          return this.#bytes.decodeSync(category, key, found.bytes);
        });
        return typeof entry === 'string'
          ? this.#missed(category, key, entry)
          : this.#found(category, key, entry, read!.expiresAt);
      } catch (error) {
        if (!isDamage(error)) throw error;
        this.#discardSync(address, read!.bytes);
        return this.#missed(category, key, 'damaged');
      }
    });
  }

  #discardSync(address: StoreKey, bytes: Uint8Array): void {
    try {
      this.#store.discardSync(address, bytes);
    } catch {}
  }

  write(
    category: string,
    key: string,
    entry: CacheEntry,
    since?: TierMoment,
  ): Promise<TierWritten> {
    return this.#counted(category, async () => {
      const address = { category, key };
      if (endOf(entry) <= this.#now()) {
        await this.#delete([address]);
        return 'kept';
      }
      let bytes: Uint8Array | Promise<Uint8Array>;
      try {
        bytes = this.#bytes.encode(category, key, entry);
      } catch (error) {
        // What was there is older than what could not be kept.
        await this.#delete([address]);
        throw error;
      }
      const moment = since as FileMoment | undefined;
      this.#place.used();
      const written = await this.#store.write(address, bytes, fileEntryOf(entry), moment);
      if (written === 'kept') this.#set(category, key);
      return written;
    });
  }

  writeSync(category: string, key: string, entry: CacheEntry): TierWritten {
    return this.#countedSync(category, () => {
      const address = { category, key };
      if (endOf(entry) <= this.#now()) {
        this.#deleteSync(address);
        return 'kept';
      }
      let bytes: Uint8Array;
      try {
        bytes = this.#bytes.encodeSync(category, key, entry);
      } catch (error) {
        this.#deleteSync(address);
        throw error;
      }
      this.#place.used();
      const written = this.#store.writeSync(address, bytes, fileEntryOf(entry));
      if (written === 'kept') this.#set(category, key);
      return written;
    });
  }

  maxBytes(category: string): number {
    return this.#options.limitsOf(category).maxBytes;
  }

  keeps(category: string, key: string, entry: CacheEntry): boolean {
    try {
      this.#bytes.encode(category, key, entry);
      return true;
    } catch {
      return false;
    }
  }

  mayHold(category: string): boolean {
    return this.#store.mayHold(category);
  }

  sizeOf(category: string, key: string): number | undefined {
    return this.#store.sizeOf({ category, key });
  }

  delete(category: string, keys: readonly string[]): Promise<number> {
    return this.#counted(category, () => this.#delete(keys.map((key) => ({ category, key }))));
  }

  deleteSync(category: string, key: string): boolean {
    return this.#countedSync(category, () => this.#deleteSync({ category, key }));
  }

  clear(category: string | undefined): Promise<void> {
    this.#departures.clear(category);
    return this.#counted(category, () => this.#store.clear(category));
  }

  invalidateTags(tags: readonly string[]): Promise<void> {
    return this.#counted(undefined, () => this.#store.invalidateTags(tags));
  }

  fence(removal: Removal): void {
    switch (removal.type) {
      case 'keys': {
        const { category, keys } = removal;
        return this.#store.fence(keys.map((key) => ({ category, key })));
      }
      // In effect when they are called; the rest of them is for nobody to wait for.
      case 'category':
        return void this.#store.clear(removal.category).catch(() => {});
      default:
        return void this.#store.invalidateTags(removal.tags).catch(() => {});
    }
  }

  givenUp(category: string | undefined): void {
    if (category !== undefined) this.#counts.of(category).errors++;
  }

  keys(category: string): Promise<string[]> {
    return this.#counted(category, () => this.#store.keys(category));
  }

  prune(): Promise<TierCleanupReport> {
    return this.#counted(undefined, () => this.#store.prune());
  }

  categories(): Iterable<string> {
    return new Set([...this.#counts.categories(), ...this.#store.index.categories()]);
  }

  stats(category: string): TierStats {
    const { index } = this.#store;
    return this.#counts.stats(category, index.count(category), index.bytes(category));
  }

  lease(category: string, key: string): Promise<TierLease | undefined> {
    return this.#counted(category, async () => {
      const lease = await this.#store.lease({ category, key });
      if (lease === undefined) return undefined;
      this.#leases.add(lease);
      return {
        release: async () => {
          if (this.#leases.delete(lease)) await lease.release();
        },
      };
    });
  }

  async close(): Promise<void> {
    // What a load still finds is not kept any more: nobody need wait for it.
    await Promise.allSettled([...this.#leases].map((lease) => lease.release()));
    this.#leases.clear();
    await this.#opened?.close();
  }

  /** What the file goes by is when its entry is of no more use; the entry itself says until when it is fresh. */
  #found(
    category: string,
    key: string,
    entry: CacheEntry,
    end: number,
    look: TierLook = {},
  ): CacheEntry | MissReason {
    if (end === entry.expiresAt) return this.#hit(category, key, entry, look);
    const whole = { ...entry, staleUntil: end };
    if (entry.expiresAt > this.#now()) return this.#hit(category, key, whole, look);
    const reason = this.#missed(category, key, 'expired', look);
    return look.stale ? whole : reason;
  }

  #hit(category: string, key: string, entry: CacheEntry, { peek }: TierLook): CacheEntry {
    if (peek) return entry;
    this.#counts.of(category).hits++;
    if (this.#observer.listening) this.#emit({ type: 'hit', tier: 'file', category, key });
    return entry;
  }

  /** Damage is an error that is counted, and to the caller a plain miss. */
  #missed(category: string, key: string, why: FileMiss, { peek }: TierLook = {}): MissReason {
    const reason = this.#reasonOf(category, key, why);
    const counts = this.#counts.of(category);
    if (why === 'damaged') counts.errors++;
    if (peek) return reason;
    counts.misses++;
    if (this.#observer.listening) this.#emit({ type: 'miss', tier: 'file', category, key, reason });
    return reason;
  }

  #reasonOf(category: string, key: string, why: FileMiss): MissReason {
    if (why === 'damaged') return 'absent';
    return why === 'absent' ? this.#departures.reasonFor(category, key) : why;
  }

  #set(category: string, key: string): void {
    this.#departures.forget(category, key);
    this.#counts.of(category).sets++;
    if (this.#observer.listening) this.#emit({ type: 'set', tier: 'file', category, key });
  }

  #removed(category: string, key: string | undefined, cause: RemovalCause): void {
    this.#counts.removed(category, cause);
    if (key !== undefined) this.#departures.note(category, key, cause);
    if (key === undefined || !this.#observer.listening) return;
    this.#emit({ type: 'remove', tier: 'file', category, key, cause });
  }

  #emit(event: CacheEvent): void {
    this.#observer.emit(event);
  }

  async #delete(addresses: readonly StoreKey[]): Promise<number> {
    this.#forget(addresses);
    const removed = await this.#store.delete(addresses);
    // What had expired has left as that, and was deleted all the same.
    this.#forget(addresses);
    return removed;
  }

  #deleteSync(address: StoreKey): boolean {
    const removed = this.#store.deleteSync(address);
    this.#forget([address]);
    return removed;
  }

  #forget(addresses: readonly StoreKey[]): void {
    for (const { category, key } of addresses) this.#departures.forget(category, key);
  }

  async #counted<T>(category: string | undefined, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (category !== undefined) this.#counts.of(category).errors++;
      throw this.#named(error);
    }
  }

  #countedSync<T>(category: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#counts.of(category).errors++;
      throw this.#named(error);
    }
  }

  /** What the system says, with the option to look at. */
  #named(thrown: unknown): Error {
    const error = asError(thrown);
    if (error instanceof CacheError) return error;
    const message = `file.directory: ${this.#place.directory()} cannot be used: ${error.message}`;
    return new CacheError('CACHE_TIER', message, { cause: error });
  }
}

/** A file stays for as long as its entry is of use. */
function fileEntryOf(entry: CacheEntry): FileEntry {
  return { expiresAt: endOf(entry), tags: entry.tags };
}

function placeOf({ directory }: ResolvedFileOptions): FilePlace {
  return { directory: () => directory, used: () => {} };
}
