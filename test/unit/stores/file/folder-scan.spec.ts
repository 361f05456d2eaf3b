import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identityToken, ownIdentity } from '../../../../lib/core/stores/file/process-identity.js';
import { StoreFolder } from './store-folder.js';
import { startOf } from './support.js';

let folder: StoreFolder;

beforeEach(() => {
  folder = new StoreFolder();
});

afterEach(() => folder.remove());

const keysOf = (count: number): string[] => Array.from({ length: count }, (_, at) => `${at}`);

async function filled(count: number): Promise<void> {
  const store = folder.open();
  await Promise.all(keysOf(count).map((key) => store.write(key, `value ${key}`)));
  await store.store.close();
}

describe('The index of a folder that was filled before', () => {
  it('is built in the background, while operations go on and are not lost on it', async () => {
    await filled(400);
    const store = folder.open({}, { concurrency: 1 });
    const reads: string[] = [];
    for (const key of keysOf(200)) {
      // As the scan goes on, some of these are known to it already and some are not.
      if (Number(key) % 4 === 0) await store.delete(key);
      else if (Number(key) % 4 === 1) await store.write(key, 'anew');
      else if (Number(key) % 4 === 2) store.writeSync(key, 'in no time');
      else reads.push(await store.read(key));
    }
    expect(reads).toEqual(keysOf(200).flatMap((key) => (+key % 4 === 3 ? [`value ${key}`] : [])));
    const wanted = keysOf(400).filter((key) => +key >= 200 || +key % 4 > 0);
    expect(await store.keys()).toEqual(wanted.sort());
    expect(store.store.index.count('users')).toBe(350);
    store.store.index.checkInvariants();
    expect(folder.files()).toHaveLength(350);
  });

  it('may be half built when the store is closed', async () => {
    await filled(100);
    const store = folder.open();
    expect(await store.read('5')).toBe('value 5');
    await store.store.close();
    const next = folder.open();
    expect(await next.keys()).toHaveLength(100);
  });

  it('is no matter where the first thing is to clear it', async () => {
    await filled(100);
    const store = folder.open();
    await store.store.clear('users');
    await store.write('new', 'new');
    expect([await store.read('5'), await store.keys()]).toEqual([expect.any(String), ['new']]);
    await store.store.prune();
    expect(folder.files()).toHaveLength(1);
    expect(folder.removed).toHaveLength(100);
  });

  it('knows nothing of what is not an entry, and leaves it', async () => {
    await filled(1);
    const strangers = ['.DS_Store', 'ab', 'AB'.padEnd(64, '0'), 'notes.txt'].map((name) => {
      mkdirSync(join(folder.root, 'ab'), { recursive: true });
      const path = join(folder.root, 'ab', name);
      writeFileSync(path, 'a stranger');
      return path;
    });
    const store = folder.open();
    await store.store.prune();
    expect([await store.keys(), strangers.map((path) => existsSync(path))]).toEqual([
      ['0'],
      [true, true, true, true],
    ]);
  });
});

describe('Temporary files', () => {
  const { pid } = spawnSync('true');
  const own = ownIdentity();
  const dead = identityToken({ ...own, pid, start: '1' });
  const stranger = identityToken({ pid: 1, start: '1', namespace: '1' });

  it.each<[string, string, number, boolean]>([
    ['of the dead are removed', dead, 0, false],
    ['of the living are left', identityToken(own), 100, true],
    ['of another container are left for an hour', stranger, 0, true],
    ['of another container are removed then', stranger, 2, false],
    ['of nobody that is known are removed after an hour', 'x', 2, false],
  ])('%s', async (_what, owner, hoursAgo, stays) => {
    await filled(1);
    mkdirSync(join(folder.root, 'ab'), { recursive: true });
    const path = join(folder.root, 'ab', `.tmp-${owner}-7`);
    writeFileSync(path, 'half');
    const at = Date.now() / 1000 - hoursAgo * 3600;
    utimesSync(path, at, at);
    await folder.open().store.prune();
    expect(existsSync(path)).toBe(stays);
  });

  it('are looked at again in a folder that nothing has changed since their process was there', async () => {
    await filled(1);
    const child = spawn('sleep', ['60']);
    const owner = identityToken({ ...own, pid: child.pid!, start: startOf(child.pid!) });
    const shard = join(folder.root, 'ab');
    mkdirSync(shard, { recursive: true });
    mkdirSync(join(folder.root, 'peers'), { recursive: true });
    writeFileSync(join(folder.root, 'peers', owner), '');
    const path = join(shard, `.tmp-${owner}-7`);
    writeFileSync(path, 'spare');
    utimesSync(shard, 1000, 1000);
    const { store } = folder.open();
    await store.prune();
    expect(existsSync(path)).toBe(true);
    child.kill('SIGKILL');
    await once(child, 'exit');
    await store.prune();
    expect([existsSync(path), readdirSync(join(folder.root, 'peers'))]).toEqual([
      false,
      [expect.stringContaining(`${own.pid}-`)],
    ]);
  });
});
