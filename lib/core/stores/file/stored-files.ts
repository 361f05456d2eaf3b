import { lstatSync } from 'node:fs';
import type { RemovalCause } from '../../model/removal-cause.js';
import type { StoreKey } from '../../model/store-key.js';
import { KeyCounts } from '../../primitives/key-counts.js';
import { examineFile, isOther } from './examined-file.js';
import {
  readHeader,
  readHeaderSync,
  removeFile,
  removeFileSync,
  type FoundHeader,
} from './file-access.js';
import type { RecordHeader } from './file-record.js';
import { HandleReserve } from './handle-reserve.js';
import type { FileIndex, IndexedEntry } from './index/file-index.js';
import { InlineIo } from './inline-io.js';
import { isDamage, lookedAtTwice, lookedAtTwiceSync, misplaced } from './file-damage.js';
import type { OperationLanes } from './operation-lanes.js';
import { Peers } from './peers.js';
import { removeQuietly } from './remove-quietly.js';
import type { SeenFile } from './seen-file.js';
import type { SharedFolder, Verdict } from './shared-folder.js';
import { SpareFiles } from './spare-files.js';
import { takeAway } from './take-away.js';
import { preciseNow } from './use-time.js';

/** Keys longer than this are not kept in memory. */
const LONGEST_INDEXED_KEY = 512;

/** Of what nobody waits for, in one turn of the event loop. */
const BACKGROUND_TURN_MS = 1;

/** No invalidation of keys concerns it. */
export const NAMELESS = '';

/** Why a file gave nothing. `damaged`: it was not what had been written, and has been removed. */
export type FileMiss = Verdict | 'absent' | 'damaged';

/** Told of what left. The key is absent if it is very long. */
export type Removed = (category: string, key: string | undefined, cause: RemovalCause) => void;

/** Told of a file that was found damaged by nobody who asked for it. Its category is known if the index had it. */
export type Damaged = (category: string | undefined) => void;

export interface StoredFilesParts {
  readonly folder: SharedFolder;
  readonly lanes: OperationLanes;
  readonly index: FileIndex;
  readonly removed: Removed;
  readonly damaged?: Damaged | undefined;
}

/**
 * The files on disk and what the index has of them, one at a time. Whoever changes a file holds its
 * lane; what runs in the background looks again before it removes anything, because another process
 * may have put something newer there.
 */
export class StoredFiles {
  readonly folder: SharedFolder;
  readonly lanes: OperationLanes;
  readonly index: FileIndex;
  readonly removed: Removed;
  readonly damaged: Damaged;
  readonly inline = new InlineIo();
  readonly spares = new SpareFiles();
  readonly reserve = new HandleReserve();
  readonly peers: Peers;
  readonly #background = new InlineIo(BACKGROUND_TURN_MS);
  /** Names of what this process has ended, out of the index, and about to be told of. */
  readonly ended = new Set<string>();
  /** Names of files that are deleted, and may still be there. */
  readonly #remaining = new Set<string>();
  /** How many deletions of each key are under way. */
  readonly #leaving = new KeyCounts();

  constructor({ folder, lanes, index, removed, damaged = () => {} }: StoredFilesParts) {
    this.folder = folder;
    this.lanes = lanes;
    this.index = index;
    this.removed = removed;
    this.damaged = damaged;
    this.peers = new Peers(folder.layout.root);
  }

  /** Puts what a file holds into the index, or removes a file that counts no more. For a lane's holder. */
  async examine(name: string): Promise<IndexedEntry | undefined> {
    if (!this.folder.isThere()) return undefined;
    try {
      const found = await lookedAtTwice(() => this.#headerOf(name));
      if (found === undefined) {
        this.index.remove(name);
        return undefined;
      }
      const { header } = found;
      const verdict = this.folder.verdict(name, header);
      // What has expired is for the cleanup, which says how much that was.
      if (verdict !== 'invalidated') return foundEntry(name, found);
      if (this.isLeaving(name)) return undefined;
      await this.unlinkDead(name, header.category);
      this.left(header, verdict);
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.damaged(this.index.get(name)?.category);
      await this.unlinkDead(name);
    }
    return undefined;
  }

  /** Deletes the names' files: nobody else finds them dead and removes them before it can be said what they held. */
  async leaving<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    for (const name of names) this.#leaving.enter(name);
    try {
      return await work();
    } finally {
      for (const name of names) this.#leaving.leave(name);
    }
  }

  isLeaving(name: string): boolean {
    return this.#leaving.has(name);
  }

