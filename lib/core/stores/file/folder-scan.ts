import { readdirSync, statSync } from 'node:fs';
import { setTimeout } from 'node:timers';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { COARSEST_TIME_MS } from './coarsest-time.js';
import { isGone } from './file-errors.js';
import { FOLDERS, isEntryName, isTemporaryName } from './file-layout.js';
import type { IndexedEntry } from './index/file-index.js';
import { isOrphan } from './left-behind.js';
import type { Peers } from './peers.js';
import type { StoredFiles } from './stored-files.js';

/** Files looked at at once. */
const AT_ONCE = 4;

interface Listing {
  readonly names: readonly string[];
  readonly temporaries: readonly string[];
  /** When the folder last changed, epoch milliseconds; NaN: perhaps since. */
  readonly changedAt: number;
}

/**
 * Makes the index know what is on disk: once in the background after the start, and again, for the
 * folders that have changed, where other processes use the folder too. Files come to it one at a
 * time when nothing else waits for the disk; the timers between do not hold the process open.
 */
export class FolderScan {
  readonly #files: StoredFiles;
  readonly #found: () => void;
  readonly #peers: Peers;
  readonly #changedAt = new Map<string, number>();
  /** By folder, temporary files of those that lived at the last look: that they have died changes no folder. */
  readonly #temporaries = new Map<string, readonly string[]>();
  #first: Promise<void> | undefined;
  #again: Promise<void> | undefined;
  #isComplete = false;
  #isShared = false;
  /** The folder went, or may have, after it was looked through. */
  #doubted = false;
  /** Callers that wait for a pass: it then holds the process open. */
  #awaited = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Not the same for all: of many that do not get through, each would know the same part of the folder. */
  readonly #order = startingAt(Math.floor(Math.random() * FOLDERS.length));
  /** When the first pass is to end at the latest, milliseconds of `performance.now()`; it then makes no pauses. */
  #endsAt = Infinity;
  #stopped = false;

  /** @param found called when more is known than before */
  constructor(files: StoredFiles, found: () => void) {
    this.#files = files;
    this.#found = found;
    this.#peers = files.peers;
  }

  /** The folder may be used; again, if it could not for a while. */
  start(): void {
    if (this.#stopped) return;
    this.#peers.join();
    if (this.#first !== undefined) this.#doubted = true;
    // Never rejects: what cannot be listed is not known, and is tried again at the next cleanup.
    this.#first ??= this.#others().then(async () => {
      await this.#pass(false);
      this.#isComplete = !this.#isOver;
    });
  }

  /** Whether other processes, or caches, used the folder at the last look. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** Whether the first pass is over: what is not known then was not there. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** The first pass is over. */
  async complete(): Promise<void> {
    if (this.#first === undefined) this.start();
    await this.#while(this.#first!);
  }

  /** Gets as far through the folder as it can until then. For those that end soon. */
  async hurry(until: number): Promise<void> {
    if (this.#first === undefined || this.#isComplete) return;
    this.#endsAt = until;
    await this.#while(this.#first);
  }

  /** Looks at what other processes have changed. */
  async catchUp(): Promise<void> {
    if (this.#again === undefined && !(await this.#others()) && !this.#doubted) return;
    this.#doubted = false;
    this.#again ??= this.#pass(true).finally(() => {
      this.#again = undefined;
    });
    await this.#while(this.#again);
  }

  /** Forgets what others have removed since the last look. Looks at nothing but names, which is quick. */
  async forgetGone(isOver: () => boolean): Promise<void> {
    for (const prefix of this.#order) {
      const known = [...this.#files.index.names(prefix)];
      const listing = known.length === 0 ? undefined : await this.#list(prefix);
      if (isOver()) return;
      if (listing === undefined) continue;
      const listed = new Set(listing.names);
      await this.#examineAll(
        known.filter((name) => !listed.has(name)),
        isOver,
      );
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#while(Promise.all([this.#first, this.#again]));
    this.#peers.leave();
  }

  get #isOver(): boolean {
    return this.#stopped || performance.now() >= this.#endsAt;
  }

  get #isHurried(): boolean {
    return this.#endsAt !== Infinity;
  }

