import { examineFile, type Fault, type InspectedEntry } from './examined-file.js';
import { readHeader, readWhole } from './file-access.js';
import { FileLayout } from './file-layout.js';
import { parseRecord, type RecordHeader } from './file-record.js';
import { listFolder, type FolderContents } from './folder-contents.js';
import type { Invalidation } from './journal/invalidation-journal.js';
import { checkFolder } from './private-folder.js';
import { isSameFile, type SeenFile } from './seen-file.js';
import { SharedFolder } from './shared-folder.js';
import { isDamage, misplaced } from './file-damage.js';

/** Each look in vain is one at a file that was replaced meanwhile. */
const MOST_LOOKS = 16;

interface Content extends SeenFile {
  readonly header: RecordHeader;
  readonly body?: Uint8Array;
}

/**
 * A cache's folder for somebody who looks at it from outside while processes use it. Looking changes
 * nothing on disk: no folder is made, no use noted, nothing removed that is over.
 */
export class FolderInspection {
  readonly layout: FileLayout;
  readonly #folder: SharedFolder;

  constructor(directory: string, now: () => number = Date.now) {
    this.layout = new FileLayout(directory);
    this.#folder = new SharedFolder(this.layout, now, () => {});
  }

  /** What there is to look at. @throws CacheError for a folder that a store would refuse */
  look(): 'cache' | 'no cache' | 'no folder' {
    if (!checkFolder(this.layout.directory)) return 'no folder';
    return this.#folder.isThere() ? 'cache' : 'no cache';
  }

  /** Names only: what is behind them is examined one at a time. */
  contents(): Promise<FolderContents> {
    return listFolder(this.layout);
  }

  /**
   * What the entry's file of that name holds; undefined if there is none, or no more.
   *
   * @param depth `'whole'`: all of it, not the header alone
   */
  async examine(
    name: string,
    depth: 'header' | 'whole',
  ): Promise<InspectedEntry | Fault | undefined> {
    for (let look = 0; look < MOST_LOOKS; look++) {
      const found = await this.#examineOnce(name, depth);
      if (found === undefined || found.kind === 'entry') return found;
      // A file that is replaced is written anew for another key, while somebody may still be reading it.
      const after = await examineFile(found.path);
      if (after === undefined) return undefined;
      if (isSameFile(after, found)) return found;
    }
    return undefined;
  }

  async #examineOnce(
    name: string,
    depth: 'header' | 'whole',
  ): Promise<InspectedEntry | Fault | undefined> {
    const path = this.layout.pathOf(name);
    // Before it is read: what another process puts there since is not what was found damaged.
    const before = await examineFile(path);
    if (before === undefined) return undefined;
    try {
      const found: Content | undefined = await (depth === 'whole'
        ? readAll(path)
        : readHeader(path));
      if (found === undefined) return undefined;
      if (this.layout.nameOf(found.header) !== name) {
        return { ...before, kind: 'misplaced', why: misplaced().message };
      }
      const state = this.#folder.verdict(name, found.header) ?? 'live';
      const usedAt = Math.max(found.mtimeMs, found.header.bornAt);
      return { ...found, kind: 'entry', path, state, usedAt };
    } catch (error) {
      if (!isDamage(error)) throw error;
      return { ...before, kind: 'damaged', why: (error as Error).message };
    }
  }

  /** Makes entries dead in every process that uses the folder. @throws what keeps it from them; `settle` tries again */
  invalidate(invalidation: Invalidation): void {
    this.#folder.invalidate(invalidation);
  }

  /** @throws what still keeps an invalidation from the other processes */
  settle(): void {
    this.#folder.settle();
  }

  close(): void {
    this.#folder.close();
  }
}

async function readAll(path: string): Promise<Content | undefined> {
  const file = await readWhole(path);
  if (file === undefined) return undefined;
  const { bytes, ino, mtimeMs } = file;
  return { ...parseRecord(bytes), size: bytes.length, ino, mtimeMs };
}
