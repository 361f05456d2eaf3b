import type { StoreKey } from '../../model/store-key.js';
import { TimeSlice } from '../../primitives/time-slice.js';
import type { DeadFiles } from './dead-files.js';
import { readWholeSync } from './file-access.js';
import { parseRecord } from './file-record.js';
import type { FolderScan } from './folder-scan.js';
import type { Invalidation } from './journal/invalidation-journal.js';
import { NAMELESS, type FileMiss, type StoredFiles } from './stored-files.js';

/** What a user removes: keys, tags, categories. It is over when the journal says so; files go afterwards. */
export class EntryRemovals {
  readonly #files: StoredFiles;
  readonly #dead: DeadFiles;
  readonly #scan: FolderScan;
  readonly #now: () => number;

  constructor(files: StoredFiles, dead: DeadFiles, scan: FolderScan, now: () => number) {
    this.#files = files;
    this.#dead = dead;
    this.#scan = scan;
    this.#now = now;
  }

  /** How many fresh ones it removed: those that were written without waiting meanwhile are not its own. */
  async delete(addresses: readonly StoreKey[]): Promise<number> {
    const names = addresses.map((address) => this.#files.nameOf(address));
    this.#files.forbid(names);
    if (!this.#files.folder.isThere()) return 0;
    const remove = (name: string, at: number): Promise<FileMiss | 'deleted'> =>
      this.#files.lanes.run(name, async () => {
        // What is there was put there later, by another process perhaps.
        if (this.#files.lanes.overriding(name) !== undefined) return 'absent';
        const address = addresses[at]!;
        const miss = await this.#files.missOf(name, this.#now());
        if (!(await this.#files.unlinkDeleted(name, address.category))) return 'absent';
        const why = miss ?? 'deleted';
        // One at a time: of ten thousand at their end the event loop would be held by telling alone.
        this.#files.left(address, why);
        return why;
      });
    const removed = await this.#files.leaving(names, () => Promise.all(names.map(remove)));
    this.#files.settle();
    return removed.filter((why) => why === 'deleted').length;
  }

  /** As `delete` of one key, without waiting; older operations on it do not undo it. */
  deleteSync(address: StoreKey): boolean {
    const name = this.#files.nameOf(address);
    this.#files.forbid([name]);
    if (!this.#files.folder.isThere()) return false;
    const miss = this.#missOf(name);
    const { category } = address;
    const isGone = this.#files.unlinkSync(name, category);
    this.#files.lanes.override(name, null, () => this.#files.unlinkDeadSync(name, category));
    this.#files.settle();
    if (isGone) this.#files.left(address, miss ?? 'deleted');
    return isGone && miss === undefined;
  }

  /** What is under these keys is dead from now on; its files go when they can. Never throws. */
  fence(addresses: readonly StoreKey[]): void {
    const names = addresses.map((address) => this.#files.nameOf(address));
    this.#files.forbid(names);
    // Neither those that the index knows not, nor those that the disk does not give away, are removed yet.
    for (const [at, name] of names.entries()) this.#files.remain(name, addresses[at]!.category);
    const gone = names.map((name) => this.#files.index.remove(name));
    this.#dead.add(
      gone.filter((entry) => entry !== undefined),
      'deleted',
    );
  }

  /** Empties a category, or all there are. What it held is dead at once; its space comes back later. */
  async clear(category?: string): Promise<void> {
    const { index } = this.#files;
    const gone = category === undefined ? index.removeAll() : index.removeCategory(category);
    await this.#invalidate(
      category === undefined ? { type: 'all' } : { type: 'category', category },
      () => this.#dead.addEnded(gone, 'deleted'),
    );
  }

  /** Ends every entry that carries one of the tags. */
  async invalidateTags(tags: readonly string[]): Promise<void> {
    const ended = this.#files.index.removeTagged(tags);
    await this.#invalidate({ type: 'tags', tags }, async () => {
      this.#dead.addEnded(await walked(ended), 'invalidated');
    });
  }

  /** @param remove takes what is over already out of the index, and off the disk */
  async #invalidate(invalidation: Invalidation, remove: () => void | Promise<void>): Promise<void> {
    try {
      this.#files.folder.invalidate(invalidation);
    } catch (error) {
      await remove();
      if (!this.#files.folder.isUnsettled || !this.#files.folder.isThere()) throw error;
      // A full disk may have room for the record when the files have gone.
      await this.#dead.gone();
      if (this.#files.settle()) return;
      // Without it, none of them may stay: not those either that the index does not know.
      await this.#scan.complete();
      await this.#scan.catchUp();
      this.#files.folder.settle();
      return;
    }
    await remove();
  }

  /** As that of the files, at once. What cannot be read is as good as damaged. */
  #missOf(name: string): FileMiss | undefined {
    const entry = this.#files.index.get(name);
    if (entry !== undefined) return entry.expiresAt > this.#now() ? undefined : 'expired';
    try {
      const file = this.#files.reserve.lend(() => readWholeSync(this.#files.pathOf(name)));
      if (file === undefined) return 'absent';
      return this.#files.folder.verdict(NAMELESS, parseRecord(file.bytes).header);
    } catch {
      return 'damaged';
    }
  }
}

/** What a walk gives at its end; a hundred thousand steps are not for one turn of the event loop. */
async function walked<T>(walk: Iterator<void, T>): Promise<T> {
  const slice = new TimeSlice();
  for (;;) {
    const { done, value } = walk.next();
    if (done === true) return value;
    if (slice.spent()) await slice.rest();
  }
}
