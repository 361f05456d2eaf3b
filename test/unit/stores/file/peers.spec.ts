import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Peers } from '../../../../lib/core/stores/file/peers.js';
import { identityToken, ownIdentity } from '../../../../lib/core/stores/file/process-identity.js';
import { newFolder, removeFolder, startOf } from './support.js';

let root: string;
let folder: string;

beforeEach(() => {
  root = newFolder();
  folder = join(root, 'peers');
});

afterEach(() => removeFolder(root));

const leave = (token: string): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, token), '');
};

/**
 * Looks that find others, until none does. What dead ones did before they died has to be looked for; that
 * they are forgotten changes the folder, which might be somebody's coming.
 */
async function untilAlone(peers: Peers): Promise<number> {
  let looks = 0;
  while (await peers.others()) looks++;
  return looks;
}

describe('Peers', () => {
  it('are none where one is alone', async () => {
    const peers = new Peers(root);
    peers.join();
    peers.join();
    expect([await peers.others(), readdirSync(folder).length]).toEqual([false, 1]);
    peers.leave();
    peers.leave();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are others of the same process too, until they leave', async () => {
    const [one, other] = [new Peers(root), new Peers(root)];
    one.join();
    other.join();
    expect([await one.others(), await other.others()]).toEqual([true, true]);
    other.leave();
    // What it did before it left has to be looked for once.
    expect([await one.others(), await one.others()]).toEqual([true, false]);
  });

  it('are seen as they come and go, however soon after a look', () => {
    const [one, other] = [new Peers(root), new Peers(root)];
    expect(one.isAlone()).toBe(false);
    one.join();
    leave('.DS_Store');
    expect([one.isAlone(), one.isAlone(), other.isAlone()]).toEqual([true, true, false]);
    other.join();
    expect([one.isAlone(), other.isAlone()]).toEqual([false, false]);
    other.leave();
    expect(one.isAlone()).toBe(true);
    utimesSync(folder, 1000, 1000);
    expect([one.isAlone(), one.isAlone()]).toEqual([true, true]);
    other.join();
    expect(one.isAlone()).toBe(false);
  });

  it('are others that live', async () => {
    const child = spawn('sleep', ['60']);
    try {
      const pid = child.pid!;
      leave(identityToken({ ...ownIdentity(), pid, start: startOf(pid) }));
      const peers = new Peers(root);
      for (let look = 0; look < 3; look++) expect(await peers.others()).toBe(true);
      child.kill('SIGKILL');
      await once(child, 'exit');
      expect(await untilAlone(peers)).toBe(2);
      expect(readdirSync(folder)).toHaveLength(1);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('are not those whose number another process has by now', async () => {
    const { pid } = spawnSync('true');
    leave(`${identityToken({ ...ownIdentity(), start: '1' })}.5`);
    leave(identityToken({ ...ownIdentity(), pid }));
    expect(await untilAlone(new Peers(root))).toBe(2);
  });

  it('of another container are believed to live for a day', async () => {
    const token = identityToken({ pid: 7, start: '1', namespace: '1' });
    leave(token);
    const peers = new Peers(root);
    expect([await peers.others(), await peers.others()]).toEqual([true, true]);
    const at = Date.now() / 1000 - 25 * 3600;
    utimesSync(join(folder, token), at, at);
    expect(await untilAlone(peers)).toBe(2);
  });

  it('are not what is no name of a process', async () => {
    for (const name of ['.DS_Store', 'x-y-z', '', '12'].filter(Boolean)) leave(name);
    const peers = new Peers(root);
    expect(await peers.others()).toBe(false);
    expect(readdirSync(folder)).toHaveLength(4);
  });

  it('do not matter where none can be written', async () => {
    writeFileSync(folder, 'a file');
    const peers = new Peers(root);
    peers.join();
    expect(await peers.others()).toBe(false);
    peers.leave();
  });
});
