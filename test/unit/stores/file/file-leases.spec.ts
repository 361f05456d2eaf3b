import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { FileLeases } from '../../../../lib/core/stores/file/file-leases.js';
import { identityToken, ownIdentity } from '../../../../lib/core/stores/file/process-identity.js';
import { FOREVER, StoreFolder } from './store-folder.js';
import { compileInto, newFolder, printedWith32Handles, removeFolder } from './support.js';

const NAME = 'ab'.padEnd(64, '0');

/** What a lease of a process says that has ended. */
const OF_THE_DEAD = ((): string => {
  const { pid } = spawnSync(process.execPath, ['--version']);
  return `${identityToken({ ...ownIdentity(), pid, start: '1' })} 1`;
})();

let root: string;
let locks: string;

beforeEach(() => {
  root = newFolder();
  locks = join(root, 'locks');
});

afterEach(() => removeFolder(root));

const taken = (): string[] => readdirSync(locks).map((name) => name.slice(NAME.length));

function leave(generation: number, content: string, secondsAgo = 0): void {
  mkdirSync(locks, { recursive: true });
  const path = join(locks, `${NAME}.${generation}`);
  writeFileSync(path, content);
  const at = Date.now() / 1000 - secondsAgo;
  utimesSync(path, at, at);
}

function fallSilent(generation: number): void {
  const at = Date.now() / 1000 - 60;
  utimesSync(join(locks, `${NAME}.${generation}`), at, at);
}

