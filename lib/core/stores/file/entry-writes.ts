import type { StoreKey } from '../../model/store-key.js';
import { readHeader } from './file-access.js';
import { isDamage, lookedAtTwice } from './file-damage.js';
import { recordParts, type RecordHeader } from './file-record.js';
import { writeWhole, writeWholeSync } from './file-writing.js';
import type { FolderCleanup } from './folder-cleanup.js';
import { preciseNow, type FileMoment } from './shared-folder.js';
import { entryOf, type StoredFiles } from './stored-files.js';

/** What is kept beside the bytes. */
export interface FileEntry {
  readonly expiresAt: number;
  readonly tags: readonly string[];
}

/** Writes of a store's entries, kept only if nothing has overtaken what they are about. */
export class EntryWrites {
  readonly #files: StoredFiles;
  readonly #cleanup: FolderCleanup;

  constructor(files: StoredFiles, cleanup: FolderCleanup) {
    this.#files = files;
    this.#cleanup = cleanup;
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
    const name = this.#files.nameOf(address);
    const moment = since ?? this.#files.folder.now();
    // Awaited when its turn comes; until then a failure has nobody else to catch it.
    if (bytes instanceof Promise) bytes.catch(() => {});
    const turn = this.#files.inline.nextTurn();
    return this.#files.lanes.run(name, async () => {
      // Whoever has what is written here goes on first.
      await turn;
      try {
        const header = headerOf(address, entry, moment);
        if (since !== undefined && !(await this.#mayKeep(name, header))) return false;
        const parts = recordParts(header, await bytes);
        const replaced = this.#files.index.get(name)?.size;
        const ino = await writeWhole(this.#files.folder.layout, name, parts, {
          inline: this.#files.inline,
          spares: this.#files.spares,
          replaced,
        });
        // An invalidation between the check and the renaming came too early to find the file.
        if (this.#files.folder.isKnownDead(name, header)) {
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
    const name = this.#files.nameOf(address);
    const moment = this.#files.folder.now();
    let content: Buffer | undefined;
    const write = (): Buffer => {
      try {
        const header = headerOf(address, entry, moment);
        // The body is the caller's again when this returns.
        content ??= Buffer.concat(recordParts(header, body));
        const ino = writeWholeSync(this.#files.folder.layout, name, [content]);
        this.#note(name, header, [content], ino);
        return content;
      } catch (error) {
        this.#dropSync(name);
        throw error;
      }
    };
    this.#files.lanes.override(name, write(), () => {
      // What has ended it meanwhile has ended it for good.
      const verdict = this.#files.folder.verdict(name, headerOf(address, entry, moment));
      if (verdict === undefined) write();
      else this.#files.unlinkSync(name);
    });
  }

  /** Whether nothing has overtaken the load, in this process or another. */
  async #mayKeep(name: string, header: RecordHeader): Promise<boolean> {
    if (!this.#files.folder.admits(name, header)) return false;
    try {
      const present = await lookedAtTwice(() =>
        readHeader(this.#files.pathOf(name), this.#files.inline),
      );
      if (present === undefined || present.header.bornAt <= header.bornAt) return true;
      return this.#files.folder.verdict(name, present.header) !== undefined;
    } catch (error) {
      if (isDamage(error)) return true;
      throw error;
    }
  }

  #note(name: string, header: RecordHeader, parts: readonly Uint8Array[], ino: number): void {
    const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
    this.#files.index.add(entryOf(name, header, size, preciseNow(), ino));
    this.#cleanup.trim(header.category);
  }

  /** What was there is older than what could not be kept. */
  async #drop(name: string): Promise<void> {
    try {
      if (this.#files.folder.isThere()) await this.#files.unlink(name);
    } catch {
      this.#files.forbid([name]);
    }
  }

  #dropSync(name: string): void {
    try {
      if (this.#files.folder.isThere() && this.#files.unlinkSync(name)) return;
    } catch {}
    this.#files.forbid([name]);
  }
}

/** @throws what kept the moment from having a place in the journal */
function headerOf({ category, key }: StoreKey, entry: FileEntry, moment: FileMoment): RecordHeader {
  const { mark, at } = moment;
  if (mark instanceof Error) throw mark;
  const { journal, position } = mark;
  const { expiresAt, tags } = entry;
  return { journal, position, bornAt: at, category, key, expiresAt, tags };
}