  async #others(): Promise<boolean> {
    this.#isShared = await this.#peers.others().catch(() => true);
    return this.#isShared;
  }

  async #while(work: Promise<unknown>): Promise<void> {
    this.#awaited++;
    this.#timer?.ref();
    try {
      await work;
    } finally {
      this.#awaited--;
    }
  }

  async #pass(thorough: boolean): Promise<void> {
    const there = await this.#folders();
    for (const prefix of this.#order) {
      const known = [...this.#files.index.names(prefix)];
      if (known.length === 0 && !there.has(prefix)) continue;
      if (!this.#isHurried) await this.#pause();
      if (this.#isOver) return;
      const listing = await this.#list(prefix);
      await this.#removeOrphans(prefix, listing?.temporaries);
      if (listing === undefined) continue;
      await this.#learn(prefix, listing, known, thorough);
      this.#changedAt.set(prefix, listing.changedAt);
    }
    // Who hurries it trims when what has expired has gone.
    if (!this.#isHurried) this.#found();
  }

  async #folders(): Promise<ReadonlySet<string>> {
    return new Set(await readdir(this.#files.folder.layout.root).catch(() => []));
  }

  /** What is in a folder, or undefined if it has not changed since the last look. */
  async #list(prefix: string): Promise<Listing | undefined> {
    const path = this.#pathOf(prefix);
    try {
      const { inline } = this.#files;
      // Who has no time does not wait for the thread pool, twice a folder.
      const here = this.#isHurried && (await inline.ready());
      const { mtimeMs } = here ? inline.run(() => statSync(path)) : await stat(path);
      if (this.#changedAt.get(prefix) === mtimeMs) return undefined;
      const changedAt = Date.now() - mtimeMs < COARSEST_TIME_MS ? NaN : mtimeMs;
      const all = here ? inline.run(() => readdirSync(path)) : await readdir(path);
      const temporaries = all.filter(isTemporaryName);
      return { names: all.filter(isEntryName), temporaries, changedAt };
    } catch {
      // Not there: a folder is made with its first file.
      return { names: [], temporaries: [], changedAt: -1 };
    }
  }

  async #learn(
    prefix: string,
    { names }: Listing,
    known: readonly string[],
    thorough: boolean,
  ): Promise<void> {
    const { index } = this.#files;
    const listed = new Set(names);
    const gone = known.filter((name) => !listed.has(name));
    const unknown = names.filter((name) => !index.has(name));
    const changed = thorough ? await this.#replaced(prefix, known, listed) : [];
    await this.#examineAll([...gone, ...unknown, ...changed]);
  }

  async #examineAll(names: readonly string[], isOver = (): boolean => this.#isOver): Promise<void> {
    const { index } = this.#files;
    const found: IndexedEntry[] = [];
    const work = names.values();
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (const name of work) {
        if (isOver()) return;
        const entry = await this.#examine(name).catch(() => undefined);
        if (entry !== undefined) found.push(entry);
      }
    });
    await Promise.all(workers);
    index.addOld(found.filter((entry) => !index.has(entry.name)));
  }

  #examine(name: string): Promise<IndexedEntry | undefined> {
    const { lanes, index } = this.#files;
    const before = index.stampOf(name);
    return lanes.runIdle(name, async () => {
      // A newer record than the one that made us look is of this process, and true.
      if (index.stampOf(name) !== before) return undefined;
      const entry = await this.#files.examine(name);
      if (entry !== undefined && before !== 0) index.remove(name);
      return entry;
    });
  }

  /** Names whose file is not the one that the index knows: another process has written it anew. */
  async #replaced(
    prefix: string,
    known: readonly string[],
    listed: ReadonlySet<string>,
  ): Promise<string[]> {
    const replaced: string[] = [];
    for (const name of known) {
      const entry = this.#files.index.get(name);
      if (entry === undefined || !listed.has(name)) continue;
      const found = await stat(join(this.#pathOf(prefix), name)).catch(() => undefined);
      if (found?.ino !== entry.ino || found.size !== entry.size) replaced.push(name);
    }
    return replaced;
  }

  /** @param listed undefined: those that there were at the last look */
  async #removeOrphans(
    prefix: string,
    listed = this.#temporaries.get(prefix) ?? [],
  ): Promise<void> {
    const left: string[] = [];
    for (const name of listed) {
      const path = join(this.#pathOf(prefix), name);
      try {
        if (await isOrphan(path)) await unlink(path);
        else left.push(name);
      } catch (error) {
        if (!isGone(error)) left.push(name);
      }
    }
    if (left.length > 0) this.#temporaries.set(prefix, left);
    else this.#temporaries.delete(prefix);
  }

  #pathOf(prefix: string): string {
    return join(this.#files.folder.layout.root, prefix);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#timer = setTimeout(resolve, this.#awaited > 0 ? 0 : 1);
      if (this.#awaited === 0) this.#timer.unref();
    });
  }
}

function startingAt(first: number): readonly string[] {
  return [...FOLDERS.slice(first), ...FOLDERS.slice(0, first)];
}
