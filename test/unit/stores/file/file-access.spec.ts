import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  readHeader,
  readWhole,
  readWholeSync,
  removeFile,
  removeFileSync,
} from '../../../../lib/core/stores/file/file-access.js';
import { writeWhole, writeWholeSync } from '../../../../lib/core/stores/file/file-writing.js';
import { InlineIo } from '../../../../lib/core/stores/file/inline-io.js';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import { recordParts, type RecordHeader } from '../../../../lib/core/stores/file/file-record.js';
import { compileInto, newFolder, removeFolder } from './support.js';

const headerOf = (key: string): RecordHeader => ({
  journal: '0123456789abcdef',
  position: 1,
  bornAt: 1.5,
  expiresAt: Infinity,
  category: 'quotes',
  key,
  tags: [],
});
const PARTS = recordParts(headerOf('AAPL'), Buffer.alloc(2048, 'b'));
const BYTES = Buffer.concat(PARTS);

let folder: string;
let layout: FileLayout;
let name: string;
let path: string;

beforeEach(() => {
  folder = newFolder();
  layout = new FileLayout(join(folder, 'cache'));
  name = layout.nameOf({ category: 'quotes', key: 'AAPL' });
  path = layout.pathOf(name);
});

afterEach(() => removeFolder(folder));

const modeOf = (at: string): number => statSync(at).mode & 0o777;

/** The asynchronous functions and the synchronous ones, which must do the same. */
const WAYS = {
  async: { write: writeWhole, read: readWhole, remove: removeFile },
  sync: {
    write: async (...given: Parameters<typeof writeWholeSync>) => writeWholeSync(...given),
    read: async (...given: Parameters<typeof readWholeSync>) => readWholeSync(...given),
    remove: async (at: string) => removeFileSync(at),
  },
};

describe.each(['async', 'sync'] as const)('A file (%s)', (way) => {
  const { write, read, remove } = WAYS[way];

  it('comes back whole, with what the index needs to know of it', async () => {
    const ino = await write(layout, name, PARTS);
    const { mtimeMs } = statSync(path);
    expect(await read(path)).toEqual({ bytes: BYTES, mtimeMs, ino });
    expect(readdirSync(layout.folderOf(name))).toEqual([name]);
  });

  it('may be large, or empty', async () => {
    const large = Buffer.alloc(3_000_000, 'large');
    await write(layout, name, [BYTES, large]);
    expect((await read(path))?.bytes.equals(Buffer.concat([BYTES, large]))).toBe(true);
    await write(layout, name, [Buffer.alloc(0)]);
    expect((await read(path))?.bytes).toHaveLength(0);
  });

  it("is its owner's alone, whatever the umask", async () => {
    for (const umask of [0, 0o022, 0o077]) {
      const before = process.umask(umask);
      try {
        await write(layout, name, PARTS);
      } finally {
        process.umask(before);
      }
      expect([path, layout.folderOf(name), layout.root, layout.directory].map(modeOf)).toEqual([
        0o600, 0o700, 0o700, 0o700,
      ]);
      removeFolder(layout.directory);
    }
  });

  it.each(['directory', 'root', 'folder'] as const)(
    'is written when its %s went since the last one',
    async (gone) => {
      await write(layout, name, PARTS);
      removeFolder(gone === 'folder' ? layout.folderOf(name) : layout[gone]);
      expect(await read(path)).toBeUndefined();
      expect(await remove(path)).toBe(false);
      await write(layout, name, PARTS);
      expect((await read(path))?.bytes).toEqual(BYTES);
    },
  );

  it('is written when there is a file, or a link to nowhere, in place of its folder', async () => {
    await write(layout, name, PARTS);
    for (const put of [
      (at: string) => writeFileSync(at, ''),
      (at: string) => symlinkSync('/nowhere', at),
    ]) {
      removeFolder(layout.folderOf(name));
      put(layout.folderOf(name));
      expect(await read(path)).toBeUndefined();
      expect(await remove(path)).toBe(false);
      await write(layout, name, PARTS);
      expect((await read(path))?.bytes).toEqual(BYTES);
    }
  });

  it('replaces a folder, and a link without following it', async () => {
    mkdirSync(join(path, 'full', 'of'), { recursive: true });
    await write(layout, name, PARTS);
    expect((await read(path))?.bytes).toEqual(BYTES);
    rmSync(path);
    const target = join(folder, 'target');
    writeFileSync(target, 'untouched');
    symlinkSync(target, path);
    await write(layout, name, PARTS);
    expect((await read(path))?.bytes).toEqual(BYTES);
    expect(readFileSync(target, 'utf8')).toBe('untouched');
  });

  it('leaves nothing behind when writing it fails', async () => {
    await write(layout, name, PARTS);
    const bad = [BYTES, 'not bytes' as unknown as Uint8Array];
    await expect(write(layout, name, bad)).rejects.toThrow();
    expect(readdirSync(layout.folderOf(name))).toEqual([name]);
    expect((await read(path))?.bytes).toEqual(BYTES);
  });

  it.each<[string, (at: string) => unknown]>([
    ['folder', (at) => mkdirSync(at)],
    ['pipe', (at) => execFileSync('mkfifo', [at])],
    ['link', (at) => symlinkSync('/etc/hostname', at)],
    ['link to itself', (at) => symlinkSync(at, at)],
    ['device', (at) => execFileSync('mknod', [at, 'c', '1', '3'])],
    ['file of 2 GiB', (at) => (writeFileSync(at, ''), truncateSync(at, 2 ** 31))],
  ])('is damaged if it is a %s, and can be removed', async (_, make) => {
    mkdirSync(dirname(path), { recursive: true });
    make(path);
    await expect(read(path)).rejects.toMatchObject({ code: 'CACHE_DAMAGED' });
    await expect(readHeader(path)).rejects.toMatchObject({ code: 'CACHE_DAMAGED' });
    expect(await remove(path)).toBe(true);
    expect(await remove(path)).toBe(false);
    expect(await read(path)).toBeUndefined();
  });

  it('has its time of use changed if the reader wants that', async () => {
    await write(layout, name, PARTS);
    utimesSync(path, 1000, 1000);
    expect((await read(path, { touch: () => undefined }))?.mtimeMs).toBe(1_000_000);
    expect((await read(path, { touch: (mtimeMs) => mtimeMs + 500 }))?.mtimeMs).toBe(1_000_000);
    expect(statSync(path).mtimeMs).toBe(1_000_500);
  });
});

