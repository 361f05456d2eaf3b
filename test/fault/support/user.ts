import { lchownSync } from 'node:fs';

/** As `spawn` takes it. */
export interface User {
  readonly uid?: number;
  readonly gid?: number;
}

const NOBODY: User = { uid: 65_534, gid: 65_534 };

export const isRoot = process.getuid?.() === 0;

/** One whom file modes keep out: the test's own user, or nobody where that is root. */
export const UNPRIVILEGED: User = isRoot ? NOBODY : {};

/** Gives a file or folder to that user. */
export function give(path: string, { uid, gid }: User = UNPRIVILEGED): void {
  if (uid !== undefined && gid !== undefined) lchownSync(path, uid, gid);
}
