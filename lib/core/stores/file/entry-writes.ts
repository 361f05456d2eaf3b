import type { StoreKey } from '../../model/store-key.js';
import { isNewer, isSameBirth } from './birth.js';
import { sizeOf } from './byte-parts.js';
import { ContestedPlace } from './contested-place.js';
import { readHeader, readHeaderSync } from './file-access.js';
import { recordParts, type RecordHeader } from './file-record.js';
import { writeWhole, writeWholeSync } from './file-writing.js';
import type { FolderCleanup } from './folder-cleanup.js';
import type { FileLimits } from './index/file-index.js';
import { MakingCost } from './making-cost.js';
import type { FileMoment } from './shared-folder.js';
import { preciseNow } from './use-time.js';
import { entryOf, type StoredFiles } from './stored-files.js';
import { WriteThread } from './thread/write-thread.js';

/** What is kept beside the bytes. */
export interface FileEntry {
  readonly expiresAt: number;
  readonly tags: readonly string[];
}

/** What became of a write: `oversized` is over its category's limit by itself. */
export type FileWritten = 'kept' | 'overtaken' | 'oversized';

/** Writes of a store's entries, kept only if nothing has overtaken what they are about. */
export class EntryWrites {
  readonly #files: StoredFiles;
  readonly #cleanup: FolderCleanup;
  readonly #making = new MakingCost();
  readonly #thread: WriteThread;
  readonly #limitsOf: (category: string) => FileLimits;
  /** Which of a file's writes that have not ended a user has called last. */
  readonly #latest = new Map<string, number>();
  #calls = 0;

  constructor(
    files: StoredFiles,
    cleanup: FolderCleanup,
    limitsOf: (category: string) => FileLimits,
  ) {
    this.#limitsOf = limitsOf;
    this.#files = files;
    this.#cleanup = cleanup;
    this.#thread = new WriteThread(files.folder.layout.directory);
  }

  /** What has been begun is to be done by then. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  /**
   * Keeps the bytes. Those of a load that began at `since` are not kept if an invalidation, or a newer
   * value of any process, has overtaken it. If it rejects, or the bytes are too many, what was there
   * before is gone too.
   */
  write(
    address: StoreKey,
    bytes: Uint8Array | Promise<Uint8Array>,
    entry: FileEntry,
    since?: FileMoment,
  ): Promise<FileWritten> {
    const name = this.#files.nameOf(address);
    const moment = since ?? this.#files.folder.now();
    // Awaited when its turn comes; until then a failure has nobody else to catch it.
    if (bytes instanceof Promise) bytes.catch(() => {});
    const turn = this.#files.inline.nextTurn();
    const isLoad = since !== undefined;
    const call = ++this.#calls;
    if (!isLoad) this.#latest.set(name, call);
    return this.#files.lanes.run(name, async () => {
      // Whoever has what is written here goes on first.
      await turn;
      let header: RecordHeader | undefined;
      try {
        header = headerOf(address, entry, moment);
        const parts = recordParts(header, await bytes);
        // What another process has put there since may be newer than what has been written over this one.
        const isLate = (): boolean => this.#files.lanes.overriding(name) !== undefined;
        if (!isLoad && isLate()) return this.#keptUntilLater(address);
        const place = isLoad ? this.#placeOfLoad(name, header) : undefined;
        // As late as can be: another process does not wait for our encoding.
        if (place !== undefined && !(await place.look(this.#files.inline))) return 'overtaken';
        if (this.#isOversized(header, parts)) {
          await this.#drop(name, call, isLoad, header);
          this.#files.removed(address.category, address.key, 'oversized');
          return 'oversized';
        }
        const replaced = this.#files.index.get(name)?.size;
        const ino = await writeWhole(this.#files.folder.layout, name, parts, {
          inline: this.#files.inline,
          spares: this.#files.spares,
          making: this.#making,
          // By itself a write is sooner done here.
          thread: this.#files.lanes.hasOthers ? this.#thread : undefined,
          replaced,
          place,
          isLate,
        });
        if (ino === 'overtaken') return isLoad ? ino : this.#keptUntilLater(address);
        // An invalidation between the check and the renaming came too early to find the file.
        if (this.#files.folder.isKnownDead(name, header)) {
          await this.#files.unlinkDead(name);
          return 'overtaken';
        }
        const replaces = this.#note(name, header, parts, ino);
        this.#cleanup.trim(header.category);
        if (replaces) this.#tellReplaced(address);
        return 'kept';
      } catch (error) {
        await this.#drop(name, call, isLoad, header);
        throw error;
      } finally {
        if (this.#latest.get(name) === call) this.#latest.delete(name);
      }
    });
  }

  /** As `write`, without waiting; older operations on the same key do not undo it. */
  writeSync(address: StoreKey, body: Uint8Array, entry: FileEntry): FileWritten {
    const name = this.#files.nameOf(address);
    const moment = this.#files.folder.now();
    const call = ++this.#calls;
    let content: Buffer | undefined;
    const write = (over?: ContestedPlace): Buffer | null => {
      let header: RecordHeader | undefined;
      try {
        header = headerOf(address, entry, moment);
        // The body is the caller's again when this returns.
        content ??= Buffer.concat(recordParts(header, body));
        if (this.#isOversized(header, [content])) {
          this.#dropSync(name, call, header);
          this.#files.removed(address.category, address.key, 'oversized');
          return null;
        }
        const parts = [content];
        const ino = this.#files.reserve.lend(() =>
          writeWholeSync(this.#files.folder.layout, name, parts, over),
        );
        over?.keepReplaced(this.#files.spares);
        if (ino === 'overtaken') return content;
        const replaces = this.#note(name, header, parts, ino);
        this.#cleanup.trimSync(header.category);
        // Of what is written again, after something older, that one has told.
        if (replaces && over === undefined) this.#tellReplaced(address);
        return content;
      } catch (error) {
        this.#dropSync(name, call, header);
        throw error;
      }
    };
    const written = write();
    this.#files.lanes.override(name, written, () => {
      if (written === null) return void this.#files.unlinkDeadSync(name, address.category);
      const header = headerOf(address, entry, moment);
      const there = this.#headerNow(name);
      if (this.#isOutdone(name, header, there)) return;
      // What has ended it meanwhile has ended it for good.
      if (this.#files.folder.verdict(name, header) !== undefined) this.#files.unlinkSync(name);
      else if (!isSameBirth(there, header)) {
        write(this.#placeOf(name, (found) => !this.#isOutdone(name, header, found)));
      }
    });
    return written === null ? 'oversized' : 'kept';
  }

  /** Where a load's file goes, if nothing has overtaken the load, in this process or another. */
  #placeOfLoad(name: string, header: RecordHeader): ContestedPlace {
    return this.#placeOf(
      name,
      (there) => this.#files.folder.admits(name, header) && !this.#isOutdone(name, header, there),
    );
  }

  #placeOf(name: string, mayReplace: (there: RecordHeader | undefined) => boolean): ContestedPlace {
    const { layout } = this.#files.folder;
    return new ContestedPlace(layout.pathOf(name), () => layout.temporaryOf(name), mayReplace);
  }

