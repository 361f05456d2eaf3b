import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Worker } from 'node:worker_threads';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals';
import { FileLayout, temporaryOwner } from '../../../../../lib/core/stores/file/file-layout.js';
import { ownIdentity } from '../../../../../lib/core/stores/file/process-identity.js';
import { SMALL } from '../../../../../lib/core/stores/file/inline-io.js';
import type {
  ThreadAnswer,
  ThreadWrite,
  ThreadWritten,
} from '../../../../../lib/core/stores/file/thread/thread-write.js';
import {
  WriteThread,
  type WriteThreadOptions,
} from '../../../../../lib/core/stores/file/thread/write-thread.js';
import { until } from '../../../../support/turns.js';
import { compileInto, newFolder, removeFolder } from '../support.js';

const MINUTE = 60_000;

let code: string;
let program: URL;
let folder: string;
let layout: FileLayout;
let thread: WriteThread;
let now: number;
let workers: Worker[];

/** The module that the thread looks the class up in. */
const threads = process.getBuiltinModule('node:worker_threads');
const { Worker: RealWorker } = threads;

beforeAll(() => {
  code = newFolder();
  program = pathToFileURL(join(compileInto(code), 'thread/writing-thread.js'));
});

afterAll(() => removeFolder(code));

beforeEach(() => {
  now = 0;
  folder = newFolder();
  layout = new FileLayout(folder);
  workers = [];
  jest.spyOn(threads, 'Worker').mockImplementation((...args) => {
    const worker = new RealWorker(...args);
    workers.push(worker);
    return worker;
  });
});

afterEach(async () => {
  jest.restoreAllMocks();
  await thread.close();
  removeFolder(folder);
});

function make(options: WriteThreadOptions = {}): WriteThread {
  thread = new WriteThread(folder, { program, parallelism: 2, now: () => now, ...options });
  return thread;
}

async function started(options?: WriteThreadOptions): Promise<WriteThread> {
  make(options).spent(10);
  await until(() => thread.isFree);
  return thread;
}

