import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ModulesContainer } from '@nestjs/core';
import { DEFAULT_DIRECTORY } from '../core/file-options.js';
import { folderName } from './cache-folder.js';
import { rootModuleOf } from './modules-of.js';

/** Those of this process, in the order of their first caches. */
let folders: WeakRef<ApplicationFolder>[] = [];
const folderOf = new WeakMap<ModulesContainer, ApplicationFolder>();

/** What of a cache the folder is held by. */
interface Ending {
  readonly isOver: boolean;
}

/** The folder of an application, for those of its caches that were not told of one. */
export class ApplicationFolder {
  readonly base = resolve(DEFAULT_DIRECTORY);
  readonly #places: Ending[] = [];
  readonly #root: string;
  #directory: string | undefined;

  constructor(modules: ModulesContainer) {
    this.#root = rootModuleOf(modules)?.name ?? '';
  }

  add(place: Ending): void {
    this.#places.push(place);
  }

  get isOver(): boolean {
    return this.#places.every(({ isOver }) => isOver);
  }

  directory(): string {
    return (this.#directory ??= this.#firstFree());
  }

  #firstFree(): string {
    const named = join(this.base, `application-${folderName(this.#root)}`);
    // It has been there before, beside another application: what is in the default folder is that one's.
    const first = existsSync(named) ? named : this.base;
    if (first === this.base) this.#letOthersChoose();
    const taken = new Map(livingFolders().map((folder) => [folder.#directory, folder.#root]));
    const holder = taken.get(first);
    if (holder === undefined) return first;
    if (holder !== this.#root && !taken.has(named)) return named;
    let count = 2;
    while (taken.has(join(this.base, `application-${count}`))) count++;
    return join(this.base, `application-${count}`);
  }

  /**
   * An earlier one has the first choice, be it in use yet or not. One of the same root module that has not come up is taken
   * for a boot that has failed, after which this is the next try.
   */
  #letOthersChoose(): void {
    for (const other of livingFolders()) {
      if (other === this) return;
      if (other.#root !== this.#root) other.directory();
    }
  }
}

/** The same for each cache of an application. */
export function applicationFolderOf(modules: ModulesContainer): ApplicationFolder {
  const known = folderOf.get(modules);
  if (known !== undefined) return known;
  const folder = new ApplicationFolder(modules);
  folderOf.set(modules, folder);
  folders.push(new WeakRef(folder));
  return folder;
}

function livingFolders(): ApplicationFolder[] {
  folders = folders.filter((ref) => ref.deref()?.isOver === false);
  return folders.flatMap((ref) => ref.deref() ?? []);
}