  #isOversized({ category }: RecordHeader, parts: readonly Uint8Array[]): boolean {
    return sizeOf(parts) > this.#limitsOf(category).maxBytes;
  }

  /** What a user has set is kept, until what came after it: that was there first. */
  #keptUntilLater(address: StoreKey): 'kept' {
    this.#tellReplaced(address);
    return 'kept';
  }

  #tellReplaced({ category, key }: StoreKey): void {
    this.#files.removed(category, key, 'replaced');
  }

  /** @returns whether it is in the place of one that was known */
  #note(name: string, header: RecordHeader, parts: readonly Uint8Array[], ino: number): boolean {
    const isKnown = this.#files.index.has(name);
    this.#files.index.add(entryOf(name, header, sizeOf(parts), preciseNow(), ino));
    return isKnown;
  }

  /** What was there is older than what could not be kept; and so is what other loads have under way, if a user has set it. */
  async #drop(
    name: string,
    call: number,
    isLoad: boolean,
    header: RecordHeader | undefined,
  ): Promise<void> {
    if (header !== undefined && (await this.#isReplaced(name, header))) return;
    if (!isLoad) this.#forbid(name, call);
    try {
      if (!this.#files.folder.isThere()) return;
      const mayGo = (there: RecordHeader): boolean =>
        header === undefined || !this.#isOutdone(name, header, there);
      await this.#files.unlinkIf(name, mayGo);
    } catch {
      if (isLoad) this.#forbid(name, call);
    }
  }

  #dropSync(name: string, call: number, header: RecordHeader | undefined): void {
    if (header !== undefined && this.#isOutdone(name, header, this.#headerNow(name))) return;
    this.#forbid(name, call);
    try {
      if (this.#files.folder.isThere()) this.#files.unlinkSync(name);
    } catch {}
  }

  /** Not if a later write of a user waits: it would be ended too, and ends the loads itself. */
  #forbid(name: string, call: number): void {
    if ((this.#latest.get(name) ?? 0) <= call) this.#files.forbid([name]);
  }

  /** Whether another process has something newer there. */
  async #isReplaced(name: string, header: RecordHeader): Promise<boolean> {
    try {
      const there = await readHeader(this.#files.pathOf(name), this.#files.inline);
      return this.#isOutdone(name, header, there?.header);
    } catch {
      return false;
    }
  }

  /** Of what is there, if there is something that can be read. */
  #headerNow(name: string): RecordHeader | undefined {
    try {
      return this.#files.reserve.lend(() => readHeaderSync(this.#files.pathOf(name)))?.header;
    } catch {
      return undefined;
    }
  }

  /** Whether what is there is newer. What has ended that since is no reason for something older; what has expired counts no more. */
  #isOutdone(name: string, header: RecordHeader, there: RecordHeader | undefined): boolean {
    if (there === undefined || !isNewer(there, header)) return false;
    return this.#files.folder.verdict(name, there) !== 'expired';
  }
}

/** @throws what kept the moment from having a place in the journal */
function headerOf({ category, key }: StoreKey, entry: FileEntry, moment: FileMoment): RecordHeader {
  const { mark, bornAt, tick } = moment;
  if (mark instanceof Error) throw mark;
  const { journal, position } = mark;
  const { expiresAt, tags } = entry;
  return { journal, position, bornAt, tick, category, key, expiresAt, tags };
}
