import { createHash } from 'node:crypto';
import { basename, dirname, resolve } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import {
  FileLayout,
  isEntryName,
  temporaryOwner,
} from '../../../../lib/core/stores/file/file-layout.js';
import { ownIdentity } from '../../../../lib/core/stores/file/process-identity.js';

const layout = new FileLayout('some/where');

describe('A file layout', () => {
  it('has an absolute directory, whatever the process does later', () => {
    expect(layout.directory).toBe(resolve('some/where'));
    expect(layout.root).toBe(resolve('some/where/v1'));
  });

  it('names a file after category and key', () => {
    const name = createHash('sha256').update('["quotes","AAPL"]').digest('hex');
    expect(layout.nameOf({ category: 'quotes', key: 'AAPL' })).toBe(name);
    expect(layout.folderOf(name)).toBe(`${layout.root}/${name.slice(0, 2)}`);
    expect(layout.pathOf(name)).toBe(`${layout.root}/${name.slice(0, 2)}/${name}`);
  });

  it('gives no two addresses one name', () => {
    const keys = ['', 'a', 'A', 'p/q', 'p:q', 'p\\q', '\u0000', '\ud800', '\udc00', '\ufffd'];
    keys.push('../../etc/passwd', 'é', 'e\u0301', 'k'.repeat(100_000), '__proto__', '"', '\\"');
    const addresses = keys.flatMap((key) => [
      { category: 'a', key },
      { category: key, key: 'b' },
      { category: `a${key}`, key: 'a' },
    ]);
    const distinct = new Set(
      addresses.map(({ category, key }) => `${category.length} ${category}${key}`),
    );
    const names = new Set(addresses.map((address) => layout.nameOf(address)));
    expect(names.size).toBe(distinct.size);
    for (const name of names) {
      expect(isEntryName(name)).toBe(true);
      expect(dirname(dirname(layout.pathOf(name)))).toBe(layout.root);
    }
  });

  it.each([
    '',
    'a'.repeat(63),
    'a'.repeat(65),
    'A'.repeat(64),
    'g'.repeat(64),
    `${'a'.repeat(64)}\n`,
  ])('does not take %j for the name of an entry', (name) => {
    expect(isEntryName(name)).toBe(false);
  });
});

describe('A temporary file', () => {
  const name = layout.nameOf({ category: 'a', key: 'b' });

  it('is beside its entry, and says whose it is', () => {
    const path = layout.temporaryOf(name);
    expect(dirname(path)).toBe(layout.folderOf(name));
    expect(isEntryName(basename(path))).toBe(false);
    expect(temporaryOwner(basename(path))).toEqual(ownIdentity());
  });

  it('never has the name of another', () => {
    const paths = Array.from({ length: 1000 }, () => layout.temporaryOf(name));
    expect(new Set(paths).size).toBe(1000);
  });

  it('has not the name of one of another thread of the process', async () => {
    const names = new Set<string>();
    for (let thread = 0; thread < 10; thread++) {
      await jest.isolateModulesAsync(async () => {
        const { FileLayout: Theirs } =
          await import('../../../../lib/core/stores/file/file-layout.js');
        names.add(new Theirs('some/where').temporaryOf(name));
      });
    }
    expect(names.size).toBe(10);
  });

  it.each(['', '.tmp-', '.tmp-1', '.tmp-x-1-1-1', '.tmp-1-2-3', `x.tmp-1-2-3-4`, name])(
    'is not what %j names',
    (other) => {
      expect(temporaryOwner(other)).toBeUndefined();
    },
  );
});