/** A program that says that it is ready, and then does this. */
const programOf = (source: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(
      `import { parentPort } from 'node:worker_threads'; parentPort.postMessage('ready'); ${source}`,
    )}`,
  );

function nameOf(key: string): string {
  const name = layout.nameOf({ category: 'quotes', key });
  mkdirSync(layout.folderOf(name), { recursive: true });
  return name;
}

const pathOf = (key: string): string => layout.pathOf(nameOf(key));
const textOf = (key: string): string => readFileSync(pathOf(key), 'utf8');
const filesOf = (key: string): string[] => readdirSync(layout.folderOf(nameOf(key)));

/** As another process does. */
function put(key: string, text: string): void {
  const other = join(folder, 'other');
  writeFileSync(other, text);
  renameSync(other, pathOf(key));
}

const writeOf = (key: string, text: string, more: Partial<ThreadWrite> = {}): ThreadWrite => ({
  name: nameOf(key),
  parts: [Buffer.from(text.slice(0, 3)), Buffer.from(text.slice(3))],
  spare: undefined,
  keepsReplaced: false,
  contested: undefined,
  ...more,
});

function isWritten(answer: ThreadAnswer): asserts answer is ThreadWritten {
  expect(answer).toMatchObject({ ino: expect.any(Number) });
}

describe('The writing thread', () => {
  it('starts when writes take this one a tenth of its time, and not before', async () => {
    make();
    for (; now < 2000; now += 20) thread.spent(1);
    expect(workers).toEqual([]);
    for (const to = now + 200; now < to; now += 20) thread.spent(2);
    await until(() => thread.isFree);
  });

  it.each<[string, WriteThreadOptions, number]>([
    ['where there is one processor', { parallelism: 1 }, 0],
    ['where it has no program', { program: pathToFileURL('/nowhere/at-all.js') }, 1],
    ['where its program cannot be named', { program: new URL('https://example.com/a.js') }, 0],
    ['where its program fails', { program: new URL('data:text/javascript,throw new Error()') }, 1],
  ])('does not start %s', async (_where, options, attempts) => {
    make(options).spent(10);
    expect(workers).toHaveLength(attempts);
    for (const worker of workers) await expect(once(worker, 'exit')).rejects.toThrow();
    thread.spent(10);
    expect(workers).toHaveLength(attempts);
    expect(thread.isFree).toBe(false);
  });

  it('does not start for a directory of a longer name than it could be told', () => {
    thread = new WriteThread(`/${'x'.repeat(4000)}`, { program, parallelism: 2 });
    thread.spent(10);
    expect(workers).toEqual([]);
  });

  it('writes a new file, which nobody else may read', async () => {
    await started();
    const answer = await thread.write(writeOf('a', 'the content'));
    isWritten(answer);
    const { ino, mode, nlink } = lstatSync(pathOf('a'));
    expect([ino, mode & 0o777, nlink]).toEqual([answer.ino, 0o600, 1]);
    expect(textOf('a')).toBe('the content');
    expect([answer.replaced, filesOf('a')]).toEqual([undefined, [nameOf('a')]]);
  });

  it('writes over what is there, and gives that another name where it is wanted', async () => {
    await started();
    put('a', 'before');
    const { ino } = lstatSync(pathOf('a'));
    const answer = await thread.write(writeOf('a', 'after', { keepsReplaced: true }));
    isWritten(answer);
    expect(textOf('a')).toBe('after');
    expect(lstatSync(answer.replaced!).ino).toBe(ino);
    // Of this thread, which keeps it when that one has ended.
    expect(temporaryOwner(basename(answer.replaced!))).toEqual(ownIdentity());
    await thread.write(writeOf('a', 'later'));
    expect(filesOf('a')).toHaveLength(2);
  });

  it.each([
    ['longer', 'a spare file, longer than what is written', true],
    ['shorter', 'a', true],
    ['gone', undefined, false],
  ])('writes into a spare file that is %s', async (_what, spareText, isUsed) => {
    await started();
    const spare = join(folder, 'spare-\u00e9\u{1f600}');
    if (spareText !== undefined) writeFileSync(spare, spareText);
    const ino = spareText === undefined ? undefined : lstatSync(spare).ino;
    const answer = await thread.write(writeOf('a', 'the content', { spare }));
    isWritten(answer);
    expect(answer.ino === ino).toBe(isUsed);
    expect(textOf('a')).toBe('the content');
  });

  it('keeps what another process gives a second name as it is', async () => {
    await started();
    put('b', 'of another entry');
    const spare = join(folder, 'spare');
    writeFileSync(spare, 'shared');
    linkSync(spare, join(folder, 'second'));
    isWritten(await thread.write(writeOf('a', 'the content', { spare })));
    expect(readFileSync(join(folder, 'second'), 'utf8')).toBe('shared');
    expect(textOf('a')).toBe('the content');
  });

  it('writes as many at once as it has room for, in their order, the largest too', async () => {
    await started();
    const large = 'x'.repeat(SMALL);
    const texts: string[] = [];
    const answers: Promise<ThreadAnswer>[] = [];
    while (thread.isFree) {
      texts.push(`${large.slice(0, -1)}${texts.length}`);
      answers.push(thread.write(writeOf('same', texts.at(-1)!)));
    }
    expect(texts.length).toBeGreaterThan(3);
    for (const answer of await Promise.all(answers)) isWritten(answer);
    expect(textOf('same')).toBe(texts.at(-1));
    expect(thread.isFree).toBe(true);
    for (let at = 0; at < 100; at++) {
      isWritten(await thread.write(writeOf(`k${at}`, `value ${at}`)));
      expect(textOf(`k${at}`)).toBe(`value ${at}`);
    }
  });

  it('leaves nothing of what it cannot write', async () => {
    await started();
    const name = nameOf('a');
    rmSync(layout.folderOf(name), { recursive: true });
    const spare = join(folder, 'spare');
    writeFileSync(spare, 'spare');
    const write = { ...writeOf('b', 'text'), name };
    expect(await thread.write(write)).toBe('failed');
    expect(await thread.write({ ...write, spare })).toBe('failed');
    expect(readdirSync(folder)).toEqual(['v1']);
    isWritten(await thread.write(writeOf('b', 'text')));
  });
});

describe('Of what a load has found, the writing thread', () => {
  const seen = (key: string): Partial<ThreadWrite> => ({
    contested: { there: lstatSync(pathOf(key), { throwIfNoEntry: false }) },
  });

  it('fills a place where there is nothing', async () => {
    await started();
    const write = writeOf('a', 'loaded', seen('a'));
    isWritten(await thread.write(write));
    expect([textOf('a'), filesOf('a')]).toEqual(['loaded', [nameOf('a')]]);
  });

  it('replaces what was looked at, and keeps it under another name', async () => {
    await started();
    put('a', 'older');
    const { ino } = lstatSync(pathOf('a'));
    const answer = await thread.write(writeOf('a', 'loaded', seen('a')));
    isWritten(answer);
    expect(textOf('a')).toBe('loaded');
    expect(lstatSync(answer.replaced!).ino).toBe(ino);
  });

  it.each([
    ['nothing', undefined],
    ['something else', 'older'],
  ])('leaves what has come since where there was %s', async (_what, before) => {
    await started();
    if (before !== undefined) put('a', before);
    const write = writeOf('a', 'loaded', seen('a'));
    put('a', 'newer');
    expect(await thread.write(write)).toBe('failed');
    expect([textOf('a'), filesOf('a')]).toEqual(['newer', [nameOf('a')]]);
  });
});

describe('A writing thread that is there no more', () => {
  it('answers what it was given, and is not started again for a minute', async () => {
    // It has the write when it ends.
    await started({ program: programOf(`setInterval(() => process.exit(1), 50)`) });
    expect(await thread.write(writeOf('a', 'lost'))).toBe('failed');
    expect(thread.isFree).toBe(false);
    now += MINUTE - 1;
    thread.spent(10);
    expect(workers).toHaveLength(1);
    expect(thread.isFree).toBe(false);
    now += 1;
    thread.spent(10);
    await until(() => thread.isFree);
  });

  it('ends by itself when there is nothing to write, and starts again', async () => {
    await started({ idleMs: 20 });
    now += 19;
    await thread.write(writeOf('a', 'text'));
    now += 20;
    await until(() => !thread.isFree);
    thread.spent(10);
    await until(() => thread.isFree);
    isWritten(await thread.write(writeOf('a', 'again')));
  });

  it('is not started after it was closed', async () => {
    await started();
    await thread.close();
    now += 2 * MINUTE;
    thread.spent(10);
    expect(workers).toHaveLength(1);
    expect(thread.isFree).toBe(false);
  });
});
