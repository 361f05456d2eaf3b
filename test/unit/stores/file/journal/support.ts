import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  InvalidationJournal,
  type JournalOptions,
} from '../../../../../lib/core/stores/file/journal/invalidation-journal.js';
import type { Mark, Stamped } from '../../../../../lib/core/stores/file/journal/invalidation.js';

/** A folder with journals on it, as several processes would have them: they share nothing but the files. */
export interface Place {
  readonly folder: string;
  readonly root: string;
  open(options?: JournalOptions): InvalidationJournal;
  /** The path of the only journal file there is. */
  file(): string;
  content(): Buffer;
  remove(): void;
}

export function createPlace(): Place {
  const folder = mkdtempSync(join(tmpdir(), 'journal-'));
  const root = join(folder, 'v1');
  mkdirSync(root);
  const opened: InvalidationJournal[] = [];
  const file = (): string => {
    const names = readdirSync(root);
    if (names.length !== 1) throw new Error(`one file expected: ${names.join()}`);
    return join(root, names[0]!);
  };
  return {
    folder,
    root,
    open: (options) => {
      const journal = new InvalidationJournal(root, options);
      opened.push(journal);
      return journal;
    },
    file,
    content: () => readFileSync(file()),
    remove: () => {
      for (const journal of opened) journal.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export const nameOf = (key: string): string => Buffer.from(key).toString('hex').padEnd(64, '0');

export function entry(mark: Mark, key: string, ...tags: string[]): Stamped {
  return { ...mark, name: nameOf(key), category: 'quotes', tags };
}

/** The same entry, loaded at another time. */
export function since(mark: Mark, stamped: Stamped): Stamped {
  return { ...stamped, ...mark };
}

export function alive(journal: InvalidationJournal, ...entries: Stamped[]): boolean[] {
  journal.refresh();
  return entries.map((entry) => journal.isAlive(entry));
}
