import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sizeOf, writeParts, writePartsSync } from '../../../../lib/core/stores/file/byte-parts.js';
import { newFolder, removeFolder } from './support.js';

const PARTS = [Buffer.from('one, '), Buffer.from('other')];

let folder: string;
let path: string;

beforeEach(() => {
  folder = newFolder();
  path = join(folder, 'file');
});

afterEach(() => removeFolder(folder));

describe.each([
  ['writeParts', writeParts],
  ['writePartsSync', async (...args: Parameters<typeof writeParts>) => writePartsSync(...args)],
])('%s', (_name, write) => {
  async function written(parts: Uint8Array[], size = sizeOf(parts), flags = 'w'): Promise<string> {
    const fd = openSync(path, flags);
    try {
      await write(fd, parts, size);
    } finally {
      closeSync(fd);
    }
    return readFileSync(path, 'latin1');
  }

  it('writes one after the other', async () => {
    expect(await written(PARTS)).toBe('one, other');
  });

  it('rejects with what the system says', async () => {
    await written(PARTS);
    await expect(written(PARTS, 10, 'r')).rejects.toMatchObject({ code: 'EBADF' });
  });

  it('rejects, and throws nowhere else, where the count makes no sense', async () => {
    await expect(written([Buffer.alloc(0)], 5)).rejects.toMatchObject({ code: 'CACHE_TIER' });
    await expect(written(PARTS, 11)).rejects.toThrow();
  });
});
