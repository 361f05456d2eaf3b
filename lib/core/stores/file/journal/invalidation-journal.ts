import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { CacheError } from '../../../primitives/errors.js';
import type { Invalidation, Mark, Stamped } from './invalidation.js';
import { JournalFile } from './journal-file.js';
import {
  hasBegun,
  highestJournal,
  journalPath,
  placeJournal,
  removePredecessors,
} from './journal-folder.js';
import { encodeInvalidation, encodeLine } from './journal-line.js';
import { KeptDeletions } from './kept-deletions.js';
import { KnownInvalidations } from './known-invalidations.js';
import { LeftJournals } from './left-journals.js';
import { PendingInvalidations } from './pending-invalidations.js';

export type { Invalidation, Mark, Stamped } from './invalidation.js';

export interface JournalOptions {
  /** Bytes above which the journal is written anew, with what still matters. @default 1 MiB */
  readonly compactAboveBytes?: number;
  /** Tags whose last invalidation is remembered. @default 100_000 */
  readonly maxTags?: number;
  /** Keys whose last deletion is remembered. @default 20_000 */
  readonly maxKeys?: number;
}

/** Each attempt that fails is one in which another process got on with its own work. */
const MOST_ATTEMPTS = 1000;

/**
 * What was invalidated in a folder that several processes share, and when. Time is a position in an
 * append-only file: an entry carries the position at which its load began (its mark), and is dead if
 * anything that concerns it was appended at or after that. So an invalidation costs one append however
 * much it concerns, outlives the process, and reaches values that are written after it but were loaded
 * before.
 *
 * All of it is synchronous: between learning and deciding nothing else happens in this process. The
 * invariants between processes:
 * - of the files `journal-<n>` the highest is the journal, and a file gets a successor only after a line
 *   was appended that says so, or when it is no file: nobody goes on with a file that was succeeded. A
 *   successor is there before its predecessor is removed: there is no moment without one;
 * - a file counts once it is open and still the highest: a late process may put a lower one in place. One that
 *   goes on under its predecessor's id says first that it has come into use: until it has, that one is there;
 * - a record counts once it was read back from before such a line, in a file still in its place;
 * - doubt kills: a line that cannot be read may have invalidated everything, and so may whatever was
 *   appended elsewhere while a journal was away that this process had left for another.
 */
export class InvalidationJournal {
  readonly #root: string;
  readonly #compactAboveBytes: number;
  readonly #known: KnownInvalidations;
  readonly #pending = new PendingInvalidations();
  readonly #kept: KeptDeletions;
  #file: JournalFile | undefined;
  /** The file that this process has appended to or taken marks of, its predecessors removed. */
  #inUse: JournalFile | undefined;
  readonly #left = new LeftJournals();