describe('A file', () => {
  it('is written although its folder goes meanwhile', async () => {
    await writeWhole(layout, name, PARTS);
    const parts = [Buffer.alloc(8_000_000), ...PARTS];
    const isWriting = (): boolean =>
      readdirSync(layout.folderOf(name)).some((each) => each.startsWith('.tmp-'));
    for (let moved = false; !moved;) {
      const progress = { done: false };
      const writing = writeWhole(layout, name, parts).finally(() => {
        progress.done = true;
      });
      // Between the opening and the renaming; a write that was faster is followed by another.
      while (!progress.done && !moved) {
        await new Promise((resolve) => setImmediate(resolve));
        if (progress.done || !isWriting()) continue;
        renameSync(layout.folderOf(name), join(folder, 'moved'));
        moved = true;
      }
      await writing;
    }
    expect(statSync(path).size).toBe(8_000_000 + BYTES.length);
  });

  it('is read by its header alone, however long that is', async () => {
    expect(await readHeader(path)).toBeUndefined();
    for (const key of ['', 'k'.repeat(900), 'k'.repeat(100_000)]) {
      const ino = await writeWhole(layout, name, recordParts(headerOf(key), Buffer.alloc(5000)));
      const { size, mtimeMs } = statSync(path);
      const found = { header: headerOf(key), size, mtimeMs, ino };
      expect(await readHeader(path)).toEqual(found);
      expect(await readHeader(path, new InlineIo())).toEqual(found);
    }
  });

  it('waits for a handle where there are fewer than operations', () => {
    const parts = compileInto(folder);
    const script = join(folder, 'many.mjs');
    writeFileSync(
      script,
      `import { readWhole } from '${parts}/file-access.js'; import { writeWhole } from '${parts}/file-writing.js';
       import { FileLayout } from '${parts}/file-layout.js';
       import { OperationQueue } from '${parts}/operation-queue.js';
       const layout = new FileLayout(process.argv[2]);
       const queue = new OperationQueue(200);
       const keys = Array.from({ length: 3000 }, (_, key) => layout.nameOf({ category: 'c', key: String(key) }));
       const body = (name) => Buffer.from(name.repeat(10));
       await Promise.all(keys.map((name) => queue.run(name, () => writeWhole(layout, name, [body(name)]))));
       const read = await Promise.all(keys.map((name) => queue.run(name, () => readWhole(layout.pathOf(name)))));
       console.log(read.filter((file, at) => file.bytes.equals(body(keys[at]))).length);`,
    );
    const command = 'ulimit -n 64; exec "$0" "$@"';
    const said = execFileSync('sh', ['-c', command, process.execPath, script, layout.directory]);
    expect(said.toString().trim()).toBe('3000');
  });
});
