import { relative } from 'node:path';
import { readEnvelope } from '../../../core/codec/envelope.js';
import { asError } from '../../../core/primitives/errors.js';
import type { Fault, InspectedEntry } from '../../../core/stores/file/examined-file.js';
import { findFaults } from '../../../core/stores/file/folder-faults.js';
import { FolderRepair } from '../../../core/stores/file/folder-repair.js';
import { ProgressBar } from '../progress-bar.js';
import { onOneLine } from '../printable.js';
import { inspect, survey } from '../survey.js';
import { table } from '../table.js';
import type { Verb } from '../verb.js';
import { count, counted, size } from '../words.js';

export const verify: Verb = {
  name: 'verify',
  operands: [],
  summary: 'read every file, and report what is damaged or left over',
  options: {
    fix: { type: 'boolean', help: 'remove what is found, begin a journal where none can be read' },
  },
  run: ({ directory, given, terminal }) =>
    inspect(directory, async (inspection, contents) => {
      const faults = await findFaults(inspection.layout, contents);
      const checked = { files: 0, bytes: 0 };
      const progress = new ProgressBar(terminal.stderr, contents.entries.length);
      await survey(inspection, contents.entries, 'whole', (found) => {
        checked.files++;
        checked.bytes += found.size;
        const fault = faultOf(found);
        if (fault !== undefined) faults.push(fault);
        progress.step();
      });
      progress.clear();
      faults.sort((one, other) => (one.path < other.path ? -1 : 1));
      const fixed = given.fix === true && faults.length > 0;
      const repair = new FolderRepair(inspection.layout);
      const outcomes = fixed ? await repair.asPeer(() => removeAll(repair, faults)) : [];
      const { directory: folder, root } = inspection.layout;
      const fixes = faults.map(({ kind, path }, at): Fix => {
        const isDone = outcomes[at] === true;
        // Of a journal that is missing there is nothing but the folder it should be in.
        return { removed: isDone && path !== root, renewed: isDone && kind === 'journal' };
      });
      const json = {
        directory: folder,
        ...checked,
        faults: faults.map(({ kind, path, size: bytes, why }, at) => ({
          kind,
          file: relative(folder, path),
          bytes,
          why,
          ...fixes[at]!,
        })),
      };
      const text = (): string => {
        const read = `${counted(checked.files, 'file')} read (${size(checked.bytes)})`;
        if (faults.length === 0) return `${read}, nothing wrong`;
        const rows = json.faults.map(({ kind, file, bytes, why }) => [
          kind,
          onOneLine(file),
          size(bytes),
          onOneLine(why),
        ]);
        const end = fixed ? `, ${doneBy(fixes)}` : `; --fix ${remedyOf(faults, root)}`;
        return `${table(COLUMNS, rows)}\n\n${read}, ${count(faults.length)} wrong${end}`;
      };
      const wrong = faults.length === 0 ? undefined : `${counted(faults.length, 'fault')} found`;
      return {
        json,
        text,
        wrong: wrong && (fixed ? `${wrong}, ${doneBy(fixes)}` : wrong),
      };
    }),
};

/** What was done about a fault. */
interface Fix {
  readonly removed: boolean;
  readonly renewed: boolean;
}

function doneBy(fixes: readonly Fix[]): string {
  const removed = fixes.filter((fix) => fix.removed).length;
  const isRenewed = fixes.some((fix) => fix.renewed);
  if (!isRenewed) return `${count(removed)} removed`;
  return `${removed === 0 ? '' : `${count(removed)} removed, `}a new journal begun`;
}

function remedyOf(faults: readonly Fault[], root: string): string {
  return faults.every(({ path }) => path === root) ? 'begins a new journal' : 'removes them';
}

const COLUMNS = [
  { title: 'fault' },
  { title: 'file' },
  { title: 'size', align: 'right' },
  { title: 'why' },
] as const;

/** The record has been checked; the envelope in it has a checksum of its own. */
function faultOf(found: InspectedEntry | Fault): Fault | undefined {
  if (found.kind !== 'entry') return found;
  const { path, size: bytes, ino, mtimeMs } = found;
  const fault = { kind: 'damaged', path, size: bytes, ino, mtimeMs } as const;
  try {
    if (readEnvelope(found.header, found.body!).checksumOk) return undefined;
    return { ...fault, why: "the value's checksum does not match" };
  } catch (error) {
    return { ...fault, why: asError(error).message };
  }
}

async function removeAll(repair: FolderRepair, faults: readonly Fault[]): Promise<boolean[]> {
  const outcomes: boolean[] = [];
  for (const fault of faults) outcomes.push(await repair.remove(fault).catch(() => false));
  return outcomes;
}
