import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import { FolderInspection } from '../../../../lib/core/stores/file/folder-inspection.js';
import { StoreFolder } from './store-folder.js';

let folder: StoreFolder;
let inspection: FolderInspection;
let name: string;
let path: string;
let other: string;

beforeEach(async () => {
  folder = new StoreFolder();
  const store = folder.open();
  await store.write('a', 'a');
  await store.write('b', 'b');
  const layout = new FileLayout(folder.directory);
  name = layout.nameOf({ category: 'users', key: 'a' });
  path = layout.pathOf(name);
  other = layout.pathOf(layout.nameOf({ category: 'users', key: 'b' }));
  inspection = new FolderInspection(folder.directory);
  inspection.look();
});

afterEach(async () => {
  inspection.close();
  await folder.remove();
});

/** Puts a file like it in its place, and writes the one before anew for another key, as caches do. */
function replace(own: Buffer, another: Buffer): void {
  writeFileSync(`${path}.new`, own);
  linkSync(path, `${path}.old`);
  renameSync(`${path}.new`, path);
  writeFileSync(`${path}.old`, another);
  unlinkSync(`${path}.old`);
}

describe('An inspection beside a cache that writes', () => {
  it.each(['header', 'whole'] as const)(
    'finds no fault in the %s of a good file',
    async (depth) => {
      const [own, another] = [readFileSync(path), readFileSync(other)];
      const kinds = new Set<string | undefined>();
      for (let at = 0; at < 200; at++) {
        const looking = inspection.examine(name, depth).then((found) => found?.kind);
        for (let turn = 0; turn < 3; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
          replace(own, another);
        }
        kinds.add(await looking);
      }
      expect([...kinds]).toEqual(['entry']);
    },
  );

  it('finds the fault of a file that stays as it is', async () => {
    writeFileSync(path, readFileSync(other));
    expect(await inspection.examine(name, 'whole')).toMatchObject({ kind: 'misplaced' });
    writeFileSync(path, 'damaged');
    expect(await inspection.examine(name, 'header')).toMatchObject({ kind: 'damaged' });
  });
});
