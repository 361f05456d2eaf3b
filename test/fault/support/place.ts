import { createHash } from 'node:crypto';
import { chmodSync, existsSync, lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { killChildren } from './child.js';

/** A temporary folder in which a cache has its own. */
export interface Place {
  /** Open to other users; the cache's folder is not it. */
  readonly outside: string;
  /** Not there yet. */
  readonly directory: string;
  /** Kills what still runs, and removes everything. */
  remove(): Promise<void>;
}

export function createPlace(): Place {
  const outside = mkdtempSync(join(tmpdir(), 'cache-fault-'));
  chmodSync(outside, 0o755);
  return {
    outside,
    directory: join(outside, 'cache'),
    remove: async () => {
      await killChildren();
      rmSync(outside, { recursive: true, force: true });
    },
  };
}

/** Where an entry's file is. */
export function fileOf(directory: string, key: string, category = 'default'): string {
  const name = createHash('sha256')
    .update(JSON.stringify([category, key]))
    .digest('hex');
  return join(directory, 'v1', name.slice(0, 2), name);
}

/** Every path below a folder, relative to it. */
export function pathsIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return (readdirSync(folder, { recursive: true }) as string[]).sort();
}

/** The files that hold entries. */
export function entriesIn(directory: string): string[] {
  return pathsIn(directory).filter(
    (path) => /^v1\/..\/[0-9a-f]{64}$/.test(path) && lstatSync(join(directory, path)).isFile(),
  );
}

/** What writers have left half written. */
export function temporariesIn(directory: string): string[] {
  return pathsIn(directory).filter((path) => /(^|\/)\.tmp-|\.tmp$/.test(path));
}