  /** Touches nothing. @param root the folder in which the journal's files are */
  constructor(root: string, options: JournalOptions = {}) {
    const { compactAboveBytes = 1024 * 1024, maxTags = 100_000, maxKeys = 20_000 } = options;
    this.#root = root;
    this.#compactAboveBytes = compactAboveBytes;
    this.#kept = new KeptDeletions(maxKeys / 4);
    this.#known = new KnownInvalidations({ maxTags, maxKeys }, (name, position) =>
      this.#kept.forgotten(name, position),
    );
  }

  /** Invalidations that could not be appended; in this process they are in effect. */
  get pending(): number {
    return this.#pending.size + this.#kept.due;
  }

  /** How far it has been read; undefined if there is none. */
  get known(): Mark | undefined {
    const file = this.#file;
    return file && { journal: file.id, position: file.position };
  }

  /**
   * Learns what any process has appended: one `lstat` when that is nothing.
   *
   * @returns false if there is no journal, so that nothing can be alive
   */
  refresh(): boolean {
    const file = this.#look();
    return file !== undefined && (file.state === 'open' || file.state === 'sealed');
  }

  /**
   * The moment at which a load, or a set, begins. Makes the journal if there is none.
   *
   * @throws what the file system throws: `ENOENT` if the folder is not there
   */
  mark(): Mark {
    this.flush();
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const file = this.#ensure();
      if (!file.torn) return { journal: file.id, position: file.position };
      // Left alone, that line would be completed by the next record, and kill what is written until then.
      file.append('\n');
    }
    throw this.#overtaken();
  }

  /** Whether nothing that was known at the last `refresh` has invalidated the entry. */
  isAlive(entry: Stamped): boolean {
    const file = this.#file;
    if (file === undefined || file.state === 'ended' || file.state === 'damaged') return false;
    return (
      entry.journal === file.id &&
      entry.position <= file.position &&
      !file.doubtful &&
      !this.#pending.concern(entry) &&
      !this.#kept.concern(entry) &&
      this.#known.isAlive(entry)
    );
  }

  /** As `isAlive`, and no deletion of the entry's key since its mark can have been forgotten. */
  isStorable(entry: Stamped): boolean {
    return this.isAlive(entry) && this.#known.remembersSince(entry);
  }

  /**
   * In effect in this process at once, and in every other when it returns. Where there is no folder
   * nothing is alive: it stays pending, should the folder come back, and nothing is thrown.
   *
   * @throws what the file system throws; then it stays pending
   */
  append(invalidation: Invalidation): void {
    this.postpone(invalidation);
    this.flush();
  }

  /** In effect in this process at once; appended by the next `append`, `flush` or `mark`. */
  postpone(invalidation: Invalidation): void {
    this.#pending.add(invalidation);
  }

  /**
   * The file of a deleted key may still be there: what it holds stays dead, however much is deleted after it.
   *
   * @returns false if there are too many of them: their categories are dead in their place
   */
  keep(name: string, category: string): boolean {
    const instead = this.#kept.keep(name, category);
    for (const each of instead ?? []) this.postpone(each);
    return instead === undefined;
  }

  /** The file of a deleted key has gone, or holds what is newer. */
  letGo(name: string): void {
    this.#kept.letGo(name);
  }

  /** Appends what is pending. */
  flush(): void {
    const due = this.#kept.takeDue();
    if (due !== undefined) this.postpone(due);
    if (this.#pending.size === 0) return;
    const text = this.#pending.merged().map(encodeInvalidation).join('');
    if (text !== '') {
      if (statSync(this.#root, { throwIfNoEntry: false }) === undefined) return;
      this.#write(text);
    }
    this.#pending.clear();
    this.#compact();
  }

  /** Closes the files; whatever is called next opens them again. */
  close(): void {
    this.#leave()?.close();
  }

  #leave(): JournalFile | undefined {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) this.#left.left(file);
    return file;
  }

  #write(text: string): void {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const file = this.#ensure();
      if (file.begin() && file.append(text) && this.#look() === file && file.state === 'open')
        return;
    }
    throw this.#overtaken();
  }

  /** Reads on, in the file that is the journal now. */
  #look(): JournalFile | undefined {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const file = this.#file;
      if (file?.readOn(this.#learn) === true) {
        if (file.state === 'open') return file;
        file.closeWriter();
        const succeeded = file.state === 'sealed' && file.successor() !== undefined;
        if (highestJournal(this.#root) <= file.number) {
          // Its successor was in use and is lost, and with it what was invalidated since.
          if (succeeded) file.markDamaged();
          return file;
        }
      }
      const left = this.#leave();
      try {
        const highest = highestJournal(this.#root);
        if (highest === 0) return undefined;
        this.#open(highest, left);
      } finally {
        left?.close();
      }
    }
    throw this.#overtaken();
  }

  #open(number: number, left: JournalFile | undefined): void {
    this.#known.clear();
    const file = JournalFile.open(journalPath(this.#root, number), number, this.#learn);
    if (file === undefined) return;
    try {
      // Succeeded and removed since, it may be the file that a late process has put there in vain.
      if (highestJournal(this.#root) !== number) return;
      const isWhole = hasBegun(this.#root, file, this.#learn, left);
      if (this.#left.mayLack(file) || !isWhole) file.markDamaged();
      this.#file = file;
    } finally {
      if (this.#file !== file) file.close();
    }
  }

  /** The journal, open for appending: makes one, or the next one, if need be. */
  #ensure(): JournalFile {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const file = this.#look();
      if (file?.state === 'open') {
        if (this.#inUse !== file) this.#use(file);
        return file;
      }
      if (file?.state === 'damaged' && file.isRegular()) {
        // To those who have it open and do not see the damage.
        if (!file.append(encodeLine({ type: 'end' }))) continue;
        file.closeWriter();
      }
      placeJournal(this.#root, this.#successorOf(file), file);
    }
    throw this.#overtaken();
  }

  #use(file: JournalFile): void {
    try {
      if (!file.begin()) return;
    } catch {
      // It is said when something is to be appended. A mark tells nothing, and needs it not.
      return;
    }
    removePredecessors(this.#root, file);
    this.#inUse = file;
    try {
      // An invalidation may come when there is no handle left.
      file.openWriter();
    } catch {
      // It is said when something is to be appended.
    }
  }

  #successorOf(predecessor: JournalFile | undefined): { file: string; content: string } {
    const file = randomBytes(6).toString('hex');
    const header = { type: 'header', format: 1, file } as const;
    if (predecessor?.state !== 'sealed') {
      const id = randomBytes(8).toString('hex');
      return { file, content: encodeLine({ ...header, id, base: 0, snapshot: 0 }) };
    }
    const { id, position } = predecessor;
    const lines = this.#known.snapshot();
    const snapshot = Buffer.byteLength(lines);
    return { file, content: encodeLine({ ...header, id, base: position, snapshot }) + lines };
  }

  /** Nothing waits for it: sealed or not, the file it leaves behind is whole, and another call goes on. */
  #compact(): void {
    const file = this.#file;
    if (file === undefined || file.size <= this.#compactAboveBytes) return;
    if (file.size < 2 * file.snapshotBytes) return;
    try {
      file.append(encodeLine({ type: 'seal' }));
      this.#ensure();
    } catch {
      return;
    }
  }

  readonly #learn: Parameters<typeof JournalFile.open>[2] = (line, position) =>
    this.#known.learn(line, position);

  #overtaken(): CacheError {
    return new CacheError(
      'CACHE_TIER',
      `${this.#root}: other processes keep replacing the journal`,
    );
  }
}
