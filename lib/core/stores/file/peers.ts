import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { COARSEST_TIME_MS } from './coarsest-time.js';
import { isDeadPeer, peerOf } from './left-behind.js';
import { identityToken, ownIdentity } from './process-identity.js';

/**
 * Who uses the folder: one empty file for each cache, named after its thread. One that is alone need
 * not look for what others have changed.
 */
export class Peers {
  readonly #folder: string;
  readonly #own = peerName();
  /** The folder's last change when this was last asked: who has come and gone since shows in it. */
  #changedAt: number | undefined;
  /** The folder's last change when it was last listed for `isAlone`; NaN: it may have changed since. */
  #listedAt = NaN;
  #wasAlone = false;

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
      this.#changedAt ??= statSync(this.#folder).mtimeMs;
    } catch {}
  }

  leave(): void {
    try {
      unlinkSync(join(this.#folder, this.#own));
    } catch {}
  }

  /** Whether nobody else uses the folder at this moment: one look at it, while nobody comes or goes. */
  isAlone(): boolean {
    try {
      const { mtimeMs } = statSync(this.#folder);
      if (mtimeMs !== this.#listedAt) {
        this.#listedAt = Date.now() - mtimeMs < COARSEST_TIME_MS ? NaN : mtimeMs;
        this.#wasAlone = !readdirSync(this.#folder).some((token) => this.#isOther(token));
      }
      return this.#wasAlone;
    } catch {
      return false;
    }
  }

  /** Whether others use the folder, or have since this was last asked. Forgets the dead. */
  async others(): Promise<boolean> {
    this.join();
    let tokens: string[];
    let others: boolean;
    try {
      // Before the listing: who comes after it is seen the next time.
      const changedAt = statSync(this.#folder).mtimeMs;
      others = changedAt !== this.#changedAt;
      this.#changedAt = changedAt;
      tokens = await readdir(this.#folder);
    } catch {
      return false;
    }
    for (const token of tokens) {
      if (!this.#isOther(token)) continue;
      others = true;
      const path = join(this.#folder, token);
      if (await isDeadPeer(path)) await unlink(path).catch(() => {});
    }
    return others;
  }

  #isOther(token: string): boolean {
    return token !== this.#own && peerOf(token) !== undefined;
  }
}

/** Another cache of this process, or of another thread of it, is a peer as well. */
function peerName(): string {
  const own = ownIdentity();
  const name = `${identityToken(own)}.${randomBytes(4).toString('hex')}`;
  return own.pid === process.pid ? name : `${name}.${process.pid}`;
}
