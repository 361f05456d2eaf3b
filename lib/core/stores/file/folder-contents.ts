import { readdir, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { codeOf, isGone } from './file-errors.js';
import { isEntryName, temporaryOwner, type FileLayout } from './file-layout.js';
import { parseJournalName } from './journal/journal-folder.js';
import { peerOf } from './left-behind.js';

const SHARD = /^[0-9a-f]{2}$/;
const LOCK = /^([0-9a-f]{64})\.\d{1,15}$/;

/** What stands where in a cache's folder, by its names alone. Paths, but for `entries`. */
export interface FolderContents {
  /** Names of the entries' files. */
  readonly entries: readonly string[];
  /** Entries' files where no entry of that name is looked for. */
  readonly strayed: readonly string[];
  readonly temporaries: readonly string[];
  /** Generations of the lock on each entry, in their order. */
  readonly locks: ReadonlyMap<string, readonly string[]>;
  readonly peers: readonly string[];
  readonly journals: { readonly current: string | undefined; readonly former: readonly string[] };
  /** As bytes where the name is no UTF-8. */
  readonly foreign: readonly (string | Buffer)[];
}

/**
 * Lists the folder. What is not there has nothing in it. As the store does, it follows links to folders in the
 * places of the cache's own, and no others.
 */
export async function listFolder({ root }: FileLayout): Promise<FolderContents> {
  const entries: string[] = [];
  const strayed: string[] = [];
  const temporaries: string[] = [];
  const locks = new Map<string, string[]>();
  const peers: string[] = [];
  const journals: string[] = [];
  const foreign: (string | Buffer)[] = [];
  for (const name of await list(root, foreign)) {
    const path = join(root, name);
    if (parseJournalName(name) !== undefined) journals.push(path);
    else if (!(await isOwnFolder(name, path))) foreign.push(path);
    else if (SHARD.test(name)) {
      for (const each of await list(path, foreign)) {
        if (isEntryName(each)) {
          if (each.startsWith(name)) entries.push(each);
          else strayed.push(join(path, each));
        } else if (temporaryOwner(each) !== undefined) temporaries.push(join(path, each));
        else foreign.push(join(path, each));
      }
    } else if (name === 'peers') {
      for (const each of await list(path, foreign)) {
        (peerOf(each) === undefined ? foreign : peers).push(join(path, each));
      }
    } else {
      for (const each of await list(path, foreign)) {
        const lock = LOCK.exec(each)?.[1];
        if (lock === undefined) foreign.push(join(path, each));
        else locks.set(lock, [...(locks.get(lock) ?? []), join(path, each)].sort(byGeneration));
      }
    }
  }
  const current = journals
    .filter((path) => !path.endsWith('.tmp'))
    .sort(byNumber)
    .at(-1);
  return {
    entries: entries.sort(),
    strayed,
    temporaries,
    locks,
    peers,
    journals: { current, former: journals.filter((path) => path !== current) },
    foreign,
  };
}

/** The names in it. @param foreign gets the paths of those that are no UTF-8 */
async function list(folder: string, foreign: (string | Buffer)[]): Promise<string[]> {
  const names: string[] = [];
  for (const bytes of await readNames(folder)) {
    const name = bytes.toString();
    if (Buffer.from(name).equals(bytes)) names.push(name);
    else foreign.push(Buffer.concat([Buffer.from(folder + sep), bytes]));
  }
  return names;
}

async function readNames(folder: string): Promise<Buffer[]> {
  try {
    return await readdir(folder, { encoding: 'buffer' });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

async function isOwnFolder(name: string, path: string): Promise<boolean> {
  if (!SHARD.test(name) && name !== 'peers' && name !== 'locks') return false;
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    // A link to nowhere, or to itself; or gone in the meantime.
    if (isGone(error) || codeOf(error) === 'ELOOP') return false;
    throw error;
  }
}

function byGeneration(one: string, other: string): number {
  return numberAfter('.', one) - numberAfter('.', other);
}

function byNumber(one: string, other: string): number {
  return numberAfter('-', one) - numberAfter('-', other);
}

function numberAfter(mark: string, path: string): number {
  return Number(path.slice(path.lastIndexOf(mark) + 1));
}
