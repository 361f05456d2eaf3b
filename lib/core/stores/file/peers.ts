import { closeSync, constants, mkdirSync, openSync, unlinkSync, utimesSync } from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeadPeer } from './left-behind.js';
import { identityToken, ownIdentity, parseIdentity } from './process-identity.js';

/**
 * Which processes use the folder: one empty file each, named after it. A process that is alone need
 * not look for what others have changed.
 */
export class Peers {
  readonly #folder: string;
  readonly #own = identityToken(ownIdentity());

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
      if (parseIdentity(token) === undefined) continue;
      others = true;
      const path = join(this.#folder, token);
      if (await isDeadPeer(path)) await unlink(path).catch(() => {});
    }
    return others;
  }
}
