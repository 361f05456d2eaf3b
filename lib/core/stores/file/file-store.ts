import { utimesSync } from 'node:fs';
import type { TierCleanupReport } from '../../model/cache-stats.js';
import type { StoreKey } from '../../model/store-key.js';
import { TimeSlice } from '../../primitives/time-slice.js';
import type { ByteStore, StoredBytes } from '../byte-store.js';
import { DeadFiles } from './dead-files.js';
import {
  readHeader,
  readIntoSync,
  readWhole,
  readWholeSync,
  removeFileSync,
  type ReadFile,
  type ReadOptions,
} from './file-access.js';
import { FileLayout } from './file-layout.js';
import { FileLeases, type FileLease } from './file-leases.js';
import { parseRecord, recordParts, type RecordHeader } from './file-record.js';
import { writeWhole, writeWholeSync } from './file-writing.js';
import { FolderScan } from './folder-scan.js';
import { FileIndex, type FileLimits, type IndexedEntry } from './index/file-index.js';
import { InlineIo } from './inline-io.js';
import type { Invalidation } from './journal/invalidation-journal.js';
import { isDamage, lookedAtTwice, lookedAtTwiceSync, misplaced } from './file-damage.js';
import { OperationLanes } from './operation-lanes.js';
import { preciseNow, SharedFolder, type FileMoment, type Verdict } from './shared-folder.js';
import { SpareFiles } from './spare-files.js';
import { entryOf, StoredFiles, type Removed } from './stored-files.js';

/** A use is written to the file when the one it shows is older than this. */
const RECENCY_GRAIN_MS = 60_000;

/** Larger files are read with waiting, and into memory of their own. */
const LARGEST_READ_NOW = 64 * 1024;

/** Uses that are written down at the close, most recent first. */
const RECENCY_AT_CLOSE = 1000;

/** Files that the cleanup has in hand at once. */
const BATCH = 64;

export interface FileStoreOptions {
  readonly directory: string;
  /** File operations at a time. */
  readonly concurrency: number;
  readonly limitsOf: (category: string) => FileLimits;
  /** The cache's time, epoch milliseconds. */
  readonly now: () => number;
  readonly removed: Removed;
}

/** Why a file gave nothing. `damaged`: it was not what had been written, and has been removed. */
export type FileMiss = Verdict | 'absent' | 'damaged';

/** What is kept beside the bytes. */
export interface FileEntry {
  readonly expiresAt: number;
  readonly tags: readonly string[];
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
  readonly #folder: SharedFolder;
  readonly #lanes: OperationLanes;
  readonly #inline = new InlineIo();
  /** For what is read and done with in one step. */
  readonly #room = Buffer.allocUnsafeSlow(LARGEST_READ_NOW + 1);
  readonly #spares = new SpareFiles();
  readonly #use: ReadOptions;
  readonly #look: ReadOptions;
  readonly #files: StoredFiles;
  readonly #dead: DeadFiles;
  readonly #leases: FileLeases;
  readonly #scan: FolderScan;
  readonly #options: FileStoreOptions;
  #trimming: Promise<TierCleanupReport> | undefined;
  #closing = false;

