import { randomInt } from 'node:crypto';
import { closeSync, constants, mkdirSync, openSync, unlinkSync, utimesSync } from 'node:fs';
import { readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import {
  identityToken,
  isAlive,
  ownIdentity,
  parseIdentity,
  type ProcessIdentity,
} from './process-identity.js';

/** A process of another container cannot be asked whether it lives: it is taken to, this long after its last sign. */
const SIGN_OF_LIFE_MS = 24 * 3_600_000;

/**
 * Who uses the folder: for each store an empty file, named after its process and, as that may have
 * several, a number. A store that is alone need not look for what others have changed.
 */
export class Peers {
  readonly #folder: string;
  readonly #own = `${identityToken(ownIdentity())}.${randomInt(2 ** 47)}`;

  constructor(root: string) {
    this.#folder = join(root, 'peers');
  }

  /** A folder that cannot be written has no peers that matter. */
  join(): void {
    const path = join(this.#folder, this.#own);
    const { O_CREAT, O_WRONLY, O_NOFOLLOW } = constants;
    try {
      mkdirSync(this.#folder, { mode: 0o700, recursive: true });
      closeSync(openSync(path, O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600));
      const now = new Date();
      utimesSync(path, now, now);
    } catch {}
  }

  leave(): void {
    try {
      unlinkSync(join(this.#folder, this.#own));
    } catch {}
  }

  /** Whether others use the folder, or did when this was last asked. Forgets the dead. */
  async others(): Promise<boolean> {
    this.join();
    let tokens: string[];
    try {
      tokens = await readdir(this.#folder);
    } catch {
      return false;
    }
    let others = false;
    for (const token of tokens) {
      if (token === this.#own) continue;
      const peer = parseIdentity(token.split('.')[0]!);
      if (peer === undefined) continue;
      others = true;
      if (!(await this.#livesOn(peer, token))) {
        await unlink(join(this.#folder, token)).catch(() => {});
      }
    }
    return others;
  }

  async #livesOn(peer: ProcessIdentity, token: string): Promise<boolean> {
    const alive = isAlive(peer);
    if (alive !== undefined) return alive;
    try {
      return Date.now() - (await stat(join(this.#folder, token))).mtimeMs < SIGN_OF_LIFE_MS;
    } catch {
      return false;
    }
  }
}
