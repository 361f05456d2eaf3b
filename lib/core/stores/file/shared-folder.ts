import { asError } from '../../primitives/errors.js';
import { presentTimes, type Birth } from './birth.js';
import { codeOf } from './file-errors.js';
import type { FileLayout } from './file-layout.js';
import type { RecordHeader } from './file-record.js';
import {
  InvalidationJournal,
  type Invalidation,
  type Mark,
  type Stamped,
} from './journal/invalidation-journal.js';
import { checkFolder, openFolder } from './private-folder.js';

/** The present as the store knows it; kept from the start of a load. */
export interface FileMoment extends Omit<Birth, 'position' | 'journal'> {
  /** Or why the folder could not be used. */
  readonly mark: Mark | Error;
}

/** Why a file that is whole is not served. */
export type Verdict = 'expired' | 'invalidated';

/**
 * The folder and its invalidation journal: whether it may be used, what time it is in it, and which
 * of its files still count. Everything here is synchronous and cheap while nothing changes.
 */
export class SharedFolder {
  readonly layout: FileLayout;
  readonly #journal: InvalidationJournal;
  readonly #now: () => number;
  readonly #opened: () => void;
  #trusted = false;
  #entered = false;
  #looked = false;

  constructor(layout: FileLayout, now: () => number, opened: () => void) {
    this.layout = layout;
    this.#journal = new InvalidationJournal(layout.root);
    this.#now = now;
    this.#opened = opened;
  }

  /** Whether there is anything. @throws CacheError for a folder that must not be used */
  isThere(): boolean {
    if (this.#trusted) return true;
    const { directory, root } = this.layout;
    if (!checkFolder(directory) || !checkFolder(root)) return false;
    this.#enter();
    return true;
  }

  /** Learns what is there before anybody asks: the journal of an earlier time is read once, and takes its time. */
  open(): void {
    const isThere = this.isThere();
    this.#looked = true;
    if (isThere) this.#doubting(() => this.#journal.refresh());
  }

  /** Whether there was nothing that could be used at the start, and this process has made nothing since. */
  get isKnownEmpty(): boolean {
    return this.#looked && !this.#entered;
  }

  /** Never throws: what is wrong shows when something is to be written. Makes the folder. */
  now(): FileMoment {
    const times = presentTimes();
    try {
      return { mark: this.#mark(), ...times };
    } catch (error) {
      return { mark: asError(error), ...times };
    }
  }

  /** Why the file may not be served now; undefined if it may. */
  verdict(name: string, header: RecordHeader): Verdict | undefined {
    if (!this.#doubting(() => this.#journal.refresh())) {
      // The folder has gone, or its journal has: the next use looks at it anew.
      this.#trusted = false;
      return 'invalidated';
    }
    if (!this.#journal.isAlive({ ...header, name })) return 'invalidated';
    return header.expiresAt <= this.#now() ? 'expired' : undefined;
  }

  /** Whether this process knows of an invalidation that the file has not outlived. */
  isKnownDead(name: string, header: Omit<Stamped, 'name'>): boolean {
    return !this.#journal.isAlive({ ...header, name });
  }

  /** How far it is known what has ended; undefined if that cannot be told. Never throws. */
  known(): Mark | undefined {
    try {
      return this.#doubting(() => this.#journal.refresh()) ? this.#journal.known : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether what a load found may still be kept. */
  admits(name: string, header: RecordHeader): boolean {
    return this.#isStorable({ ...header, name });
  }

  /** Whether what a load finds that began at that moment may be given to others; where nothing can be known, it may. */
  stands(name: string, category: string, tags: readonly string[], { mark }: FileMoment): boolean {
    if (mark instanceof Error) return true;
    try {
      return this.#isStorable({ ...mark, name, category, tags });
    } catch {
      return true;
    }
  }

  /** Effective in this process whatever happens. @throws what keeps it from the others */
  invalidate(invalidation: Invalidation): void {
    let there: boolean;
    try {
      there = this.isThere();
    } catch (error) {
      // What is in it may be served again.
      this.#journal.postpone(invalidation);
      throw error;
    }
    if (there) this.#doubting(() => this.#journal.append(invalidation));
    else if (this.#entered) this.#journal.postpone(invalidation);
  }

  /** The file of a deleted key may still be there. False if so many are that their categories have been ended. */
  keep(name: string, category: string): boolean {
    return this.#journal.keep(name, category);
  }

  letGo(name: string): void {
    this.#journal.letGo(name);
  }

  /** Whether there are invalidations that other processes cannot know of yet. */
  get isUnsettled(): boolean {
    return this.#journal.pending > 0;
  }

  /** Writes down what could not be written before. @throws what still keeps it */
  settle(): void {
    if (this.isUnsettled && this.isThere()) this.#journal.flush();
  }

  close(): void {
    this.#journal.close();
  }

  #isStorable(entry: Stamped): boolean {
    return this.#doubting(() => this.#journal.refresh()) && this.#journal.isStorable(entry);
  }

  #mark(): Mark {
    if (this.isThere()) {
      try {
        return this.#doubting(() => this.#journal.mark());
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw this.#reasonOf(error);
      }
    }
    openFolder(this.layout);
    const mark = this.#journal.mark();
    this.#enter();
    return mark;
  }

  /** After a failure the folder is looked at anew: it may not be what it was. */
  #doubting<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#trusted = false;
      throw error;
    }
  }

  /** What is wrong with the folder, rather than what that led to. */
  #reasonOf(error: unknown): unknown {
    try {
      checkFolder(this.layout.directory);
      checkFolder(this.layout.root);
    } catch (reason) {
      return reason;
    }
    return error;
  }

  #enter(): void {
    this.#trusted = true;
    this.#entered = true;
    this.#opened();
  }
}
