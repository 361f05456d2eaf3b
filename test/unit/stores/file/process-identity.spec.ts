import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, copyFileSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import {
  identityToken,
  isAlive,
  ownIdentity,
  parseIdentity,
  type ProcessIdentity,
} from '../../../../lib/core/stores/file/process-identity.js';
import { compileInto, newFolder, removeFolder, startOf } from './support.js';
import { until } from '../../../support/turns.js';

const identityOf = (pid: number): ProcessIdentity => ({
  ...ownIdentity(),
  pid,
  start: startOf(pid),
});

describe('The identity of a process', () => {
  it('is its number, its start and its namespace', () => {
    const { pid, start, namespace } = ownIdentity();
    expect(pid).toBe(process.pid);
    expect(start).toBe(startOf(pid));
    expect(namespace).toMatch(/^\d+$/);
  });

  it('is a part of a file name and back', () => {
    for (const identity of [ownIdentity(), { pid: 1, start: '', namespace: '' }]) {
      expect(identityToken(identity)).toMatch(/^[\d-]+$/);
      expect(parseIdentity(identityToken(identity))).toEqual(identity);
    }
  });

  it.each(['', '1', '1-2', '-1-2-3', 'a-1-2', '1-2-3-4', '1-../x-3', ' 1-2-3'])(
    'is not %j',
    (token) => {
      expect(parseIdentity(token)).toBeUndefined();
    },
  );
});

describe('A process', () => {
  it('is alive while it runs, with a name that misleads too, and not when it has been killed', async () => {
    const folder = newFolder();
    const program = join(folder, 'a) Z 1 (b');
    copyFileSync('/bin/sleep', program);
    const child = spawn(program, ['60']);
    await once(child, 'spawn');
    const identity = identityOf(child.pid!);
    expect(isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(isAlive(identity)).toBe(false);
    removeFolder(folder);
  });

  it('is not alive as a zombie', async () => {
    // The shell becomes a program that never asks after its child.
    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec sleep 60']);
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    const read = (of: number | undefined, file: string): string =>
      readFileSync(`/proc/${of}/${file}`, 'latin1');
    // As long as it is the shell it would ask.
    await until(() => read(parent.pid, 'comm') === 'sleep\n');
    process.kill(pid, 'SIGKILL');
    await until(() => /\) (\w)/.exec(read(pid, 'stat'))?.[1] === 'Z');
    expect(isAlive(identityOf(pid))).toBe(false);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
  });

  it('is not taken for an earlier one with its number', () => {
    expect(isAlive(ownIdentity())).toBe(true);
    expect(isAlive({ ...ownIdentity(), start: '1' })).toBe(false);
  });

  it('of another namespace may be alive or not', () => {
    expect(isAlive({ ...ownIdentity(), namespace: '1' })).toBeUndefined();
  });

  it('whose start is not known is asked with a signal', () => {
    expect(isAlive({ ...ownIdentity(), start: '' })).toBe(true);
    expect(isAlive({ ...ownIdentity(), pid: 2 ** 22 + 1, start: '' })).toBe(false);
  });

  it('is not dead because there is no file handle left to look with', () => {
    const handles: number[] = [];
    let living: boolean | undefined;
    try {
      for (;;) handles.push(openSync('/dev/null', 'r'));
    } catch {
      living = isAlive(ownIdentity());
    } finally {
      for (const handle of handles) closeSync(handle);
    }
    expect(living).toBeUndefined();
  });
});

describe('A worker thread', () => {
  it('is told apart from its process, and alive as long as it runs', async () => {
    const folder = newFolder();
    const module = pathToFileURL(join(compileInto(folder), 'process-identity.js'));
    const program = `import(${JSON.stringify(module)}).then(({ ownIdentity }) => {
      require('node:worker_threads').parentPort.on('message', () => {}).postMessage(ownIdentity());
    });`;
    const workers = [program, program].map((source) => new Worker(source, { eval: true }));
    const said = await Promise.all(workers.map((worker) => once(worker, 'message')));
    const [one, other] = said.flat() as [ProcessIdentity, ProcessIdentity];
    expect(new Set([ownIdentity().pid, one.pid, other.pid]).size).toBe(3);
    expect([isAlive(one), isAlive(other)]).toEqual([true, true]);
    await workers[0]!.terminate();
    expect([isAlive(one), isAlive(other), isAlive(ownIdentity())]).toEqual([false, true, true]);
    await workers[1]!.terminate();
    removeFolder(folder);
  });
});