  constructor(options: FileStoreOptions) {
    this.#options = options;
    this.index = new FileIndex(options.limitsOf);
    this.#lanes = new OperationLanes(options.concurrency);
    const layout = new FileLayout(options.directory);
    this.#folder = new SharedFolder(layout, options.now, () => this.#scan.start());
    this.#look = { inline: this.#inline };
    this.#use = { ...this.#look, touch: recencyOf };
    this.#files = new StoredFiles(
      this.#folder,
      this.#lanes,
      this.index,
      options.removed,
      this.#inline,
      this.#spares,
    );
    this.#dead = new DeadFiles(this.#files);
    this.#leases = new FileLeases(layout.root);
    this.#scan = new FolderScan(this.#files, () => void this.#trimAll());
  }

  /** What a load keeps from its start. Makes the folder; never throws. */
  now(): FileMoment {
    return this.#folder.now();
  }

  async get(address: StoreKey): Promise<StoredBytes | undefined> {
    const found = await this.read(address);
    return typeof found === 'string' ? undefined : found;
  }

  async set(address: StoreKey, bytes: Uint8Array, expiresAt: number): Promise<void> {
    await this.write(address, bytes, { expiresAt, tags: [] });
  }

  /** The bytes, or why there are none. `peek`: not a use of the entry. Rejects with what keeps the file from being read. */
  async read(address: StoreKey, peek = false): Promise<StoredBytes | FileMiss> {
    if (!this.#folder.isThere()) return 'absent';
    const name = this.#nameOf(address);
    return this.#lanes.run(name, async () => {
      let over: FileMiss;
      try {
        const read = await lookedAtTwice(async () => {
          const file = await readWhole(this.#pathOf(name), peek ? this.#look : this.#use);
          return this.#judge(address, name, file, peek);
        });
        if (typeof read !== 'string' || read === 'absent') return read;
        over = read;
      } catch (error) {
        if (!isDamage(error)) throw error;
        over = 'damaged';
      }
      // Nothing is counted of a look that is no use; the next one will find it so too.
      if (peek && over !== 'damaged') return over;
      if (this.#files.isLeaving(name)) return over;
      // A miss is a miss, whether or not its file can be removed.
      await this.#files.unlink(name).catch(() => {});
      this.#left(address, over);
      return over;
    });
  }

  /**
   * As `read`, at once, with no promise and no place in the queue: the bytes are there until the next
   * call. Undefined for whatever is not a small file that the index knows, as it should be; that is then
   * for `read` to find.
   */
  readNow(address: StoreKey, peek = false): StoredBytes | undefined {
    if (!this.#inline.allowed) return undefined;
    const name = this.#nameOf(address);
    const shownAt = this.index.shownAt(name);
    if (shownAt === undefined || recencyOf(shownAt) !== undefined) return undefined;
    try {
      if (!this.#folder.isThere() || !this.#lanes.isFree(name)) return undefined;
      const bytes = this.#inline.run(() => readIntoSync(this.#pathOf(name), this.#room));
      if (bytes === undefined || bytes.length === this.#room.length) return undefined;
      const { header, body } = parseRecord(bytes, address);
      if (header.key !== address.key || header.category !== address.category) return undefined;
      if (this.#folder.verdict(name, header) !== undefined) return undefined;
      if (!peek) this.index.touch(name, preciseNow(), shownAt);
      return { bytes: body, expiresAt: header.expiresAt };
    } catch {
      return undefined;
    }
  }

  /** When `readNow` may be tried again, if all that is wrong is that it was called often. */
  nextTurn(): Promise<void> | undefined {
    return this.#inline.isSpent ? this.#inline.nextTurn() : undefined;
  }

  /** As `read`, without waiting. @throws what keeps the file from being read */
  readSync(address: StoreKey): StoredBytes | FileMiss {
    if (!this.#folder.isThere()) return 'absent';
    const name = this.#nameOf(address);
    const latest = this.#lanes.overriding(name);
    if (latest === null) return 'absent';
    let over: FileMiss;
    try {
      const read = lookedAtTwiceSync(() => {
        const file =
          latest === undefined ? readWholeSync(this.#pathOf(name), this.#use) : unread(latest);
        return this.#judge(address, name, file, false);
      });
      if (typeof read !== 'string' || read === 'absent') return read;
      over = read;
    } catch (error) {
      if (!isDamage(error)) throw error;
      over = 'damaged';
    }
    if (this.#files.isLeaving(name)) return over;
    this.#unlinkSync(name);
    this.#left(address, over);
    return over;
  }

  /**
   * Keeps the bytes. Those of a load that began at `since` are not kept if an invalidation, or a newer
   * value of any process, has overtaken it. If it rejects, what was there before is gone too.
   *
   * @returns whether the bytes are there
   */
  write(
    address: StoreKey,
    bytes: Uint8Array | Promise<Uint8Array>,
    entry: FileEntry,
    since?: FileMoment,
  ): Promise<boolean> {
    const name = this.#nameOf(address);
    const moment = since ?? this.#folder.now();
    // Awaited when its turn comes; until then a failure has nobody else to catch it.
    if (bytes instanceof Promise) bytes.catch(() => {});
    const turn = this.#inline.nextTurn();
    return this.#lanes.run(name, async () => {
      // Whoever has what is written here goes on first.
      await turn;
      try {
        const header = headerOf(address, entry, moment);
        if (since !== undefined && !(await this.#mayKeep(name, header))) return false;
        const parts = recordParts(header, await bytes);
        const replaced = this.index.get(name)?.size;
        const ino = await writeWhole(this.#folder.layout, name, parts, {
          inline: this.#inline,
          spares: this.#spares,
          replaced,
        });
        // An invalidation between the check and the renaming came too early to find the file.
        if (this.#folder.isKnownDead(name, header)) {
          await this.#files.unlink(name);
          return false;
        }
        this.#note(name, header, parts, ino);
        return true;
      } catch (error) {
        await this.#drop(name);
        throw error;
      }
    });
  }

  /** As `write`, without waiting; older operations on the same key do not undo it. */
  writeSync(address: StoreKey, body: Uint8Array, entry: FileEntry): void {
    const name = this.#nameOf(address);
    const moment = this.#folder.now();
    let content: Buffer | undefined;
    const write = (): Buffer => {
      try {
        const header = headerOf(address, entry, moment);
        // The body is the caller's again when this returns.
        content ??= Buffer.concat(recordParts(header, body));
        const ino = writeWholeSync(this.#folder.layout, name, [content]);
        this.#note(name, header, [content], ino);
        return content;
      } catch (error) {
        this.#dropSync(name);
        throw error;
      }
    };
    this.#lanes.override(name, write(), () => {
      // What has ended it meanwhile has ended it for good.
      const verdict = this.#folder.verdict(name, headerOf(address, entry, moment));
      if (verdict === undefined) write();
      else this.#unlinkSync(name);
    });
  }

  /** How many fresh ones there were. */
  async delete(addresses: readonly StoreKey[]): Promise<number> {
    const names = addresses.map((address) => this.#nameOf(address));
    this.#forbid(names);
    if (!this.#folder.isThere()) return 0;
    const remove = (name: string): Promise<boolean> =>
      this.#lanes.run(name, async () => {
        const fresh = await this.#files.isFresh(name, this.#options.now());
        return (await this.#files.unlink(name)) && fresh;
      });
    const removed = await this.#files.leaving(names, () => Promise.all(names.map(remove)));
    this.#settle();
    for (const [at, fresh] of removed.entries()) if (fresh) this.#left(addresses[at]!, 'deleted');
    return removed.filter(Boolean).length;
  }

  /** As `delete` of one key, without waiting; older operations on it do not undo it. */
  deleteSync(address: StoreKey): boolean {
    const name = this.#nameOf(address);
    this.#forbid([name]);
    if (!this.#folder.isThere()) return false;
    const { expiresAt = Infinity } = this.index.get(name) ?? {};
    const fresh = this.#unlinkSync(name) && expiresAt > this.#options.now();
    this.#lanes.override(name, null, () => this.#unlinkSync(name));
    this.#settle();
    if (fresh) this.#left(address, 'deleted');
    return fresh;
  }

  /** Empties a category, or all there are. What it held is dead at once; its space comes back later. */
  async clear(category?: string): Promise<void> {
    const { index } = this;
    const gone = category === undefined ? index.removeAll() : index.removeCategory(category);
    this.#dead.add(gone, 'deleted');
    await this.#invalidate(
      category === undefined ? { type: 'all' } : { type: 'category', category },
    );
  }

  /** Ends every entry that carries one of the tags. */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    this.#dead.add(this.index.removeTagged(tags), 'invalidated');
    await this.#invalidate({ type: 'tags', tags });
  }

  /** Keys of the fresh entries of a category. Waits until the index knows the folder. */
  async keys(category: string): Promise<string[]> {
    if (!this.#folder.isThere()) return [];
    await this.#scan.complete();
    await this.#scan.catchUp();
    const keys: string[] = [];
    for (const { name, key, expiresAt } of this.index.entriesOf(category)) {
      if (expiresAt <= this.#options.now()) continue;
      const known = key ?? (await readHeader(this.#pathOf(name)))?.header.key;
      if (known !== undefined) keys.push(known);
    }
    return keys;
  }

  /** Removes what has expired, what is over the limits, and what killed processes left behind. */
  async prune(): Promise<TierCleanupReport> {
    const report = { expired: 0, evicted: 0, bytesFreed: 0 };
    if (!this.#folder.isThere()) return report;
    await this.#scan.complete();
    await this.#scan.catchUp();
    await this.#dead.gone();
    while (!this.#closing) {
      const expired = this.index.takeExpired(this.#options.now(), BATCH);
      if (expired.length === 0) break;
      await Promise.all(
        expired.map(async (entry) => {
          if (!(await this.#files.unlinkOver(entry))) return;
          report.expired++;
          report.bytesFreed += entry.size;
          this.#options.removed(entry.category, entry.key, 'expired');
        }),
      );
    }
    const trimmed = await this.#trimAll();
    report.evicted += trimmed.evicted;
    report.bytesFreed += trimmed.bytesFreed;
    await this.#lanes.idle();
    this.#spares.clear();
    this.#settle();
    return report;
  }

  /** The layer above cannot read the bytes: they are not what was written. */
  discard(address: StoreKey): Promise<unknown> {
    const name = this.#nameOf(address);
    return this.#lanes.run(name, () => this.#files.unlink(name));
  }

  discardSync(address: StoreKey): void {
    this.#unlinkSync(this.#nameOf(address));
  }

  /**
   * The right to load a key alone, among the processes that share the folder; undefined while
   * another has it. Taken from a dead holder, it ends the load of that holder: should he live after
   * all, his value is not kept.
   */
  async lease(address: StoreKey): Promise<FileLease | undefined> {
    const { mark } = this.#folder.now();
    if (mark instanceof Error) throw mark;
    const name = this.#nameOf(address);
    const lease = await this.#leases.take(name);
    if (lease?.takenOver === true) this.#forbid([name]);
    return lease;
  }

  /** Whatever was started or waits is done first. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#dead.stop();
    await this.#scan.stop();
    await this.#lanes.idle();
    this.#spares.clear();
    await this.#persistRecency();
    this.#settle();
    this.#folder.close();
  }

  #judge(
    address: StoreKey,
    name: string,
    file: ReadFile | undefined,
    peek: boolean,
  ): StoredBytes | FileMiss {
    if (file === undefined) {
      this.index.remove(name);
      return 'absent';
    }
    const { header, body } = parseRecord(file.bytes, address);
    if (header.key !== address.key || header.category !== address.category) throw misplaced();
    const verdict = this.#folder.verdict(name, header);
    if (verdict !== undefined) return verdict;
    if (!peek) {
      const usedAt = preciseNow();
      const shownAt = recencyOf(file.mtimeMs) ?? file.mtimeMs;
      if (!this.index.touch(name, usedAt, shownAt)) {
        this.index.add(entryOf(name, header, file.bytes.length, usedAt, file.ino));
      }
    }
    return { bytes: body, expiresAt: header.expiresAt };
  }

  /** Whether nothing has overtaken the load, in this process or another. */
  async #mayKeep(name: string, header: RecordHeader): Promise<boolean> {
    if (!this.#folder.admits(name, header)) return false;
    try {
      const present = await lookedAtTwice(() => readHeader(this.#pathOf(name), this.#inline));
      if (present === undefined || present.header.bornAt <= header.bornAt) return true;
      return this.#folder.verdict(name, present.header) !== undefined;
    } catch (error) {
      if (isDamage(error)) return true;
      throw error;
    }
  }

  #note(name: string, header: RecordHeader, parts: readonly Uint8Array[], ino: number): void {
    const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
    this.index.add(entryOf(name, header, size, preciseNow(), ino));
    this.#trim(header.category);
  }

  /** What a write has pushed out; where that is much, the rest goes in the background. */
  #trim(category: string): void {
    const victims = this.index.victimsOf(category, BATCH);
    for (const victim of victims) void this.#evict(victim);
    if (victims.length === BATCH) void this.#trimAll();
  }

  /** All that is over the limits, a batch at a time. */
  #trimAll(): Promise<TierCleanupReport> {
    this.#trimming ??= this.#trimInBatches().finally(() => {
      this.#trimming = undefined;
    });
    return this.#trimming;
  }

  async #trimInBatches(): Promise<TierCleanupReport> {
    const report = { expired: 0, evicted: 0, bytesFreed: 0 };
    for (const category of this.index.overLimit()) {
      while (!this.#closing) {
        const victims = this.index.victimsOf(category, BATCH);
        if (victims.length === 0) break;
        report.evicted += victims.length;
        for (const { size } of victims) report.bytesFreed += size;
        await Promise.all(victims.map((victim) => this.#evict(victim)));
        await this.#inline.nextTurn();
      }
    }
    return report;
  }

  async #evict(victim: IndexedEntry): Promise<void> {
    this.#options.removed(victim.category, victim.key, 'evicted');
    // One that stays is found again by the next scan, and is then over the limit as well.
    await this.#files.unlinkVictim(victim).catch(() => {});
  }

  async #invalidate(invalidation: Invalidation): Promise<void> {
    try {
      this.#folder.invalidate(invalidation);
    } catch (error) {
      if (!this.#folder.isUnsettled || !this.#folder.isThere()) throw error;
      // A full disk may have room for the record when the files have gone.
      await this.#dead.gone();
      if (this.#settle()) return;
      // Without it, none of them may stay: not those either that the index does not know.
      await this.#scan.complete();
      await this.#scan.catchUp();
      this.#folder.settle();
    }
  }

  /** What was there is older than what could not be kept. */
  async #drop(name: string): Promise<void> {
    try {
      if (this.#folder.isThere()) await this.#files.unlink(name);
    } catch {
      this.#forbid([name]);
    }
  }

  #dropSync(name: string): void {
    try {
      if (this.#folder.isThere() && this.#unlinkSync(name)) return;
    } catch {}
    this.#forbid([name]);
  }

  /** Loads of these keys under way, in any process, are not kept. */
  #forbid(names: readonly string[]): void {
    try {
      this.#folder.invalidate({ type: 'keys', names });
    } catch {
      // It holds in this process, and is written down as soon as that can be done.
    }
  }

  #settle(): boolean {
    try {
      this.#folder.settle();
      return true;
    } catch {
      return false;
    }
  }

  #left({ category, key }: StoreKey, over: FileMiss | 'deleted'): void {
    if (over !== 'absent' && over !== 'damaged') this.#options.removed(category, key, over);
  }

  #unlinkSync(name: string): boolean {
    this.index.remove(name);
    try {
      return removeFileSync(this.#pathOf(name));
    } catch {
      return false;
    }
  }

  async #persistRecency(): Promise<void> {
    const slice = new TimeSlice();
    for (const { name, usedAt } of this.index.unpersisted(RECENCY_AT_CLOSE)) {
      try {
        utimesSync(this.#pathOf(name), usedAt / 1000, usedAt / 1000);
      } catch {}
      if (slice.spent()) await slice.rest();
    }
  }

  #nameOf(address: StoreKey): string {
    return this.#folder.layout.nameOf(address);
  }

  #pathOf(name: string): string {
    return this.#folder.layout.pathOf(name);
  }
}

/** The time of use to write down, if the one that the file shows is too old. */
function recencyOf(mtimeMs: number): number | undefined {
  const now = preciseNow();
  return now - mtimeMs > RECENCY_GRAIN_MS ? now : undefined;
}

/** @throws what kept the moment from having a place in the journal */
function headerOf({ category, key }: StoreKey, entry: FileEntry, moment: FileMoment): RecordHeader {
  const { mark, at } = moment;
  if (mark instanceof Error) throw mark;
  const { journal, position } = mark;
  const { expiresAt, tags } = entry;
  return { journal, position, bornAt: at, category, key, expiresAt, tags };
}

function unread(bytes: Uint8Array): ReadFile {
  return { bytes: Buffer.from(bytes), mtimeMs: 0, ino: 0 };
}
