import { closeSync, existsSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ContestedPlace } from '../../../../lib/core/stores/file/contested-place.js';
import { readWhole } from '../../../../lib/core/stores/file/file-access.js';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import { recordParts } from '../../../../lib/core/stores/file/file-record.js';
import { writeWhole } from '../../../../lib/core/stores/file/file-writing.js';
import { InlineIo } from '../../../../lib/core/stores/file/inline-io.js';
import { MakingCost } from '../../../../lib/core/stores/file/making-cost.js';
import { SpareFiles } from '../../../../lib/core/stores/file/spare-files.js';
import { newFolder, removeFolder } from './support.js';
import { until } from '../../../support/turns.js';

const HEADER = {
  journal: '0'.repeat(16),
  position: 1,
  bornAt: 1,
  expiresAt: Infinity,
  category: 'quotes',
  key: 'a',
  tags: [],
};

let folder: string;
let layout: FileLayout;
let spares: SpareFiles;
let now = 0;

beforeEach(() => {
  folder = newFolder();
  layout = new FileLayout(join(folder, 'cache'));
  spares = new SpareFiles();
  jest.spyOn(performance, 'now').mockImplementation(() => (now += 0.001));
});

afterEach(() => {
  jest.restoreAllMocks();
  removeFolder(folder);
});

const nameOf = (key: string): string => layout.nameOf({ category: 'quotes', key });

/** Each with time of its own on this thread, and after the spares have rested. */
function write(key: string, content: Buffer, replaced?: number): Promise<number | 'overtaken'> {
  now += 100;
  return writeWhole(layout, nameOf(key), [content.subarray(0, 10), content.subarray(10)], {
    inline: new InlineIo(),
    spares,
    replaced,
  });
}

const contentOf = async (key: string): Promise<Buffer | undefined> =>
  (await readWhole(layout.pathOf(nameOf(key))))?.bytes;

const temporaries = (): string[] =>
  readdirSync(layout.root, { recursive: true }).filter((path) =>
    String(path).includes('.tmp-'),
  ) as string[];

describe('A file that replaces another', () => {
  it.each([
    ['as long', 5000],
    ['shorter', 20],
    ['longer', 60_000],
    ['too long to be kept', 70_000],
  ])('is written into one that was replaced before, be it %s', async (_what, size) => {
    await write('b', Buffer.from('there is a folder for it'));
    const first = await write('a', Buffer.alloc(5000, 'first'));
    await write('a', Buffer.alloc(5000, 'second'), 5000);
    expect(temporaries()).toHaveLength(1);
    const content = Buffer.alloc(size, 'another');
    const ino = await write('b', content);
    if (size <= 65_536) expect(ino).toBe(first);
    expect(await contentOf('b')).toEqual(content);
    expect(await contentOf('a')).toEqual(Buffer.alloc(5000, 'second'));
    expect(statSync(layout.pathOf(nameOf('b'))).mode & 0o777).toBe(0o600);
    expect(statSync(layout.pathOf(nameOf('b'))).nlink).toBe(1);
  });

  it('is kept itself, also where the one written in its place had to be made larger', async () => {
    await write('b', Buffer.alloc(50, 'there is a folder for it'));
    const first = await write('a', Buffer.alloc(50, 'first'));
    await write('a', Buffer.alloc(50, 'second'), 50);
    expect(await write('b', Buffer.alloc(50, 'third'), 50)).toBe(first);
    await write('a', Buffer.alloc(50, 'fourth'), 50);
    const content = Buffer.alloc(60_000, 'longer than all the blocks of a spare');
    await write('b', content, 50);
    expect(await contentOf('b')).toEqual(content);
    expect(temporaries()).toHaveLength(1);
    expect(await write('a', Buffer.alloc(50, 'fifth'), 50)).toBe(first);
    expect(await contentOf('a')).toEqual(Buffer.alloc(50, 'fifth'));
    expect(await contentOf('b')).toEqual(content);
  });

  it('may be the first of its folder: the spare that did not come there is gone', async () => {
    await write('a', Buffer.from('first'));
    await write('a', Buffer.from('second'), 5);
    expect(temporaries()).toHaveLength(1);
    expect(existsSync(layout.folderOf(nameOf('c')))).toBe(false);
    await write('c', Buffer.from('third'));
    expect(await contentOf('c')).toEqual(Buffer.from('third'));
    expect(temporaries()).toEqual([]);
  });

  it('is written though its folder was not there, and went again while it was written', async () => {
    const content = Buffer.alloc(100_000, 'large enough to be written by another thread');
    const writing = write('a', content);
    // The first attempt has found no folder, and the second has begun, when there is one.
    await until(() => existsSync(layout.folderOf(nameOf('a'))));
    removeFolder(layout.directory);
    await writing;
    expect(await contentOf('a')).toEqual(content);
  });

  it('leaves what it replaced to whoever is reading that', async () => {
    await write('a', Buffer.from('the first content'));
    const reader = openSync(layout.pathOf(nameOf('a')), 'r');
    try {
      await write('a', Buffer.from('the second content'), 17);
      const read = Buffer.alloc(17);
      readSync(reader, read, 0, 17, 0);
      expect(read.toString()).toBe('the first content');
    } finally {
      closeSync(reader);
    }
  });

  it('is whole whatever was known of what it replaces', async () => {
    const contents = ['x', 'yy', 'zzz'].map((text) => Buffer.from(text.repeat(40)));
    for (const [at, content] of contents.entries()) {
      // There is none, or one of another length.
      await write('a', content, at === 0 ? 999 : 1);
      expect(await contentOf('a')).toEqual(content);
    }
    await spares.clear();
    expect(temporaries()).toEqual([]);
  });

  it('is kept too, where there was none yet when a new one began to be made', async () => {
    const path = layout.pathOf(nameOf('a'));
    const place = new ContestedPlace(
      path,
      () => layout.temporaryOf(nameOf('a')),
      () => true,
    );
    expect([await place.look(), place.isFilled]).toEqual([true, false]);
    const content = Buffer.concat(recordParts(HEADER, Buffer.from('of another process')));
    await write('a', content);
    const making = new MakingCost();
    await writeWhole(layout, nameOf('a'), [content], {
      inline: new InlineIo(),
      spares,
      making,
      place,
    });
    expect(await contentOf('a')).toEqual(content);
    await spares.clear();
    expect(temporaries()).toEqual([]);
  });
});
