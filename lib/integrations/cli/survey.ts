import type { Fault, InspectedEntry } from '../../core/stores/file/examined-file.js';
import type { FolderContents } from '../../core/stores/file/folder-contents.js';
import { FolderInspection } from '../../core/stores/file/folder-inspection.js';
import { CommandError } from './command-error.js';

/** Files in hand at once. */
const AT_ONCE = 8;

/** Runs a work on a cache's folder. @throws CommandError if there is no cache */
export async function inspect<T>(
  directory: string,
  work: (inspection: FolderInspection, contents: FolderContents) => Promise<T>,
): Promise<T> {
  const inspection = new FolderInspection(directory);
  try {
    const found = inspection.look();
    const { directory: path } = inspection.layout;
    if (found === 'no folder') throw new CommandError(1, `${path}: there is no such folder`);
    if (found === 'no cache')
      throw new CommandError(1, `${path}: there is no cache in this folder`);
    return await work(inspection, await inspection.contents());
  } finally {
    inspection.close();
  }
}

/** Examines the entries' files, in no order. What has gone in the meantime is left out. */
export async function survey(
  inspection: FolderInspection,
  names: readonly string[],
  depth: 'header' | 'whole',
  take: (found: InspectedEntry | Fault) => void | Promise<void>,
): Promise<void> {
  const queue = names.values();
  const workers = Array.from({ length: AT_ONCE }, async () => {
    for (const name of queue) {
      const found = await inspection.examine(name, depth);
      if (found !== undefined) await take(found);
    }
  });
  await Promise.all(workers);
}
