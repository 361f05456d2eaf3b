import { randomBytes } from 'node:crypto';
import { setInterval } from 'node:timers';
import * as fs from 'node:fs';
import { lstat, mkdir, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { ClockLeaps } from './clock-leaps.js';
import { readWhole } from './file-access.js';
import { isDamage } from './file-damage.js';
import { codeOf, isGone } from './file-errors.js';
import { LONGEST_WRITE_MS } from './left-behind.js';
import { openFile } from './open-file.js';
import { CREATE } from './open-flags.js';
import { OperationQueue } from './operation-queue.js';
import { identityToken, isAlive, ownIdentity, parseIdentity } from './process-identity.js';

/** How often a holder shows that it is at work. */
const HEARTBEAT_MS = 2000;

/** A holder that has not shown itself for so long is stopped, blocked, or on a machine we cannot ask. */
const SILENT_AFTER_MS = 10_000;

/** The time of a file whose holder has done with it; what is from before 2000 is taken for it: FAT knows no 1970. */
const GIVEN_UP = new Date(0);
const GIVEN_UP_BEFORE_MS = Date.UTC(2000);

/** Looked for, or made, at once: each has a file open. */
const AT_ONCE = 8;

/** The right to do something alone among the processes that share the folder. */
export interface FileLease {
  /** Whether it was taken from a holder that had died or fallen silent. */
  readonly takenOver: boolean;
  release(): Promise<void>;
}

interface Holder {
  readonly id: string;
  /** It has shown itself lately. */
  readonly alive: boolean;
  /** It will not touch its file any more: others may remove it. */
  readonly over: boolean;
}

/**
 * Leases as files: `<name>.<generation>`, made exclusively, with the holder's identity in it. The
 * highest generation holds; whoever finds its holder dead makes the next one, and of several that do,
 * one succeeds.
 *
 * One who is stopped for long, and taken over, wakes and ends like any other. So the file of a holder
 * that lives is removed by nobody but him, be he ever so silent: under its name, nobody else's lease is
 * found when he removes it.
 */
export class FileLeases {
  readonly #folder: string;
  readonly #own = identityToken(ownIdentity());
  readonly #queue = new OperationQueue(AT_ONCE);
  readonly #leaps = new ClockLeaps();

  constructor(root: string) {
    this.#folder = join(root, 'locks');
  }

  /** The lease, or undefined while a living process has it. Rejects where leases cannot be kept. */
  take(name: string): Promise<FileLease | undefined> {
    return this.#queue.run(name, () => this.#take(name));
  }

  async #take(name: string): Promise<FileLease | undefined> {
    let generation = 1;
    let before: Holder | undefined;
    for (; ; generation++) {
      const holder = await this.#holderOf(name, generation);
      if (holder?.alive === true) return undefined;
      // One who woke may have removed his, just when it was taken over.
      if (holder === undefined && !(await this.#isThere(name, generation + 1))) break;
      before = holder;
    }
    const id = `${this.#own} ${randomBytes(6).toString('hex')}`;
    const began = Date.now();
    if (!(await this.#create(name, generation, id))) return undefined;
    // Until it said whose it was, anybody could take it over and remove it.
    const isLate = Date.now() - began > SILENT_AFTER_MS / 2;
    if (isLate || !(await this.#isStillOver(name, generation - 1, before))) {
      await this.#remove(name, generation, id);
      return undefined;
    }
    return this.#held(name, generation, id);
  }

  /** Whether the generation below is as it was: not released and taken again since, nor awake. */
  async #isStillOver(
    name: string,
    generation: number,
    before: Holder | undefined,
  ): Promise<boolean> {
    if (generation === 0) return true;
    const holder = await this.#holderOf(name, generation);
    return holder?.id === before?.id && holder?.alive !== true;
  }

  #held(name: string, generation: number, id: string): FileLease {
    let shown: Promise<unknown> = Promise.resolve();
    const beat = setInterval(() => {
      shown = this.#touch(name, generation, id, new Date());
    }, HEARTBEAT_MS).unref();
    return {
      takenOver: generation > 1,
      release: async () => {
        clearInterval(beat);
        await shown;
        await this.#release(name, generation, id);
      },
    };
  }

  async #release(name: string, generation: number, id: string): Promise<void> {
    // Who has just found us silent, and makes the next one, finds us awake when he looks again.
    if (!(await this.#touch(name, generation, id, new Date()))) return;
    if (await this.#isThere(name, generation + 1)) {
      // It was taken over: as long as the file is there, its successor is found behind it, and removes it.
      await this.#touch(name, generation, id, GIVEN_UP);
      // Unless he has gone just now, and found it awake.
      if (await this.#isThere(name, generation + 1)) return;
    }
    // The highest last: it is what keeps others from taking over from the dead ones below it.
    await this.#removeOver(name, generation);
    await this.#remove(name, generation, id);
    // One who woke meanwhile may have left his to us.
    if (generation > 1) await this.#removeOver(name, generation);
  }

  /** Those below that nobody will touch any more. */
  async #removeOver(name: string, generation: number): Promise<void> {
    for (let each = 1; each < generation; each++) {
      const holder = await this.#holderOf(name, each).catch(() => undefined);
      if (holder?.over === true) await unlink(this.#pathOf(name, each)).catch(() => {});
    }
  }

  /** Never rejects. @returns false if the file is gone, or another's */
  async #touch(name: string, generation: number, id: string, at: Date): Promise<boolean> {
    if (!(await this.#isOf(name, generation, id))) return false;
    await utimes(this.#pathOf(name, generation), at, at).catch(() => {});
    return true;
  }

  async #remove(name: string, generation: number, id: string): Promise<void> {
    if (!(await this.#isOf(name, generation, id))) return;
    await unlink(this.#pathOf(name, generation)).catch(() => {});
  }

  async #isOf(name: string, generation: number, id: string): Promise<boolean> {
    const holder = await this.#holderOf(name, generation).catch(() => undefined);
    return holder?.id === id;
  }

  /** Whether there is one, whoever's it is. */
  async #isThere(name: string, generation: number): Promise<boolean> {
    try {
      await lstat(this.#pathOf(name, generation));
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  async #holderOf(name: string, generation: number): Promise<Holder | undefined> {
    const path = this.#pathOf(name, generation);
    try {
      const file = await readWhole(path);
      if (file === undefined) return undefined;
      const id = file.bytes.toString('latin1');
      // Until a holder that lives has had the time to show itself by the clock as it is now.
      const silentMs = Date.now() - file.mtimeMs - this.#leaps.within(SILENT_AFTER_MS);
      const silent = silentMs > SILENT_AFTER_MS;
      const identity = parseIdentity(id.split(' ')[0]!);
      // One that is just being written has no content yet.
      if (identity === undefined) return { id, alive: !silent, over: silent };
      const lives = isAlive(identity);
      const isGivenUp = file.mtimeMs < GIVEN_UP_BEFORE_MS;
      const isLongGone = lives === undefined && silentMs > LONGEST_WRITE_MS;
      const over = lives === false || isGivenUp || isLongGone;
      return { id, alive: !silent && lives !== false, over };
    } catch (error) {
      // Something else in its place holds nothing.
      if (isDamage(error)) return { id: '', alive: false, over: true };
      throw error;
    }
  }

  /** False if another has made it first. */
  async #create(name: string, generation: number, id: string): Promise<boolean> {
    const path = this.#pathOf(name, generation);
    for (;;) {
      try {
        const fd = await openFile(path, CREATE, 0o600);
        try {
          fs.writeSync(fd, id, null, 'latin1');
        } catch (error) {
          fs.unlinkSync(path);
          throw error;
        } finally {
          fs.closeSync(fd);
        }
        return true;
      } catch (error) {
        if (codeOf(error) === 'EEXIST') return false;
        if (codeOf(error) !== 'ENOENT') throw error;
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
  if (codeOf(error) !== 'EEXIST') throw error;
}
