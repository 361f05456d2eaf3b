import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openFile } from '../../../../lib/core/stores/file/open-file.js';
import { compileInto, newFolder, printedWith32Handles, removeFolder } from './support.js';

let folder: string;

beforeEach(() => {
  folder = newFolder();
});

afterEach(() => removeFolder(folder));

describe('Opening a file', () => {
  it.each([1, 100])('waits for handles that others hold, as %i others do', (count) => {
    const parts = compileInto(folder);
    const path = join(folder, 'file');
    writeFileSync(path, 'content');
    const printed = printedWith32Handles(`
      import fs from 'node:fs';
      import { syncBuiltinESMExports } from 'node:module';
      import { openFile } from '${parts}/open-file.js';
      const held = [];
      for (;;) try { held.push(fs.openSync('${path}', 'r')); } catch { break; }
      const { open } = fs;
      let failed = 0;
      // They give one back when the first attempt has failed.
      fs.open = (path, flags, mode, done) => open(path, flags, mode, (error, fd) => {
        if (error !== null && failed++ === 0) fs.closeSync(held.pop());
        done(error, fd);
      });
      syncBuiltinESMExports();
      let opened = 0;
      await Promise.all(Array.from({ length: ${count} }, async () => {
        const fd = await openFile('${path}', fs.constants.O_RDONLY);
        opened++;
        const content = fs.readFileSync(fd, 'utf8');
        fs.closeSync(fd);
        if (content !== 'content') throw new Error(content);
      }));
      console.log(failed > 0, opened);`);
    expect(printed).toBe(`true ${count}\n`);
  });

  it('what else is wrong comes back at once', async () => {
    await expect(openFile(join(folder, 'absent'), 0)).rejects.toThrow('ENOENT');
  });
});