  /** Why a file would give nothing, deletions of its key apart; undefined if it is fresh. For a lane's holder. */
  async missOf(name: string, now: number): Promise<FileMiss | undefined> {
    const entry = this.index.get(name);
    if (entry !== undefined) return entry.expiresAt > now ? undefined : 'expired';
    try {
      const found = await lookedAtTwice(() => this.#headerOf(name));
      return found === undefined ? 'absent' : this.folder.verdict(NAMELESS, found.header);
    } catch (error) {
      if (!isDamage(error)) throw error;
      return 'damaged';
    }
  }

  /**
   * Removes the file of an entry that left the index, unless something newer is there by now.
   *
   * @returns whether there was a file, and it is gone
   */
  unlinkOver(entry: IndexedEntry): Promise<boolean> {
    return this.lanes.runIdle(entry.name, async () => {
      if (this.index.has(entry.name) || !this.folder.isThere()) return false;
      try {
        const found = await lookedAtTwice(() => this.#headerOf(entry.name));
        if (found === undefined) return false;
        if (this.folder.verdict(entry.name, found.header) === undefined) {
          this.index.addOld([foundEntry(entry.name, found)]);
          return false;
        }
      } catch (error) {
        if (!isDamage(error)) throw error;
      }
      return this.unlinkDead(entry.name);
    });
  }

  /**
   * Removes the file of an entry that left the index to make room for others, and tells of it. What another
   * process has used or written since stays, and is known as that then.
   *
   * @param first before all that waits for the disk: writes that wait would each add one more
   * @returns whether it was there, and is gone
   */
  unlinkVictim(entry: IndexedEntry, first = false): Promise<boolean> {
    const unlink = async (): Promise<boolean> => {
      if (this.index.has(entry.name)) return false;
      const path = this.pathOf(entry.name);
      const stats = this.inline.allowed
        ? this.inline.run(() => lstatSync(path, { throwIfNoEntry: false }))
        : await examineFile(path);
      if (stats === undefined) return false;
      if (isOther(stats, entry)) {
        const found = await this.examine(entry.name);
        if (found !== undefined) this.index.addOld([found]);
        return false;
      }
      const gone =
        this.#keepAsSpare(entry, stats) ||
        (await (this.peers.isAlone() ? removeFile(path) : this.#removeSeen(entry.name, stats)));
      if (gone) this.removed(entry.category, entry.key, 'evicted');
      return gone;
    };
    return first ? this.lanes.runFirst(entry.name, unlink) : this.lanes.run(entry.name, unlink);
  }

  /** As `unlinkVictim`, without waiting; false also where there is something to be waited for. */
  unlinkVictimSync(entry: IndexedEntry): boolean {
    if (this.lanes.isBusy(entry.name)) return false;
    const path = this.pathOf(entry.name);
    try {
      const stats = lstatSync(path, { throwIfNoEntry: false });
      if (stats === undefined || isOther(stats, entry)) return false;
      if (!(this.peers.isAlone() ? removeFileSync(path) : this.#removeSeenSync(entry.name, stats)))
        return false;
    } catch {
      return false;
    }
    this.removed(entry.category, entry.key, 'evicted');
    return true;
  }

  #removeSeenSync(name: string, seen: SeenFile): boolean {
    const taken = this.folder.layout.temporaryOf(name);
    if (!takeAway(this.pathOf(name), seen, taken)) return false;
    removeQuietly(taken);
    return true;
  }

  #keepAsSpare({ name, size }: IndexedEntry, seen: SeenFile): boolean {
    if (!this.inline.allowed || !this.spares.wants(size)) return false;
    const spare = this.folder.layout.temporaryOf(name);
    return this.inline.run(() => this.spares.takeOver(this.pathOf(name), seen, spare));
  }

  nameOf(address: StoreKey): string {
    return this.folder.layout.nameOf(address);
  }

  pathOf(name: string): string {
    return this.folder.layout.pathOf(name);
  }

  /** Loads of these keys under way, in any process, are not kept. */
  forbid(names: readonly string[]): void {
    try {
      this.folder.invalidate({ type: 'keys', names });
    } catch {
      // It holds in this process, and is written down as soon as that can be done.
    }
  }

  /** Writes down what could not be written before, if that can be done now. */
  settle(): boolean {
    try {
      this.folder.settle();
      return true;
    } catch {
      return false;
    }
  }

  /** Tells why an entry is gone. What this process has ended is told of when it has come out of the index. */
  left(address: StoreKey, over: FileMiss | 'deleted'): void {
    if (over === 'absent' || over === 'damaged') return;
    const { category, key } = address;
    if (over !== 'invalidated' || !this.#isEnding(this.nameOf(address))) {
      this.removed(category, key, over);
    }
  }

  #isEnding(name: string): boolean {
    return this.index.isEnding(name) || this.ended.has(name);
  }

  /** As `unlink`, at once; false if it cannot be removed, too. */
  unlinkSync(name: string, deletedOf?: string): boolean {
    this.index.remove(name);
    try {
      return removeFileSync(this.pathOf(name));
    } catch {
      if (deletedOf !== undefined) this.remain(name, deletedOf);
      return false;
    }
  }

  /** As `unlinkSync` of a deleted key, unless another process has put something newer there. */
  unlinkDeadSync(name: string, deletedOf: string): void {
    try {
      const found = this.reserve.lend(() => readHeaderSync(this.pathOf(name)));
      if (found === undefined) return;
      if (this.folder.verdict(name, found.header) !== 'invalidated') return;
    } catch {
      // It is as good as damaged.
    }
    this.unlinkSync(name, deletedOf);
  }

  /** As `unlink` of what counts no more, unless another process has put something there meanwhile that does. */
  unlinkDead(name: string, deletedOf?: string): Promise<boolean> {
    return this.unlinkIf(
      name,
      (there) => this.folder.verdict(name, there) !== undefined,
      deletedOf,
    );
  }

  /** As `unlink` of a deleted key, unless another process has put something newer there: its turn may have been long in coming. */
  unlinkDeleted(name: string, category: string): Promise<boolean> {
    return this.unlinkIf(
      name,
      // A deletion that is forgotten may be this one.
      (there) => !this.folder.admits(name, there),
      category,
    );
  }

  /** The file of a deleted key may still be there: it stays dead, and is looked for again. */
  remain(name: string, category: string): void {
    this.#remaining.add(name);
    if (!this.folder.keep(name, category)) this.#remaining.clear();
  }

  /** Removes what could not be removed before, where that can be done now. Never rejects. */
  async removeRemaining(): Promise<void> {
    if (!this.folder.isThere()) return;
    const remove = async (name: string): Promise<void> => {
      if (this.isLeaving(name)) return;
      // One that gets a newer value is not removed.
      const entry = await this.examine(name);
      if (entry !== undefined) this.index.addOld([entry]);
      this.#remaining.delete(name);
      this.folder.letGo(name);
    };
    await Promise.allSettled(
      [...this.#remaining].map((name) => this.lanes.runIdle(name, () => remove(name))),
    );
  }

  async #headerOf(name: string): ReturnType<typeof readHeader> {
    const { layout } = this.folder;
    const found = await readHeader(layout.pathOf(name), this.#background);
    if (found !== undefined && layout.nameOf(found.header) !== name) throw misplaced();
    return found;
  }

  /**
   * As `unlink`, unless another process has put something there that is to stay.
   *
   * @param mayGo whether what has this header may go; what is damaged may
   */
  async unlinkIf(
    name: string,
    mayGo: (there: RecordHeader) => boolean,
    deletedOf?: string,
  ): Promise<boolean> {
    if (this.peers.isAlone()) return this.unlink(name, deletedOf);
    this.index.remove(name);
    try {
      const seen = this.inline.run(() => this.#seen(name, mayGo));
      return seen !== undefined && (await this.#removeSeen(name, seen));
    } catch (error) {
      if (deletedOf !== undefined) this.remain(name, deletedOf);
      throw error;
    }
  }

  /** What may go; what may not is known as what it is. */
  #seen(name: string, mayGo: (there: RecordHeader) => boolean): SeenFile | undefined {
    const path = this.pathOf(name);
    // Before its content: what comes between is another file.
    const seen = lstatSync(path, { throwIfNoEntry: false });
    if (seen === undefined) return undefined;
    const there = this.#headerNow(name);
    if (there === undefined || mayGo(there.header)) return seen;
    this.index.addOld([foundEntry(name, there)]);
    return undefined;
  }

  /** What cannot be read is as good as damaged. */
  #headerNow(name: string): FoundHeader | undefined {
    const { layout } = this.folder;
    try {
      const found = lookedAtTwiceSync(() =>
        this.reserve.lend(() => readHeaderSync(layout.pathOf(name))),
      );
      return found !== undefined && layout.nameOf(found.header) === name ? found : undefined;
    } catch {
      return undefined;
    }
  }

  /** Not what another process has put there since it was seen. */
  async #removeSeen(name: string, seen: SeenFile): Promise<boolean> {
    const path = this.pathOf(name);
    const taken = this.folder.layout.temporaryOf(name);
    try {
      if (!this.inline.run(() => takeAway(path, seen, taken))) return false;
    } catch {
      return removeFile(path);
    }
    await removeFile(taken);
    return true;
  }

  /** For a lane's holder. @param deletedOf the category of a key that is deleted, whatever becomes of its file */
  async unlink(name: string, deletedOf?: string): Promise<boolean> {
    this.index.remove(name);
    try {
      return await removeFile(this.pathOf(name));
    } catch (error) {
      if (deletedOf !== undefined) this.remain(name, deletedOf);
      throw error;
    }
  }
}

/** As the file shows it. A time to come is of a clock that was set back since: it was no later than now. */
function lastUseOf({ bornAt }: RecordHeader, mtimeMs: number): number {
  return Math.min(Math.max(mtimeMs, bornAt), preciseNow());
}

export function entryOf(
  name: string,
  header: RecordHeader,
  size: number,
  usedAt: number,
  ino: number,
): IndexedEntry {
  const { category, key, expiresAt, tags, position } = header;
  const indexed = key.length > LONGEST_INDEXED_KEY ? undefined : key;
  return { name, category, key: indexed, size, expiresAt, tags, usedAt, position, ino };
}

/** As its file shows it. */
function foundEntry(name: string, { header, size, mtimeMs, ino }: FoundHeader): IndexedEntry {
  return entryOf(name, header, size, lastUseOf(header, mtimeMs), ino);
}
