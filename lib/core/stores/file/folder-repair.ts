import { basename, dirname } from 'node:path';
import { examineFile, type Fault, type InspectedEntry } from './examined-file.js';
import { removeFile } from './file-access.js';
import type { FileLayout } from './file-layout.js';
import { FileLeases } from './file-leases.js';
import { InvalidationJournal } from './journal/invalidation-journal.js';
import { parseJournalName } from './journal/journal-folder.js';
import { Peers } from './peers.js';
import { isSameFile } from './seen-file.js';

/** Removes what an inspection has found, in a folder that processes use at the same time. */
export class FolderRepair {
  readonly #root: string;

  constructor({ root }: FileLayout) {
    this.#root = root;
  }

  /** Does the work as one more process of the folder: those that think they are alone look again. */
  async asPeer<T>(work: () => Promise<T>): Promise<T> {
    const peers = new Peers(this.#root);
    peers.join();
    try {
      return await work();
    } finally {
      peers.leave();
    }
  }

  /** Whether it is gone; false if something newer is in its place. Rejects with what keeps it there. */
  async remove(found: InspectedEntry | Fault): Promise<boolean> {
    if (found.kind === 'journal') return this.#renewJournal();
    if (found.kind === 'lock') return this.#releaseLock(found.path);
    if (parseJournalName(basename(found.path))?.isTemporary === false) {
      return this.#renewJournalAfter(found.path);
    }
    const path = found.rawPath ?? found.path;
    const present = await examineFile(path);
    if (present === undefined) return true;
    if (!isSameFile(present, found)) return false;
    return removeFile(path);
  }

  /** The journal goes on in another file, which may not have said so yet: until then it needs this one. */
  async #renewJournalAfter(path: string): Promise<boolean> {
    this.#renewJournal();
    return (await examineFile(path)) === undefined;
  }

  /** A successor also ends it for those who have it open. */
  #renewJournal(): boolean {
    const journal = new InvalidationJournal(this.#root);
    try {
      journal.mark();
      return journal.refresh();
    } finally {
      journal.close();
    }
  }

  /** By taking it over, all its generations with it: to remove one could leave the lease with two holders. */
  async #releaseLock(path: string): Promise<boolean> {
    if ((await examineFile(path)) === undefined) return true;
    const name = basename(path).split('.')[0]!;
    const lease = await new FileLeases(dirname(dirname(path))).take(name);
    await lease?.release();
    return lease !== undefined;
  }
}
