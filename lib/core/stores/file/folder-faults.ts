import { examineFile, type Fault } from './examined-file.js';
import type { FileLayout } from './file-layout.js';
import type { FolderContents } from './folder-contents.js';
import { InvalidationJournal } from './journal/invalidation-journal.js';
import { isDeadLease, isDeadPeer, isOrphan, LONGEST_WRITE_MS } from './left-behind.js';
import { isDamage } from './file-damage.js';

/** What is wrong with a folder beside its entries' files. */
export async function findFaults(layout: FileLayout, contents: FolderContents): Promise<Fault[]> {
  const faults: Fault[] = [];
  const add = async (kind: Fault['kind'], path: string | Buffer, why: string): Promise<void> => {
    const found = await examineFile(path);
    if (found !== undefined) faults.push({ ...found, kind, why });
  };
  const { journals, foreign, strayed, temporaries, locks, peers } = contents;
  const distrust = distrustOf(layout.root, contents);
  if (distrust !== undefined) await add('journal', journals.current ?? layout.root, distrust);
  for (const path of journals.former) {
    if (await isOld(path)) await add('temporary', path, 'the journal goes on in another file');
  }
  for (const path of strayed) await add('misplaced', path, 'it is in the folder of other entries');
  for (const path of foreign) await add('foreign', path, 'it is nothing of this cache');
  for (const path of temporaries) {
    if (await isOrphan(path))
      await add('temporary', path, 'the process, or thread, that wrote it is gone');
  }
  for (const generations of locks.values()) {
    const holders = await Promise.all(generations.map(holderOf));
    const abandoned = holders.every((holder) => holder === 'gone');
    for (const [at, path] of generations.entries()) {
      if (holders[at] === 'none') await add('foreign', path, 'it is no file');
      // Below a generation that somebody holds, the dead ones are his to remove.
      else if (abandoned) await add('lock', path, 'the process, or thread, that held it is gone');
    }
  }
  for (const path of peers) {
    if (await isDeadPeer(path))
      await add('peer', path, 'the process, or thread, that it names is gone');
  }
  return faults;
}

/** Why the journal is not believed. */
function distrustOf(root: string, { journals, entries }: FolderContents): string | undefined {
  const journal = new InvalidationJournal(root);
  try {
    if (journal.refresh()) return undefined;
    if (journals.current !== undefined) return 'it cannot be read, so that no entry is served';
    return entries.length > 0 ? 'there is no journal, so that no entry is served' : undefined;
  } finally {
    journal.close();
  }
}

async function holderOf(path: string): Promise<'gone' | 'there' | 'none'> {
  try {
    return (await isDeadLease(path)) ? 'gone' : 'there';
  } catch (error) {
    if (!isDamage(error)) throw error;
    return 'none';
  }
}

async function isOld(path: string): Promise<boolean> {
  const found = await examineFile(path);
  return found !== undefined && Date.now() - found.mtimeMs >= LONGEST_WRITE_MS;
}
