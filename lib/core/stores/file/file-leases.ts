import { setInterval } from 'node:timers';
import { mkdir, open, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { readWhole } from './file-access.js';
import { isDamage } from './file-damage.js';
import { identityToken, isAlive, ownIdentity, parseIdentity } from './process-identity.js';

/** How often a holder shows that it is at work. */
const HEARTBEAT_MS = 2000;

/** A holder that has not shown itself for so long is stopped, blocked, or on a machine we cannot ask. */
const SILENT_AFTER_MS = 10_000;

/** The right to do something alone among the processes that share the folder. */
export interface FileLease {
  /** Whether it was taken from a holder that had died or fallen silent. */
  readonly takenOver: boolean;
  release(): Promise<void>;
}

/**
 * Leases as files: `<name>.<generation>`, made exclusively, with the holder's identity in it. The
 * highest generation holds; whoever finds its holder dead makes the next one, and of several that do,
 * one succeeds. A file is never taken from a holder, so that nobody can remove a lease that has
 * changed hands since he looked.
 */
export class FileLeases {
  readonly #folder: string;
  readonly #own = identityToken(ownIdentity());
  #leases = 0;

  constructor(root: string) {
    this.#folder = join(root, 'locks');
  }

  /** The lease, or undefined while a living process has it. Rejects where leases cannot be kept. */
  async take(name: string): Promise<FileLease | undefined> {
    let generation = 1;
    let dead: string | undefined;
    for (;;) {
      const holder = await this.#holderOf(name, generation);
      if (holder === undefined) break;
      if (holder.alive) return undefined;
      dead = holder.id;
      generation++;
    }
    const id = `${this.#own} ${++this.#leases}`;
    if (!(await this.#create(name, generation, id))) return undefined;
    const before = generation > 1 ? await this.#holderOf(name, generation - 1) : undefined;
    if (before?.id !== dead) {
      // The lease was released and taken again since we looked.
      await unlink(this.#pathOf(name, generation)).catch(() => {});
      return undefined;
    }
    return this.#held(name, generation);
  }

  #held(name: string, generation: number): FileLease {
    const path = this.#pathOf(name, generation);
    const beat = setInterval(() => {
      const now = new Date();
      utimes(path, now, now).catch(() => {});
    }, HEARTBEAT_MS).unref();
    return {
      takenOver: generation > 1,
      release: async () => {
        clearInterval(beat);
        // It was taken over: as long as the file is there, its successor is found behind it.
        if ((await this.#holderOf(name, generation + 1).catch(() => undefined)) !== undefined)
          return;
        // The highest last: it is what keeps others from taking over from the dead ones below it.
        for (let each = 1; each <= generation; each++) {
          await unlink(this.#pathOf(name, each)).catch(() => {});
        }
      },
    };
  }

  async #holderOf(
    name: string,
    generation: number,
  ): Promise<{ id: string; alive: boolean } | undefined> {
    const path = this.#pathOf(name, generation);
    try {
      const file = await readWhole(path);
      if (file === undefined) return undefined;
      const id = file.bytes.toString('latin1');
      const silent = Date.now() - file.mtimeMs > SILENT_AFTER_MS;
      const identity = parseIdentity(id.split(' ')[0]!);
      // One that is just being written has no content yet.
      if (identity === undefined) return { id, alive: !silent };
      return { id, alive: !silent && isAlive(identity) !== false };
    } catch (error) {
      // Something else in its place holds nothing.
      if (isDamage(error)) return { id: '', alive: false };
      throw error;
    }
  }

  /** False if another has made it first. */
  async #create(name: string, generation: number, id: string): Promise<boolean> {
    const path = this.#pathOf(name, generation);
    for (;;) {
      try {
        const file = await open(path, 'wx', 0o600);
        try {
          await file.write(id, null, 'latin1');
        } catch (error) {
          await unlink(path);
          throw error;
        } finally {
          await file.close();
        }
        return true;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EEXIST') return false;
        if (code !== 'ENOENT') throw error;
        // Not recursive: a cache folder that has gone is not this file's to make.
        await mkdir(this.#folder, { mode: 0o700 }).catch(unlessThere);
      }
    }
  }

  #pathOf(name: string, generation: number): string {
    return join(this.#folder, `${name}.${generation}`);
  }
}

function unlessThere(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}
