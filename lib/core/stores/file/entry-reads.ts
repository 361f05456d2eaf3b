import type { StoreKey } from '../../model/store-key.js';
import type { StoredBytes } from '../byte-store.js';
import { isNewer, isSameBirth } from './birth.js';
import {
  readIntoSync,
  readWhole,
  readWholeSync,
  type ReadFile,
  type ReadOptions,
} from './file-access.js';
import { isDamage, lookedAtTwice, lookedAtTwiceSync, misplaced } from './file-damage.js';
import { parseRecord, type RecordHeader } from './file-record.js';
import { SMALL } from './inline-io.js';
import { preciseNow } from './use-time.js';
import { entryOf, type FileMiss, type StoredFiles } from './stored-files.js';

/** A use is written to the file when the one it shows is older than this. */
const RECENCY_GRAIN_MS = 60_000;

/** The bytes of an entry that was fresh when it was read. */
export interface ReadEntry extends StoredBytes {
  /** Whether nothing has ended it since, for whoever takes his time with the bytes. */
  stands(): boolean;
}

/**
 * Reads of a store's entries, in three manners: at once if that is easy, when it is their turn, and without
 * waiting. What is not as it should be is removed, and is a miss that says why.
 */
export class EntryReads {
  readonly #files: StoredFiles;
  readonly #look: ReadOptions;
  readonly #use: ReadOptions;
  /** For what is read and done with in one step; larger files are read with waiting, and into memory of their own. */
  readonly #room = Buffer.allocUnsafeSlow(SMALL + 1);

  constructor(files: StoredFiles) {
    this.#files = files;
    this.#look = { inline: files.inline };
    this.#use = { ...this.#look, touch: recencyOf };
  }

