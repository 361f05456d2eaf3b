import {
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ContestedPlace } from '../../../../lib/core/stores/file/contested-place.js';
import { readHeaderSync } from '../../../../lib/core/stores/file/file-access.js';
import { FileLayout } from '../../../../lib/core/stores/file/file-layout.js';
import { recordParts } from '../../../../lib/core/stores/file/file-record.js';
import { InlineIo } from '../../../../lib/core/stores/file/inline-io.js';
import { SpareFiles } from '../../../../lib/core/stores/file/spare-files.js';
import { newFolder, removeFolder, thrownBy } from './support.js';

const BORN = { old: 1, load: 2, newer: 3 };
type Kind = keyof typeof BORN;

let folder: string;
let layout: FileLayout;
let path: string;
let temporary: string;
/** Called between the look at what is there and the second name for it. */
let beforeAside: () => void;
let asides: number;

beforeEach(() => {
  folder = newFolder();
  layout = new FileLayout(folder);
  const name = layout.nameOf({ category: 'users', key: 'a' });
  path = layout.pathOf(name);
  mkdirSync(dirname(path), { recursive: true });
  temporary = write('load', layout.temporaryOf(name));
  beforeAside = () => {};
  asides = 0;
});

afterEach(() => removeFolder(folder));

function write(kind: Kind, to: string): string {
  const texts = { category: 'users', key: 'a', tags: [], expiresAt: Infinity };
  const header = { journal: '0'.repeat(16), position: 1, bornAt: BORN[kind], ...texts };
  writeFileSync(to, Buffer.concat(recordParts(header, Buffer.from('body'))));
  return to;
}

/** As another process does. */
function put(kind: Kind): void {
  renameSync(write(kind, `${path}.other`), path);
}

function there(): Kind | undefined {
  const bornAt = readHeaderSync(path)?.header.bornAt;
  return (Object.keys(BORN) as Kind[]).find((kind) => BORN[kind] === bornAt);
}

const names = (): string[] => readdirSync(dirname(path));

function place(): ContestedPlace {
  const asideOf = (): string => {
    beforeAside();
    return `${path}.aside${asides++}`;
  };
  return new ContestedPlace(path, asideOf, (header) => (header?.bornAt ?? 0) <= BORN.load);
}

const inoOf = (file: string): number => lstatSync(file).ino;

type Take = (contested: ContestedPlace) => Promise<boolean> | boolean;

describe.each<[string, Take]>([
  ['at once', (contested) => contested.takeNow(temporary, inoOf(temporary))],
  ['on a quick disk', (contested) => contested.take(temporary, inoOf(temporary), new InlineIo())],
  ['on a slow disk', (contested) => contested.take(temporary, inoOf(temporary))],
])('The place of what a load has found, taken %s', (_how, take) => {
  async function taken(contested: ContestedPlace): Promise<boolean> {
    const isTaken = await take(contested);
    contested.keepReplaced(undefined);
    return isTaken;
  }

  it('is its own where there was nothing', async () => {
    const contested = place();
    expect([await contested.look(), contested.isFilled]).toEqual([true, false]);
    expect(await taken(contested)).toBe(true);
    expect([there(), names()]).toEqual(['load', [path.slice(-64)]]);
    expect(lstatSync(path).nlink).toBe(1);
  });

  it('is its own where there is something older', async () => {
    put('old');
    const contested = place();
    expect([await contested.look(), contested.isFilled]).toEqual([true, true]);
    expect(await taken(contested)).toBe(true);
    expect([there(), lstatSync(path).nlink]).toEqual(['load', 1]);
  });

  it('is left to what is newer', async () => {
    put('newer');
    expect(await place().look()).toBe(false);
  });

  it.each<[string, Kind | undefined]>([
    ['there was nothing', undefined],
    ['there was something older', 'old'],
  ])('is left to what came after the look, where %s', async (_what, before) => {
    if (before !== undefined) put(before);
    const contested = place();
    await contested.look();
    put('newer');
    expect(await taken(contested)).toBe(false);
    expect(there()).toBe('newer');
  });

  it('is left to what came as the older one was put aside', async () => {
    put('old');
    const contested = place();
    await contested.look();
    beforeAside = () => put('newer');
    expect(await taken(contested)).toBe(false);
    expect(there()).toBe('newer');
  });

  it('is left to a newer one in the same inode', async () => {
    put('old');
    const contested = place();
    await contested.look();
    const { ino } = lstatSync(path);
    write('newer', path);
    utimesSync(path, 1, 1);
    expect(lstatSync(path).ino).toBe(ino);
    expect(await taken(contested)).toBe(false);
    expect(there()).toBe('newer');
  });

  it.each<[string, () => void]>([
    ['the older one has gone', () => rmSync(path)],
    ['another that is older has come', () => put('old')],
    ['somebody has read the older one', () => utimesSync(path, 1, 1)],
  ])('is its own when %s since', async (_what, change) => {
    put('old');
    const contested = place();
    await contested.look();
    change();
    expect(await taken(contested)).toBe(true);
    expect(there()).toBe('load');
  });

  it("is nobody's when another is replacing the older one too, and may have done so", async () => {
    put('old');
    const contested = place();
    await contested.look();
    linkSync(path, `${path}.spare`);
    expect(await taken(contested)).toBe(false);
    expect(there()).toBeUndefined();
    expect(await contested.look()).toBe(true);
  });

  it.each<[string, () => void]>([
    ['a damaged file', () => writeFileSync(path, 'damaged')],
    ['a folder', () => mkdirSync(`${path}/folder`, { recursive: true })],
  ])('is its own where there is %s', async (_what, obstruct) => {
    obstruct();
    const contested = place();
    expect([await contested.look(), contested.isFilled]).toEqual([true, true]);
    expect(await taken(contested)).toBe(true);
    expect(there()).toBe('load');
  });

  it('is left to what has replaced a damaged file', async () => {
    writeFileSync(path, 'damaged');
    const contested = place();
    await contested.look();
    beforeAside = () => put('newer');
    expect(await taken(contested)).toBe(false);
    expect(there()).toBe('newer');
  });
});

describe('What a load has replaced', () => {
  it('is a spare file', async () => {
    put('old');
    const { ino, size } = lstatSync(path);
    const [contested, spares] = [place(), new SpareFiles()];
    await contested.look();
    contested.takeNow(temporary, inoOf(temporary));
    contested.keepReplaced(spares);
    expect(lstatSync(`${path}.aside0`)).toMatchObject({ ino, size, nlink: 1 });
    await spares.clear();
    expect(names()).toEqual([path.slice(-64)]);
  });
});

it('What a load has found goes nowhere when its folder has gone', async () => {
  const contested = place();
  await contested.look();
  const ino = inoOf(temporary);
  removeFolder(dirname(path));
  expect(thrownBy(() => contested.takeNow(temporary, ino))).toMatchObject({
    code: 'ENOENT',
  });
  await expect(contested.take(temporary, ino)).rejects.toMatchObject({
    code: 'ENOENT',
  });
});
