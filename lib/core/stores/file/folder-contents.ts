import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
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
  readonly foreign: readonly string[];
}

/** Lists the folder. Follows no links; what is not there has nothing in it. */
export async function listFolder({ root }: FileLayout): Promise<FolderContents> {
  const entries: string[] = [];
  const strayed: string[] = [];
  const temporaries: string[] = [];
  const locks = new Map<string, string[]>();
  const peers: string[] = [];
  const journals: string[] = [];
  const foreign: string[] = [];
  for (const item of await list(root)) {
    const path = join(root, item.name);
    if (parseJournalName(item.name) !== undefined) journals.push(path);
    else if (!item.isDirectory()) foreign.push(path);
    else if (SHARD.test(item.name)) {
      for (const { name } of await list(path)) {
        if (isEntryName(name)) {
          if (name.startsWith(item.name)) entries.push(name);
          else strayed.push(join(path, name));
        } else if (temporaryOwner(name) !== undefined) temporaries.push(join(path, name));
        else foreign.push(join(path, name));
      }
    } else if (item.name === 'peers') {
      for (const { name } of await list(path)) {
        (peerOf(name) === undefined ? foreign : peers).push(join(path, name));
      }
    } else if (item.name === 'locks') {
      for (const { name } of await list(path)) {
        const lock = LOCK.exec(name)?.[1];
        if (lock === undefined) foreign.push(join(path, name));
        else locks.set(lock, [...(locks.get(lock) ?? []), join(path, name)].sort(byGeneration));
      }
    } else foreign.push(path);
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

async function list(path: string): Promise<Dirent[]> {
  try {
    return await readdir(path, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
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
