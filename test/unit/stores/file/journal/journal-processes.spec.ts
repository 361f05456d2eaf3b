import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { examineFile } from '../../../../../lib/core/stores/file/examined-file.js';
import { FileLayout } from '../../../../../lib/core/stores/file/file-layout.js';
import { FolderRepair } from '../../../../../lib/core/stores/file/folder-repair.js';
import type { Mark, Stamped } from '../../../../../lib/core/stores/file/journal/invalidation.js';
import { compileJournal, type CompiledJournal } from './compiled-journal.js';
import { alive, createPlace, entry, type Place } from './support.js';

const CHILD = 'test/unit/stores/file/journal/journal-process.mjs';

interface Said {
  readonly entry?: Stamped;
  readonly missed?: string;
  readonly done?: string;
  readonly failed?: string;
}

let place: Place;
let compiled: CompiledJournal;
const children = new Set<ChildProcess>();

beforeAll(() => {
  compiled = compileJournal();
});

afterAll(() => compiled.remove());

beforeEach(() => {
  place = createPlace();
});

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  place.remove();
});

/** Runs a task and hands over each thing it says; ends with the signal or the code it ended with. */
async function run(
  task: string,
  name: string,
  hear: (said: Said, child: ChildProcess) => void,
  prefix = '',
): Promise<string | number | null> {
  const command = `${prefix}exec "$0" "$@"`;
  const child = spawn(
    'sh',
    ['-c', command, process.execPath, CHILD, compiled.module, task, place.root, name],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  children.add(child);
  const lines = createInterface({ input: child.stdout });
  lines.on('line', (line) => hear(JSON.parse(line) as Said, child));
  const [[code, signal]] = (await Promise.all([once(child, 'exit'), once(lines, 'close')])) as [
    [number | null, string | null],
    unknown,
  ];
  return signal ?? code;
}

describe('Processes that share a journal', () => {
  it('miss no invalidation of one another over compactions, though some are killed', async () => {
    const journal = place.open({ compactAboveBytes: 600 });
    const first = journal.mark();
    const told: Stamped[] = [];
    const missed: (string | undefined)[] = [];
    const hear =
      (killAfter: number) =>
      (said: Said, child: ChildProcess): void => {
        if (said.entry !== undefined) {
          told.push(said.entry);
          if (alive(journal, said.entry)[0] !== false) missed.push(said.entry.tags[0]);
        }
        if (said.missed !== undefined) missed.push(said.missed);
        if (--killAfter === 0) child.kill('SIGKILL');
      };
    const ends = await Promise.all([
      run('share', 'a', hear(Infinity)),
      run('share', 'b', hear(Infinity)),
      run('share', 'c', hear(20)),
      run('share', 'd', hear(33)),
    ]);
    expect(ends.slice(0, 2)).toEqual([0, 0]);
    expect(missed).toEqual([]);
    expect(told.length).toBeGreaterThanOrEqual(300);
    expect(new Set(told.map((each) => each.journal))).toEqual(new Set([first.journal]));
    for (const each of [journal, place.open()]) {
      expect(new Set(alive(each, ...told))).toEqual(new Set([false]));
    }
    const last = journal.mark();
    expect(last.journal).toBe(first.journal);
    expect(readdirSync(place.root)).not.toContain('journal-00000001');
  });

  it('miss none though its files are removed under them', async () => {
    const missed: string[] = [];
    const done: string[] = [];
    let heard = 0;
    const hear = (said: Said): void => {
      if (said.missed !== undefined) missed.push(said.missed);
      if (said.done !== undefined) done.push(said.done);
      if (++heard % 10 !== 0) return;
      const files = readdirSync(place.root).filter((name) => !name.endsWith('.tmp'));
      rmSync(join(place.root, files.sort().at(-1) ?? 'none'), { force: true });
    };
    await Promise.all(['a', 'b', 'c'].map((name) => run('share', name, hear)));
    expect(missed).toEqual([]);
    expect(done.sort()).toEqual(['a', 'b', 'c']);
  });

  it('that make it at once make one', async () => {
    const ids = new Set<string>();
    const hear = (said: Said): void => {
      if (said.entry !== undefined) ids.add(said.entry.journal);
      expect(said.missed).toBeUndefined();
    };
    await Promise.all(['a', 'b', 'c'].map((name) => run('share', name, hear)));
    expect(ids.size).toBe(1);
  });

  it.each(['openSync', 'linkSync', 'rmSync'])(
    'complete what one that was killed in %s had begun',
    async (call) => {
      const journal = place.open();
      const mark = journal.mark();
      const entries = [entry(mark, 'a', 't'), entry(mark, 'b', 'u')];
      expect(await run('kill', call, () => undefined)).toBe('SIGKILL');
      expect(alive(journal, ...entries)).toEqual([false, true]);
      expect(alive(place.open(), ...entries)).toEqual([false, true]);
      const compacting = place.open({ compactAboveBytes: 0 });
      expect(compacting.mark().journal).toBe(mark.journal);
      compacting.append({ type: 'tags', tags: ['u'] });
      expect(alive(journal, ...entries)).toEqual([false, false]);
      expect(readdirSync(place.root).length).toBe(1);
    },
  );

  describe('where one was killed before it could say that a successor is in use', () => {
    let mark: Mark;

    beforeEach(async () => {
      mark = place.open().mark();
      await run('kill', 'rmSync', () => undefined);
      const files = ['journal-00000001', 'journal-00000002', expect.stringMatching(/tmp$/)];
      expect(readdirSync(place.root)).toEqual(files);
    });

    it('take marks though nothing can be said, and say it when something is invalidated', async () => {
      const said: Said[] = [];
      expect(await run('full', 'u', (each) => void said.push(each))).toBe(0);
      expect(said).toEqual([{ refused: 'ENOSPC', journal: mark.journal }]);
      const entries = [entry(mark, 'a', 't'), entry(mark, 'b', 'u'), entry(mark, 'c')];
      expect(alive(place.open(), ...entries)).toEqual([false, false, true]);
      expect(readdirSync(place.root)).toEqual(['journal-00000002']);
    });

    it('leave no file open where the other cannot be asked', async () => {
      const said: Said[] = [];
      await run('unreadable', 'journal-00000001', (each) => void said.push(each));
      expect(said).toEqual(Array.from({ length: 5 }, () => ({ refused: 'EIO', leaked: 0 })));
    });

    it('lose nothing when the former one is removed as what was left behind', async () => {
      const path = join(place.root, 'journal-00000001');
      const fault = { ...(await examineFile(path))!, kind: 'temporary', why: 'old' } as const;
      expect(await new FolderRepair(new FileLayout(place.folder)).remove(fault)).toBe(true);
      expect(readdirSync(place.root)).toEqual(['journal-00000002']);
      const entries = [entry(mark, 'a', 't'), entry(mark, 'b', 'u')];
      expect(alive(place.open(), ...entries)).toEqual([false, true]);
    });
  });

  it.each(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR'])(
    'say what is missing where there are no hard links (%s), and leave nothing',
    async (code) => {
      const said: Said[] = [];
      expect(await run('nolink', code, (each) => void said.push(each))).toBe(0);
      const why = `${place.root} is on a file system without hard links (${code}), which the journal needs`;
      expect(said).toEqual([
        { refused: 'CACHE_TIER', why: expect.stringContaining(`file.directory: ${why}`) },
      ]);
      expect(readdirSync(place.root)).toEqual([]);
    },
  );

  it('keep what was in effect when one can write no more, and lose what is not certain', async () => {
    const told: Stamped[] = [];
    const said: Said[] = [];
    const end = await run(
      'fill',
      'a',
      (each) => void (each.entry === undefined ? said.push(each) : told.push(each.entry)),
      'ulimit -f 1; ',
    );
    expect(end).toBe(0);
    expect(said).toEqual([expect.objectContaining({ refused: 'EFBIG', pending: 1, alive: false })]);
    expect(told.length).toBeGreaterThan(3);
    const journal = place.open();
    expect(new Set(alive(journal, ...told))).toEqual(new Set([false]));
    const mark = journal.mark();
    expect(alive(place.open(), ...told, entry(mark, 'a'))).toEqual([
      ...told.map(() => false),
      true,
    ]);
  });
});