describe('A lease', () => {
  describe('when the clock is set forward', () => {
    const { now: clock } = Date;
    let passed: number;

    /** From now on time passes for this test alone. */
    function setForward(): void {
      passed = performance.now();
      jest.spyOn(performance, 'now').mockImplementation(() => passed);
      jest.spyOn(Date, 'now').mockImplementation(() => clock() + 3_600_000);
    }

    afterEach(() => {
      jest.restoreAllMocks();
    });

    it('is still its holder’s, who has ten seconds to show himself', async () => {
      const [one, other] = [new FileLeases(root), new FileLeases(root)];
      const lease = await one.take(NAME);
      setForward();
      expect([await other.take(NAME), await other.take(NAME)]).toEqual([undefined, undefined]);
      passed += 10_001;
      const next = await other.take(NAME);
      expect(next?.takenOver).toBe(true);
      for (const each of [next, lease]) await each?.release();
    });

    it('is not, if he was silent before', async () => {
      const [one, other] = [new FileLeases(root), new FileLeases(root)];
      const lease = await one.take(NAME);
      fallSilent(1);
      setForward();
      const next = await other.take(NAME);
      expect(next?.takenOver).toBe(true);
      for (const each of [next, lease]) await each?.release();
    });
  });

  it.each([1, 200])('waits for handles that others hold, as %i others do', (count) => {
    const parts = compileInto(root);
    const printed = printedWith32Handles(`
      import fs from 'node:fs';
      import { devNull } from 'node:os';
      import { FileLeases } from '${parts}/file-leases.js';
      const names = Array.from({ length: ${count} }, (_, at) => String(at).padStart(64, '0'));
      const held = [];
      for (;;) try { held.push(fs.openSync(devNull, 'r')); } catch { break; }
      const found = held.length > 0;
      setTimeout(() => { for (const fd of held.splice(0, 2)) fs.closeSync(fd); }, 50);
      const stores = [new FileLeases('${root}'), new FileLeases('${root}')];
      let taken = 0;
      await Promise.all(names.flatMap((name) => stores.map(async (leases) => {
        if (await leases.take(name)) taken++;
      })));
      console.log(found, taken);
      process.exit();`);
    expect(printed).toBe(`true ${count}\n`);
  });

  it('is one holder’s alone, also among the stores of one process, and can be taken again', async () => {
    const [one, other] = [new FileLeases(root), new FileLeases(root)];
    const lease = await one.take(NAME);
    expect(lease?.takenOver).toBe(false);
    expect([await one.take(NAME), await other.take(NAME)]).toEqual([undefined, undefined]);
    await lease?.release();
    expect(taken()).toEqual([]);
    const next = await other.take(NAME);
    expect(next?.takenOver).toBe(false);
    expect(await one.take(NAME)).toBeUndefined();
    await next?.release();
  });

  it('is of one name', async () => {
    const leases = new FileLeases(root);
    const held = await Promise.all([leases.take(NAME), leases.take(NAME.replaceAll('a', 'c'))]);
    expect(held.map((lease) => lease?.takenOver)).toEqual([false, false]);
    for (const lease of held) await lease?.release();
  });

  it('goes to one of many that ask at once', async () => {
    const all = Array.from({ length: 20 }, () => new FileLeases(root));
    for (let round = 0; round < 10; round++) {
      const asked = await Promise.all(all.map((leases) => leases.take(NAME)));
      const held = asked.filter((lease) => lease !== undefined);
      expect(held).toHaveLength(1);
      await held[0]!.release();
    }
    expect(taken()).toEqual([]);
  });

  it('goes to one of many that find its holder dead', async () => {
    const all = Array.from({ length: 20 }, () => new FileLeases(root));
    for (let round = 0; round < 10; round++) {
      leave(1, OF_THE_DEAD);
      const asked = await Promise.all(all.map((leases) => leases.take(NAME)));
      const held = asked.filter((lease) => lease !== undefined);
      expect(held.map(({ takenOver }) => takenOver)).toEqual([true]);
      await held[0]!.release();
      expect(taken()).toEqual([]);
    }
  });

  it('is taken over from one who had taken it over and died as well', async () => {
    leave(1, OF_THE_DEAD);
    leave(2, OF_THE_DEAD.replace(/ 1$/, ' 2'));
    const leases = new FileLeases(root);
    const lease = await leases.take(NAME);
    expect([lease?.takenOver, taken().sort()]).toEqual([true, ['.1', '.2', '.3']]);
    expect(await leases.take(NAME)).toBeUndefined();
    await lease?.release();
    expect(taken()).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['half of what it should say', OF_THE_DEAD.slice(0, 3)],
    ['something else', '\0\xff garbage\n'.repeat(1000)],
  ])(
    'that says %s is held while it is young, and taken over when it is old',
    async (_, content) => {
      const leases = new FileLeases(root);
      leave(1, content);
      expect(await leases.take(NAME)).toBeUndefined();
      leave(1, content, 60);
      const lease = await leases.take(NAME);
      expect(lease?.takenOver).toBe(true);
      await lease?.release();
      expect(taken()).toEqual([]);
    },
  );

  it('is taken over from a living holder who has fallen silent', async () => {
    const leases = new FileLeases(root);
    const silent = await leases.take(NAME);
    fallSilent(1);
    const lease = await leases.take(NAME);
    expect(lease?.takenOver).toBe(true);
    // He wakes, and has done with what is no longer his.
    await silent?.release();
    expect(await leases.take(NAME)).toBeUndefined();
    await lease?.release();
    expect(taken()).toEqual([]);
  });

  it('is not ended by one who wakes when his successor has ended, and another has begun', async () => {
    const leases = new FileLeases(root);
    const silent = await leases.take(NAME);
    fallSilent(1);
    const successor = await leases.take(NAME);
    expect(successor?.takenOver).toBe(true);
    await successor?.release();
    const next = await leases.take(NAME);
    expect(next).toBeDefined();
    await silent?.release();
    expect(await leases.take(NAME)).toBeUndefined();
    await next?.release();
    expect(taken()).toEqual([]);
  });

  it('that was taken over is the first one’s again if he shows himself after his successor', async () => {
    const leases = new FileLeases(root);
    const silent = await leases.take(NAME);
    fallSilent(1);
    await (await leases.take(NAME))?.release();
    const now = new Date();
    utimesSync(join(locks, `${NAME}.1`), now, now);
    expect(await leases.take(NAME)).toBeUndefined();
    await silent?.release();
    expect(taken()).toEqual([]);
  });

  it('is left to whoever has it now, when its file was removed and made again', async () => {
    const leases = new FileLeases(root);
    const one = await leases.take(NAME);
    rmSync(join(locks, `${NAME}.1`));
    const other = await new FileLeases(root).take(NAME);
    expect(other?.takenOver).toBe(false);
    await one?.release();
    expect(await leases.take(NAME)).toBeUndefined();
    await other?.release();
    expect(taken()).toEqual([]);
  });

  it('is held though the generation below it is gone', async () => {
    leave(2, `${identityToken(ownIdentity())} x`);
    expect(await new FileLeases(root).take(NAME)).toBeUndefined();
    leave(2, OF_THE_DEAD);
    expect((await new FileLeases(root).take(NAME))?.takenOver).toBe(true);
    expect(taken().sort()).toEqual(['.2', '.3']);
  });

  it('may be released when its file, or the folder, has gone', async () => {
    const leases = new FileLeases(root);
    const one = await leases.take(NAME);
    rmSync(locks, { recursive: true });
    await one?.release();
    const other = await leases.take(NAME);
    expect(other?.takenOver).toBe(false);
    await other?.release();
    await other?.release();
  });

  it.each<[string, (path: string) => void]>([
    ['a folder', (path) => mkdirSync(path)],
    ['a pipe that nobody writes to', (path) => execFileSync('mkfifo', [path])],
    ['a link to nowhere', (path) => symlinkSync('/nowhere', path)],
  ])('is not held by %s in its place', async (_what, put) => {
    mkdirSync(locks, { recursive: true });
    put(join(locks, `${NAME}.1`));
    expect((await new FileLeases(root).take(NAME))?.takenOver).toBe(true);
  });

  it('cannot be had where none can be kept', async () => {
    const leases = new FileLeases(root);
    writeFileSync(locks, 'a file');
    await expect(leases.take(NAME)).rejects.toThrow('ENOTDIR');
    removeFolder(root);
    await expect(leases.take(NAME)).rejects.toThrow('ENOENT');
    expect(existsSync(root)).toBe(false);
  });
});

