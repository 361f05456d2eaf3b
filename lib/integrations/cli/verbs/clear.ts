import type { Fault, InspectedEntry } from '../../../core/stores/file/examined-file.js';
import type { FolderInspection } from '../../../core/stores/file/folder-inspection.js';
import { FolderRepair } from '../../../core/stores/file/folder-repair.js';
import { printable, unquoted } from '../printable.js';
import { inspect, survey } from '../survey.js';
import type { Verb } from '../verb.js';
import { counted, size } from '../words.js';

/** A reader may note its use of a file between the look at it and its removal. */
const MOST_ATTEMPTS = 5;

export const clear: Verb = {
  name: 'clear',
  operands: ['[category]'],
  summary: 'end the entries of a category, or all, for every process; asks nothing',
  options: {},
  run: ({ directory, operands }) => {
    const category = operands[0] === undefined ? undefined : unquoted(operands[0]);
    return inspect(directory, (inspection, contents) => {
      const repair = new FolderRepair(inspection.layout);
      return repair.asPeer(async () => {
        const failed = invalidate(inspection, category);
        const removed = { entries: 0, bytes: 0, damagedFiles: 0 };
        let kept = 0;
        await survey(inspection, contents.entries, 'header', async (found) => {
          if (!concerns(found, category)) return;
          if (!(await remove(inspection, repair, found))) kept++;
          else {
            removed.bytes += found.size;
            if (found.kind === 'entry') removed.entries++;
            else removed.damagedFiles++;
          }
        });
        // A full disk may have room for the record when the files have gone.
        if (failed) inspection.settle();
        const what = category === undefined ? 'all categories' : printable(category);
        const words = [counted(removed.entries, 'entry', 'entries')];
        if (removed.damagedFiles > 0) words.push(counted(removed.damagedFiles, 'damaged file'));
        return {
          json: { directory: inspection.layout.directory, category: category ?? null, ...removed },
          text: () => `${what}: removed ${words.join(' and ')} (${size(removed.bytes)})`,
          wrong:
            kept === 0
              ? undefined
              : `${counted(kept, 'file')} could not be removed; no process serves what they hold`,
        };
      });
    });
  },
};

/** Whether it has to be tried again. In this process it is in effect in any case. */
function invalidate(inspection: FolderInspection, category: string | undefined): boolean {
  try {
    inspection.invalidate(
      category === undefined ? { type: 'all' } : { type: 'category', category },
    );
    return false;
  } catch {
    return true;
  }
}

/** What is damaged is of no category. */
function concerns(found: InspectedEntry | Fault, category: string | undefined): boolean {
  if (found.kind !== 'entry') return category === undefined;
  if (category !== undefined && found.header.category !== category) return false;
  // Not what a process has put there since.
  return found.state === 'invalidated';
}

async function remove(
  inspection: FolderInspection,
  repair: FolderRepair,
  found: InspectedEntry | Fault,
): Promise<boolean> {
  const name = found.path.slice(-64);
  let present: InspectedEntry | Fault | undefined = found;
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    if (present === undefined || (present.kind === 'entry' && present.state !== 'invalidated'))
      return true;
    if (await repair.remove(present).catch(() => false)) return true;
    present = await inspection.examine(name, 'header');
  }
  return false;
}
