import {
  appendFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  PlaceAttempt,
  type AttemptOutcome,
} from '../../../../lib/core/stores/file/place-attempt.js';
import type { SeenFile } from '../../../../lib/core/stores/file/seen-file.js';
import { EntryPlace } from './entry-place.js';

let entry: EntryPlace;
let discarded: string[];

beforeEach(() => {
  entry = new EntryPlace();
  discarded = [];
});

afterEach(() => entry.remove());

const seen = (): SeenFile | undefined => lstatSync(entry.path, { throwIfNoEntry: false });

function attempt(there: SeenFile | 'damaged' | undefined = seen()): PlaceAttempt {
  const { path, asideOf } = entry;
  return new PlaceAttempt(path, there, asideOf, (unused) => {
    discarded.push(unused.slice(path.length));
    rmSync(unused);
  });
}

const damage = (): void => writeFileSync(entry.path, 'damaged');

/** When the file was written last. */
const date = (seconds: number): void => utimesSync(entry.path, seconds, seconds);

type Take = (
  made: PlaceAttempt,
  temporary: string,
  ino: number,
) => Promise<AttemptOutcome> | AttemptOutcome;

describe.each<[string, Take]>([
  ['at once', (made, temporary, ino) => made.takeNow(temporary, ino)],
  ['with waiting', (made, temporary, ino) => made.take(temporary, ino)],
])('An attempt at a place, made %s', (_how, take) => {
  const outcomeOf = async (made: PlaceAttempt): Promise<AttemptOutcome> =>
    take(made, entry.temporary, entry.ino);

  function expectNothingDone(): void {
    const names = [entry.path, entry.temporary].map((path) => basename(path));
    expect(entry.names.sort()).toEqual(names.sort());
    expect(discarded).toEqual([]);
  }

  it('fills it where there is nothing', async () => {
    const { ino } = entry;
    expect(await outcomeOf(attempt())).toEqual({ replaced: undefined });
    expect(lstatSync(entry.path)).toMatchObject({ ino, nlink: 1 });
    expect(entry.names).toEqual([basename(entry.path)]);
  });

  it('replaces what was looked at, which has another name then', async () => {
    entry.put('old');
    const { ino, size } = lstatSync(entry.path);
    const path = `${entry.path}.aside0`;
    expect(await outcomeOf(attempt())).toEqual({ replaced: { path, size } });
    expect(lstatSync(path)).toMatchObject({ ino, nlink: 1 });
    expect([entry.kind, discarded]).toEqual(['load', []]);
  });

  it('keeps nothing of a damaged file', async () => {
    damage();
    expect(await outcomeOf(attempt('damaged'))).toEqual({ replaced: undefined });
    expect([entry.kind, discarded]).toEqual(['load', ['.aside0']]);
    expect(entry.names).toEqual([basename(entry.path)]);
  });

  it('leaves what has come to an empty place', async () => {
    const made = attempt();
    entry.put('newer');
    expect(await outcomeOf(made)).toBe('changed');
    expect(entry.kind).toBe('newer');
    expectNothingDone();
  });

  it.each<[string, () => void]>([
    [
      'is another file',
      () => {
        entry.put('newer');
        date(1);
      },
    ],
    [
      'was written anew',
      () => {
        entry.write('newer');
        date(2);
      },
    ],
    [
      'is longer',
      () => {
        appendFileSync(entry.path, 'more');
        date(1);
      },
    ],
  ])('leaves what %s since it was looked at', async (_what, change) => {
    entry.put('old');
    date(1);
    const made = attempt();
    change();
    const [bytes, { ino }] = [readFileSync(entry.path), lstatSync(entry.path)];
    expect(await outcomeOf(made)).toBe('changed');
    expect(lstatSync(entry.path)).toMatchObject({ ino, nlink: 1 });
    expect(readFileSync(entry.path)).toEqual(bytes);
    expectNothingDone();
  });

  it.each<[string, () => void, 'damaged' | undefined]>([
    ['what was looked at', () => entry.put('old'), undefined],
    ['a damaged file', damage, 'damaged'],
  ])('leaves what replaces %s as that is put aside', async (_what, make, there) => {
    make();
    const made = attempt(there);
    entry.beforeAside = () => entry.put('newer');
    expect(await outcomeOf(made)).toBe('changed');
    expect(entry.kind).toBe('newer');
    expectNothingDone();
  });

  it('leaves the place empty when what was looked at has gone', async () => {
    entry.put('old');
    const made = attempt();
    rmSync(entry.path);
    expect(await outcomeOf(made)).toBe('changed');
    expect(entry.names).toEqual([basename(entry.temporary)]);
  });

  it('leaves what can have no second name', async () => {
    mkdirSync(entry.path);
    expect(await outcomeOf(attempt('damaged'))).toBe('unlinkable');
    expectNothingDone();
  });

  it('withdraws its file when another is replacing the older one too', async () => {
    entry.put('old');
    const made = attempt();
    linkSync(entry.path, `${entry.path}.spare`);
    expect(await outcomeOf(made)).toBe('overtaken');
    expect(entry.names).toEqual([basename(`${entry.path}.spare`)]);
    expect(discarded).toEqual(['.aside1', '.aside0']);
  });

  it("puts another's file back that has come before it could withdraw its own", async () => {
    entry.put('old');
    const made = attempt();
    linkSync(entry.path, `${entry.path}.spare`);
    entry.beforeAside = (count) => {
      if (count === 1) entry.put('newer');
    };
    expect(await outcomeOf(made)).toBe('overtaken');
    expect([entry.kind, lstatSync(entry.path).nlink]).toEqual(['newer', 1]);
  });

  it('fails for want of a folder', async () => {
    const { temporary, ino } = entry;
    const made = attempt();
    entry.removeFolder();
    await expect((async () => take(made, temporary, ino))()).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