describe('A lease of a store', () => {
  let folder: StoreFolder;
  const address = { category: 'users', key: 'a' };

  beforeEach(() => {
    folder = new StoreFolder();
  });

  afterEach(() => folder.remove());

  it('taken over ends the load of whoever had it', async () => {
    const [slow, next] = [folder.open(), folder.open()];
    expect((await slow.store.lease(address))?.takenOver).toBe(false);
    const began = slow.store.now();
    expect(await next.store.lease(address)).toBeUndefined();
    const [held] = readdirSync(join(folder.root, 'locks'));
    writeFileSync(join(folder.root, 'locks', held!), OF_THE_DEAD);

    const lease = await next.store.lease(address);
    expect(lease?.takenOver).toBe(true);
    // He lives after all, and is done first.
    expect(await slow.write('a', 'of the dead', FOREVER, began)).toBe(false);
    const nextBegan = next.store.now();
    expect(await next.write('a', 'of the living', FOREVER, nextBegan)).toBe(true);
    expect(await slow.write('a', 'of the dead', FOREVER, began)).toBe(false);
    await lease?.release();
    expect(await slow.read('a')).toBe('of the living');
  });

  it('makes the folder, and leaves no lock behind', async () => {
    const { store } = folder.open();
    await (await store.lease(address))?.release();
    expect(readdirSync(join(folder.root, 'locks'))).toEqual([]);
  });

  it('cannot be had in a folder that must not be used', async () => {
    writeFileSync(folder.directory, 'a file');
    await expect(folder.open().store.lease(address)).rejects.toThrow();
  });
});
