import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
} from 'node:fs';
import { rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InvalidationJournal } from '../../../../../lib/core/stores/file/journal/invalidation-journal.js';
import { encodeLine } from '../../../../../lib/core/stores/file/journal/journal-line.js';
import type { Stamped } from '../../../../../lib/core/stores/file/journal/invalidation.js';
import { alive, createPlace, entry, type Place } from './support.js';

let place: Place;
let journal: InvalidationJournal;
let dead: Stamped;
let living: Stamped;

/** Two records, and an entry that either of them has killed and one that none has. */
beforeEach(() => {
  place = createPlace();
  journal = place.open();
  const mark = journal.mark();
  dead = entry(mark, 'a', 't');
  living = entry(mark, 'b', 'u');
  journal.append({ type: 'tags', tags: ['s'] });
  journal.append({ type: 'tags', tags: ['t'] });
  expect(alive(journal, dead, living)).toEqual([false, true]);
});

afterEach(() => place.remove());

/** Whoever comes, and those who were there, agree on a journal that works and has none of the old alive. */
function expectNewJournal(): void {
  const fresh = place.open();
  expect(alive(fresh, dead, living)).toEqual([false, false]);
  const mark = fresh.mark();
  expect(mark.journal).not.toBe(dead.journal);
  const entries = [dead, living, entry(mark, 'c', 't')];
  for (const each of [fresh, journal, place.open()]) {
    expect(alive(each, ...entries)).toEqual([false, false, true]);
    expect(each.mark()).toEqual(mark);
  }
  journal.append({ type: 'tags', tags: ['t'] });
  expect(alive(fresh, ...entries)).toEqual([false, false, false]);
  expect(lstatSync(place.file()).isFile()).toBe(true);
}

describe('A damaged journal', () => {
  it('never brings anything back, whichever bit is flipped, and works on', () => {
    const content = place.content();
    const path = place.file();
    for (let at = 0; at < content.length; at++) {
      for (const bit of [1, 4, 32]) {
        for (const name of readdirSync(place.root)) rmSync(join(place.root, name));
        const flipped = Buffer.from(content);
        flipped[at]! ^= bit;
        writeFileSync(path, flipped);
        const fresh = place.open();
        expect(alive(fresh, dead)).toEqual([false]);
        const later = entry(fresh.mark(), 'c', 't');
        expect(alive(fresh, dead, later)).toEqual([false, true]);
        fresh.append({ type: 'tags', tags: ['t'] });
        expect(alive(journal, dead, later)).toEqual([false, false]);
        fresh.close();
      }
    }
  });

  it('that was cut off at any byte is seen by who knew it, and is made anew', () => {
    const content = place.content();
    const path = place.file();
    for (let length = 0; length < content.length; length++) {
      for (const name of readdirSync(place.root)) rmSync(join(place.root, name));
      writeFileSync(path, content);
      const knew = place.open();
      const late = entry(knew.mark(), 'c');
      truncateSync(path, length);
      expect(alive(knew, dead, living, late)).toEqual([false, false, false]);
      const comes = place.open();
      expect(alive(comes, late)).toEqual([false]);
      const mark = knew.mark();
      expect(mark.journal).not.toBe(dead.journal);
      expect(alive(comes, dead, living, entry(mark, 'd'))).toEqual([false, false, true]);
      knew.close();
      comes.close();
    }
  });

  it('that was cut off while it was closed is seen too', () => {
    journal.close();
    truncateSync(place.file(), place.content().length - 30);
    expect(alive(journal, dead, living)).toEqual([false, false]);
    expect(journal.mark().journal).not.toBe(dead.journal);
  });

  it('with a record of a kind not known has everything before it dead', () => {
    const text = '{"type":"novelty"}';
    const [, crc] = /^\n(\w+) /.exec(encodeLine({ type: 'all' }))!;
    const novel = encodeLine({ type: 'novelty' } as unknown as { type: 'all' });
    appendFileSync(place.file(), novel);
    expect(novel).toContain(text);
    expect(novel).not.toContain(crc);
    expect(alive(journal, dead, living)).toEqual([false, false]);
    const mark = journal.mark();
    expect(mark.journal).toBe(dead.journal);
    expect(alive(place.open(), dead, living, entry(mark, 'c'))).toEqual([false, false, true]);
  });

  it.each(['', 'x', '\n\n\n', 'x'.repeat(10_000), encodeLine({ type: 'all' })])(
    'with another beginning (%#) is made anew',
    (content) => {
      writeFileSync(place.file(), content);
      expectNewJournal();
    },
  );

  it('with a line that has no end within reason is made anew', () => {
    appendFileSync(place.file(), Buffer.alloc(6 * 1024 * 1024, 'x'));
    expect(alive(journal, dead, living)).toEqual([false, false]);
    expectNewJournal();
  });

  it('whose header only a newcomer sees is left by those who had it open', () => {
    const content = place.content();
    content[12]! ^= 1;
    writeFileSync(place.file(), content);
    expectNewJournal();
  });

  it('is gone: there is none', () => {
    rmSync(place.file());
    expect(journal.refresh()).toBe(false);
    expectNewJournal();
  });
});

describe('In the place of the journal', () => {
  const obstacles: [string, (path: string) => void][] = [
    ['a folder', (path) => mkdirSync(join(path, 'sub'), { recursive: true })],
    ['a named pipe', (path) => void execFileSync('mkfifo', [path])],
    ['a symbolic link to nothing', (path) => symlinkSync('/nonexistent', path)],
    ['a symbolic link to the journal', (path) => symlinkSync('../moved', path)],
  ];
  it.each(obstacles)('%s is never read or written, and gives way', (_, put) => {
    const path = place.file();
    const moved = join(place.folder, 'moved');
    renameSync(path, moved);
    const before = readFileSync(moved);
    put(path);
    expect([journal.refresh(), place.open().refresh()]).toEqual([false, false]);
    expectNewJournal();
    expect(readFileSync(moved)).toEqual(before);
  });

  it('a folder gives way to an invalidation too', () => {
    rmSync(place.file());
    mkdirSync(join(place.root, 'journal-00000001'));
    journal.append({ type: 'all' });
    expectNewJournal();
  });
});

describe('A file with a number that no journal comes to', () => {
  it.each(['2147483648', '999999999999999'])('(%s) is none', (number) => {
    const stray = join(place.root, `journal-${number}`);
    writeFileSync(stray, 'junk');
    const fresh = place.open();
    expect(alive(fresh, dead, living)).toEqual([false, true]);
    expect(fresh.mark().journal).toBe(living.journal);
    expect(readFileSync(stray, 'utf8')).toBe('junk');
  });

  it('(the last there can be) is one, and names itself as the reason why none can follow', () => {
    const last = join(place.root, 'journal-2147483647');
    writeFileSync(last, 'junk');
    const fresh = place.open();
    expect(() => fresh.mark()).toThrow(`${last}: there is no number after it: remove the file`);
    expect(readdirSync(place.root).sort()).toEqual(['journal-00000001', 'journal-2147483647']);
    rmSync(last);
    expect(alive(fresh, dead, living)).toEqual([false, true]);
  });
});

describe('A folder', () => {
  it('removed and made again by another process has a new journal', () => {
    rmSync(place.root, { recursive: true });
    expect(journal.refresh()).toBe(false);
    mkdirSync(place.root);
    expectNewJournal();
  });

  it('moved away is no longer this one, though its files are still open', () => {
    renameSync(place.root, join(place.folder, 'moved'));
    mkdirSync(place.root);
    place.open().mark();
    expectNewJournal();
  });
});
