import * as crypto from 'node:crypto';
import { join, resolve } from 'node:path';
import type { StoreKey } from '../../model/store-key.js';
import {
  identityToken,
  ownIdentity,
  parseIdentity,
  type ProcessIdentity,
} from './process-identity.js';

/** Below the root: one for each first two digits of a name. */
export const FOLDERS = Array.from({ length: 256 }, (_, at) => at.toString(16).padStart(2, '0'));

const ENTRY = /^[0-9a-f]{64}$/;
const TEMPORARY = /^\.tmp-(.+)-\d+$/;

/** Node 20.12 and 21.7 brought it: half the time of `createHash` for a short text. */
const { hash } = crypto as { hash?: (algorithm: string, data: string) => string };

/** From anywhere: another thread may count its own under the same identity. */
let temporaries: number | undefined;

/** Where which entry stands: `<directory>/v1/<first two digits>/<SHA-256 of category and key>`. */
export class FileLayout {
  readonly directory: string;
  /** Of this version of the layout. */
  readonly root: string;
  readonly #owner: ProcessIdentity | undefined;

  /** @param owner whose the temporary files are; this thread's unless told */
  constructor(directory: string, owner?: ProcessIdentity) {
    this.#owner = owner;
    this.directory = resolve(directory);
    this.root = join(this.directory, 'v1');
  }

  nameOf({ category, key }: StoreKey): string {
    // `stringify` escapes lone surrogates, which UTF-8 would all make the same.
    const address = JSON.stringify([category, key]);
    return hash === undefined
      ? crypto.createHash('sha256').update(address).digest('hex')
      : hash('sha256', address);
  }

  folderOf(name: string): string {
    return `${this.root}/${name.slice(0, 2)}`;
  }

  pathOf(name: string): string {
    return `${this.root}/${name.slice(0, 2)}/${name}`;
  }

  /** Beside the entry: a rename does not go from one file system to another. Never the same twice. */
  temporaryOf(name: string): string {
    temporaries = (temporaries ?? crypto.randomInt(2 ** 47)) + 1;
    return `${this.folderOf(name)}/.tmp-${identityToken(this.#owner ?? ownIdentity())}-${temporaries}`;
  }
}

export function isEntryName(fileName: string): boolean {
  return ENTRY.test(fileName);
}

/** Of whichever version of this cache. */
export function isTemporaryName(fileName: string): boolean {
  return fileName.startsWith('.tmp-');
}

/** The process, or the thread, that wrote a temporary file. */
export function temporaryOwner(fileName: string): ProcessIdentity | undefined {
  const token = TEMPORARY.exec(fileName)?.[1];
  return token === undefined ? undefined : parseIdentity(token);
}
