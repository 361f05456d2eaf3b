import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openFile } from '../../../../lib/core/stores/file/open-file.js';
import { compileInto, newFolder, removeFolder } from './support.js';

let folder: string;

beforeEach(() => {
  folder = newFolder();
});

afterEach(() => removeFolder(folder));

describe('Opening a file', () => {
  it('waits for handles that others hold, and opens when one is free', () => {
    const parts = compileInto(folder);
    const path = join(folder, 'file');
    writeFileSync(path, 'content');
    const program = `
      import fs from 'node:fs';
      import { openFile } from '${parts}/open-file.js';
      const held = [];
      for (;;) try { held.push(fs.openSync('${path}', 'r')); } catch { break; }
      setTimeout(() => fs.closeSync(held.pop()), 50);
      const fd = await openFile('${path}', fs.constants.O_RDONLY);
      console.log(held.length > 0, fs.readFileSync(fd, 'utf8'));`;
    const output = execFileSync(
      'sh',
      [
        '-c',
        'ulimit -n 32; exec "$0" "$@"',
        process.execPath,
        '--input-type=module',
        '-e',
        program,
      ],
      { encoding: 'utf8' },
    );
    expect(output).toBe('true content\n');
  });

  it('what else is wrong comes back at once', async () => {
    await expect(openFile(join(folder, 'absent'), 0)).rejects.toThrow('ENOENT');
  });
});
