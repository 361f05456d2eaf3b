import { linkSync, lstatSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ContestedPlace } from '../../../../lib/core/stores/file/contested-place.js';
import { InlineIo } from '../../../../lib/core/stores/file/inline-io.js';
import { SpareFiles } from '../../../../lib/core/stores/file/spare-files.js';
import { BORN, EntryPlace, type Kind } from './entry-place.js';
import { thrownBy } from './support.js';

let entry: EntryPlace;

beforeEach(() => {
  entry = new EntryPlace();
});

afterEach(() => entry.remove());

function place(): ContestedPlace {
  const { path, asideOf } = entry;
  return new ContestedPlace(path, asideOf, (header) => (header?.bornAt ?? 0) <= BORN.load);
}

type Take = (contested: ContestedPlace) => Promise<boolean> | boolean;

describe.each<[string, Take]>([
  ['at once', (contested) => contested.takeNow(entry.temporary, entry.ino)],
  ['on a quick disk', (contested) => contested.take(entry.temporary, entry.ino, new InlineIo())],
  ['on a slow disk', (contested) => contested.take(entry.temporary, entry.ino)],
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
    expect([entry.kind, entry.names]).toEqual(['load', [basename(entry.path)]]);
    expect(lstatSync(entry.path).nlink).toBe(1);
  });

  it('is its own where there is something older', async () => {
    entry.put('old');
    const contested = place();
    expect([await contested.look(), contested.isFilled]).toEqual([true, true]);
    expect(await taken(contested)).toBe(true);
    expect([entry.kind, lstatSync(entry.path).nlink]).toEqual(['load', 1]);
  });

  it('is left to what is newer', async () => {
    entry.put('newer');
    expect(await place().look()).toBe(false);
  });

  it.each<[string, Kind | undefined]>([
    ['there was nothing', undefined],
    ['there was something older', 'old'],
  ])('is left to what came after the look, where %s', async (_what, before) => {
    if (before !== undefined) entry.put(before);
    const contested = place();
    await contested.look();
    entry.put('newer');
    expect(await taken(contested)).toBe(false);
    expect(entry.kind).toBe('newer');
  });

  it.each<[string, () => void]>([
    ['the older one has gone', () => rmSync(entry.path)],
    ['another that is older has come', () => entry.put('old')],
    ['somebody has read the older one', () => utimesSync(entry.path, 1, 1)],
  ])('is its own when %s since', async (_what, change) => {
    entry.put('old');
    const contested = place();
    await contested.look();
    change();
    expect(await taken(contested)).toBe(true);
    expect(entry.kind).toBe('load');
  });

  it('is left to others who write it again and again', async () => {
    entry.put('old');
    const contested = place();
    await contested.look();
    let attempts = 0;
    entry.beforeAside = () => {
      attempts++;
      entry.put('old');
    };
    expect(await taken(contested)).toBe(false);
    expect([entry.kind, attempts]).toEqual(['old', 16]);
  });

  it("is nobody's when another is replacing the older one too, and may have done so", async () => {
    entry.put('old');
    const contested = place();
    await contested.look();
    linkSync(entry.path, `${entry.path}.spare`);
    expect(await taken(contested)).toBe(false);
    expect(entry.kind).toBeUndefined();
    expect(await contested.look()).toBe(true);
  });

  it.each<[string, () => void]>([
    ['a damaged file', () => writeFileSync(entry.path, 'damaged')],
    ['a folder', () => mkdirSync(`${entry.path}/folder`, { recursive: true })],
  ])('is its own where there is %s', async (_what, obstruct) => {
    obstruct();
    const contested = place();
    expect([await contested.look(), contested.isFilled]).toEqual([true, true]);
    expect(await taken(contested)).toBe(true);
    expect(entry.kind).toBe('load');
  });
});

describe('For another thread, a place', () => {
  it('is what was seen there', async () => {
    const contested = place();
    await contested.look();
    expect(contested.seen).toEqual({ there: undefined });
    entry.put('old');
    await contested.look();
    const { ino, size, mtimeMs } = lstatSync(entry.path);
    expect(contested.seen?.there).toMatchObject({ ino, size, mtimeMs });
  });

  it('is none where the file is damaged', async () => {
    writeFileSync(entry.path, 'damaged');
    const contested = place();
    await contested.look();
    expect(contested.seen).toBeUndefined();
  });
});

describe('What a load has replaced', () => {
  it('is a spare file', async () => {
    entry.put('old');
    const { ino, size } = lstatSync(entry.path);
    const [contested, spares] = [place(), new SpareFiles()];
    await contested.look();
    contested.takeNow(entry.temporary, entry.ino);
    contested.keepReplaced(spares);
    expect(lstatSync(`${entry.path}.aside0`)).toMatchObject({ ino, size, nlink: 1 });
    await spares.clear();
    expect(entry.names).toEqual([basename(entry.path)]);
  });
});

it('What a load has found goes nowhere when its folder has gone', async () => {
  const contested = place();
  await contested.look();
  const { temporary, ino } = entry;
  entry.removeFolder();
  expect(thrownBy(() => contested.takeNow(temporary, ino))).toMatchObject({
    code: 'ENOENT',
  });
  await expect(contested.take(temporary, ino)).rejects.toMatchObject({
    code: 'ENOENT',
  });
});
