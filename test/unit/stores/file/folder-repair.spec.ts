import { appendFileSync, existsSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { examineFile, type Fault } from '../../../../lib/core/stores/file/examined-file.js';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import { FolderRepair } from '../../../../lib/core/stores/file/folder-repair.js';
import { newFolder, removeFolder } from './support.js';

let folder: string;
let path: string;
let repair: FolderRepair;

/** What every file of a test was last written at. */
const date = (of = path): void => utimesSync(of, 1000, 1000);

beforeEach(() => {
  folder = newFolder();
  path = join(folder, 'file');
  repair = new FolderRepair(new FileLayout(folder));
  writeFileSync(path, 'damaged');
  date();
});

afterEach(() => removeFolder(folder));

async function found(): Promise<Fault> {
  return { ...(await examineFile(path))!, kind: 'damaged', why: 'it is' };
}

describe('A repair', () => {
  it('removes what was found, and takes what is gone for removed', async () => {
    const fault = await found();
    expect(await repair.remove(fault)).toBe(true);
    expect(existsSync(path)).toBe(false);
    expect(await repair.remove(fault)).toBe(true);
  });

  it.each<[string, () => void]>([
    [
      'another file',
      () => (
        writeFileSync(`${path}.new`, 'healthy'),
        date(`${path}.new`),
        renameSync(`${path}.new`, path)
      ),
    ],
    ['the same one, written since', () => writeFileSync(path, 'healthy')],
    ['the same one, longer by now', () => (appendFileSync(path, ' no more'), date())],
  ])('leaves %s in its place', async (_what, change) => {
    const fault = await found();
    change();
    expect(await repair.remove(fault)).toBe(false);
    expect(existsSync(path)).toBe(true);
  });
});
