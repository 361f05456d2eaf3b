import { lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readHeaderSync } from '../../../../lib/core/stores/file/file-access.js';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import { recordParts } from '../../../../lib/core/stores/file/file-record.js';
import { newFolder, removeFolder } from './support.js';

export const BORN = { old: 1, load: 2, newer: 3 };
export type Kind = keyof typeof BORN;

/** Where an entry's file belongs, in a folder of its own, and the file that a load wants to put there. */
export class EntryPlace {
  readonly path: string;
  readonly temporary: string;
  /** Called when a second name is asked for, with how many were before. */
  beforeAside: (count: number) => void = () => {};
  readonly #folder = newFolder();
  #asides = 0;

  constructor() {
    const layout = new FileLayout(this.#folder);
    const name = layout.nameOf({ category: 'users', key: 'a' });
    this.path = layout.pathOf(name);
    mkdirSync(dirname(this.path), { recursive: true });
    this.temporary = this.write('load', layout.temporaryOf(name));
  }

  /** Of the load's file. */
  get ino(): number {
    return lstatSync(this.temporary).ino;
  }

  /** What is in the entry's place. */
  get kind(): Kind | undefined {
    const bornAt = readHeaderSync(this.path)?.header.bornAt;
    return (Object.keys(BORN) as Kind[]).find((kind) => BORN[kind] === bornAt);
  }

  /** Of all files beside each other. */
  get names(): string[] {
    return readdirSync(dirname(this.path));
  }

  readonly asideOf = (): string => {
    const count = this.#asides++;
    this.beforeAside(count);
    return `${this.path}.aside${count}`;
  };

  write(kind: Kind, to = this.path): string {
    const texts = { category: 'users', key: 'a', tags: [], expiresAt: Infinity };
    const header = { journal: '0'.repeat(16), position: 1, bornAt: BORN[kind], ...texts };
    writeFileSync(to, Buffer.concat(recordParts(header, Buffer.from('body'))));
    return to;
  }

  /** As another process does. */
  put(kind: Kind): void {
    renameSync(this.write(kind, `${this.path}.other`), this.path);
  }

  /** The folder that the file is in. */
  removeFolder(): void {
    removeFolder(dirname(this.path));
  }

  remove(): void {
    removeFolder(this.#folder);
  }
}
