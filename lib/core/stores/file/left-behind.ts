import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { readWhole } from './file-access.js';
import { temporaryOwner } from './file-layout.js';
import { isAlive, parseIdentity, type ProcessIdentity } from './process-identity.js';

/** What a process that cannot be asked whether it lives has begun is kept this long. */
export const LONGEST_WRITE_MS = 3_600_000;

/** A process of another container is taken to live, this long after its last sign. */
const SIGN_OF_LIFE_MS = 24 * 3_600_000;

/** Whether nobody will rename or remove a temporary file any more. */
export async function isOrphan(path: string): Promise<boolean> {
  return isOver(temporaryOwner(basename(path)), path, LONGEST_WRITE_MS);
}

/** Who a file of `peers` is named after. A cache each: what follows the full stop tells them apart. */
export function peerOf(fileName: string): ProcessIdentity | undefined {
  return parseIdentity(fileName.split('.')[0]!);
}

/** The number of a peer's process: that of a worker thread stands at the end of its name. */
export function processOfPeer(fileName: string): number | undefined {
  const process = fileName.split('.')[2];
  return process === undefined ? peerOf(fileName)?.pid : Number(process);
}

/** Whether that process, or thread, is gone. */
export async function isDeadPeer(path: string): Promise<boolean> {
  return isOver(peerOf(basename(path)), path, SIGN_OF_LIFE_MS);
}

/** Whether the holder of a lease is gone. One that is only silent is not: its load may end yet. */
export async function isDeadLease(path: string): Promise<boolean> {
  const file = await readWhole(path);
  if (file === undefined) return false;
  const holder = parseIdentity(file.bytes.toString('latin1').split(' ')[0]!);
  return isOver(holder, path, LONGEST_WRITE_MS);
}

async function isOver(
  owner: ProcessIdentity | undefined,
  path: string,
  patienceMs: number,
): Promise<boolean> {
  const alive = owner === undefined ? undefined : isAlive(owner);
  if (alive !== undefined) return !alive;
  try {
    return Date.now() - (await stat(path)).mtimeMs >= patienceMs;
  } catch {
    // Gone in the meantime: there is nothing left behind.
    return false;
  }
}