  /** The bytes, or why there are none. `peek`: not a use of the entry. Rejects with what keeps the file from being read. */
  async read(address: StoreKey, peek = false): Promise<ReadEntry | FileMiss> {
    if (!this.#files.folder.isThere()) return 'absent';
    const name = this.#files.nameOf(address);
    return this.#files.lanes.run(name, async () => {
      let over: FileMiss;
      try {
        const read = await lookedAtTwice(async () => {
          const file = await readWhole(this.#files.pathOf(name), peek ? this.#look : this.#use);
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
      await this.#files.unlinkDead(name).catch(() => {});
      this.#files.left(address, over);
      return over;
    });
  }

  /**
   * As `read`, at once, with no promise and no place in the queue: the bytes are there until the next
   * call. Undefined for whatever is not a small file that the index knows, as it should be; that is then
   * for `read` to find.
   */
  readNow(address: StoreKey, peek = false): ReadEntry | undefined {
    if (!this.#files.inline.allowed) return undefined;
    const name = this.#files.nameOf(address);
    const shownAt = this.#files.index.shownAt(name);
    if (shownAt === undefined || recencyOf(shownAt) !== undefined) return undefined;
    try {
      if (!this.#files.folder.isThere() || !this.#files.lanes.isFree(name)) return undefined;
      const bytes = this.#files.inline.run(() =>
        readIntoSync(this.#files.pathOf(name), this.#room),
      );
      if (bytes === undefined || bytes.length === this.#room.length) return undefined;
      const { header, body } = parseRecord(bytes, address);
      if (header.key !== address.key || header.category !== address.category) return undefined;
      if (this.#files.folder.verdict(name, header) !== undefined) return undefined;
      if (!peek) this.#files.index.touch(name, preciseNow(), shownAt);
      return this.#entry(name, header, body);
    } catch {
      return undefined;
    }
  }

  /** When `readNow` may be tried again, if all that is wrong is that it was called often. */
  nextTurn(): Promise<void> | undefined {
    return this.#files.inline.isSpent ? this.#files.inline.nextTurn() : undefined;
  }

  /** As `read`, without waiting. @throws what keeps the file from being read */
  readSync(address: StoreKey): ReadEntry | FileMiss {
    if (!this.#files.folder.isThere()) return 'absent';
    const name = this.#files.nameOf(address);
    let over: FileMiss;
    try {
      const read = lookedAtTwiceSync(() => {
        return this.#judge(address, name, this.#presentOf(name), false);
      });
      if (typeof read !== 'string' || read === 'absent') return read;
      over = read;
    } catch (error) {
      if (!isDamage(error)) throw error;
      over = 'damaged';
    }
    if (this.#files.isLeaving(name)) return over;
    this.#files.unlinkSync(name);
    this.#files.left(address, over);
    return over;
  }

  /** Removes what was read, and is of no use to whoever asked for it. What has come in its place since stays. */
  discard(address: StoreKey, body: Uint8Array): Promise<void> {
    const name = this.#files.nameOf(address);
    return this.#files.lanes.run(name, async () => {
      const header = headerWith(body, await readWhole(this.#files.pathOf(name), this.#look));
      if (header === undefined) return;
      await this.#files.unlinkIf(name, (there) => isSameBirth(there, header));
    });
  }

  /** @throws what keeps the file from being read */
  discardSync(address: StoreKey, body: Uint8Array): void {
    const name = this.#files.nameOf(address);
    const file = this.#files.reserve.lend(() =>
      readWholeSync(this.#files.pathOf(name), this.#look),
    );
    if (headerWith(body, file) !== undefined) this.#files.unlinkSync(name);
  }

  #entry(name: string, header: RecordHeader, bytes: Uint8Array): ReadEntry {
    const { folder } = this.#files;
    const stands = (): boolean => folder.verdict(name, header) !== 'invalidated';
    return { bytes, expiresAt: header.expiresAt, stands };
  }

  /**
   * The file; or what a synchronous operation has left, as long as older ones may undo that, unless another process has
   * put something newer there.
   */
  #presentOf(name: string): ReadFile | undefined {
    const there = (): ReadFile | undefined =>
      this.#files.reserve.lend(() => readWholeSync(this.#files.pathOf(name), this.#use));
    const left = this.#files.lanes.overriding(name);
    if (left === undefined) return there();
    const own = left === null ? undefined : unread(left);
    try {
      const file = there();
      return file !== undefined && this.#isLater(name, file, own) ? file : own;
    } catch {
      return own;
    }
  }

  /** Whether a file is later than a synchronous write, or, if there is none, than a removal. */
  #isLater(name: string, { bytes }: ReadFile, own: ReadFile | undefined): boolean {
    const { header } = parseRecord(bytes);
    if (own !== undefined) return isNewer(header, parseRecord(own.bytes).header);
    return this.#files.folder.verdict(name, header) === undefined;
  }

  #judge(
    address: StoreKey,
    name: string,
    file: ReadFile | undefined,
    peek: boolean,
  ): ReadEntry | FileMiss {
    if (file === undefined) {
      this.#files.index.remove(name);
      return 'absent';
    }
    const { header, body } = parseRecord(file.bytes, address);
    if (header.key !== address.key || header.category !== address.category) throw misplaced();
    const verdict = this.#files.folder.verdict(name, header);
    if (verdict !== undefined) return verdict;
    if (!peek) {
      const usedAt = preciseNow();
      const shownAt = recencyOf(file.mtimeMs) ?? file.mtimeMs;
      if (!this.#files.index.touch(name, usedAt, shownAt)) {
        this.#files.index.add(entryOf(name, header, file.bytes.length, usedAt, file.ino));
      }
    }
    return this.#entry(name, header, body);
  }
}

/** The time of use to write down, if the one that the file shows is too old. */
function recencyOf(mtimeMs: number): number | undefined {
  const now = preciseNow();
  return now - mtimeMs > RECENCY_GRAIN_MS ? now : undefined;
}

function unread(bytes: Uint8Array): ReadFile {
  return { bytes: Buffer.from(bytes), mtimeMs: 0, ino: 0 };
}

/** The header of a file that has these bytes, and no others. @throws CacheError `CACHE_DAMAGED` */
function headerWith(body: Uint8Array, file: ReadFile | undefined): RecordHeader | undefined {
  if (file === undefined) return undefined;
  const { header, body: there } = parseRecord(file.bytes);
  return Buffer.compare(there, body) === 0 ? header : undefined;
}
