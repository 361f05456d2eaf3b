import { unlinkSync } from 'node:fs';

/** What stays is found by the cleanup. */
export function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {}
}
