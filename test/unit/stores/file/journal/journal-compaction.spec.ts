import { appendFileSync, existsSync, linkSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InvalidationJournal } from '../../../../../lib/core/stores/file/journal/invalidation-journal.js';
import type { Stamped } from '../../../../../lib/core/stores/file/journal/invalidation.js';
import { encodeLine } from '../../../../../lib/core/stores/file/journal/journal-line.js';
import { alive, createPlace, entry, nameOf, type Place } from './support.js';

let place: Place;

beforeEach(() => {
  place = createPlace();
});

afterEach(() => place.remove());

const invalidate = (journal: InvalidationJournal, ...tags: string[]): void =>
  journal.append({ type: 'tags', tags });

const remove = (journal: InvalidationJournal, ...keys: string[]): void =>
  journal.append({ type: 'keys', names: keys.map(nameOf) });

describe('Compaction', () => {
  it('keeps the file small, time running, and what is known', () => {
    const journal = place.open({ compactAboveBytes: 2000 });
    const other = place.open({ compactAboveBytes: 2000 });
    const entries: Stamped[] = [];
    let position = -1;
    for (let round = 0; round < 400; round++) {
      const mark = (round % 2 === 0 ? journal : other).mark();
      expect(mark.position).toBeGreaterThan(position);
      ({ position } = mark);
      entries.push(entry(mark, `k${round % 7}`, `t${round % 10}`));
      if (round % 3 === 0) invalidate(journal, `t${round % 10}`);
      else if (round % 3 === 1) remove(other, `k${round % 7}`);
      else other.append({ type: 'category', category: `c${round % 3}` });
      const known = alive(journal, ...entries);
      expect(alive(other, ...entries)).toEqual(known);
      if (round % 20 === 0) expect(alive(place.open(), ...entries)).toEqual(known);
    }
    expect(new Set(alive(journal, ...entries)).size).toBe(2);
    expect(position).toBeGreaterThan(20_000);
    expect(place.content().length).toBeLessThan(4000);
    expect(place.file()).not.toBe(join(place.root, 'journal-00000001'));
  });

  it('waits until the file is twice what had to be kept', () => {
    const journal = place.open({ compactAboveBytes: 100 });
    const long = Array.from({ length: 300 }, (_, at) => `a-long-name-of-a-tag-${at}`);
    journal.mark();
    invalidate(journal, ...long);
    const path = place.file();
    for (let round = 0; round < 50; round++) invalidate(journal, 't');
    expect(place.file()).toBe(path);
  });

  it('is completed by another when its process was killed after the seal', () => {
    const journal = place.open();
    const mark = journal.mark();
    invalidate(journal, 't');
    const entries = [entry(mark, 'a', 't'), entry(mark, 'b', 'u')];
    appendFileSync(place.file(), encodeLine({ type: 'seal' }));
    // A record after it is void: whoever wrote it has not been told that it is in effect.
    appendFileSync(place.file(), encodeLine({ type: 'tags', tags: ['u'] }));
    expect(alive(journal, ...entries)).toEqual([false, true]);
    expect(alive(place.open(), ...entries)).toEqual([false, true]);
    expect(place.file()).toBe(join(place.root, 'journal-00000001'));
    const later = journal.mark();
    expect(place.file()).toBe(join(place.root, 'journal-00000002'));
    expect(later.journal).toBe(mark.journal);
    expect(later.position).toBeGreaterThan(mark.position);
    entries.push(entry(later, 'c', 't'));
    expect(alive(place.open(), ...entries)).toEqual([false, true, true]);
  });

  it('appends again what came after the seal of another', () => {
    const journal = place.open();
    const mark = journal.mark();
    for (let round = 0; round < 3; round++) {
      appendFileSync(place.file(), encodeLine({ type: 'seal' }));
      invalidate(journal, `t${round}`);
      expect(alive(place.open(), entry(mark, 'a', `t${round}`))).toEqual([false]);
    }
    appendFileSync(place.file(), encodeLine({ type: 'seal' }) + encodeLine({ type: 'seal' }));
    expect(alive(place.open(), entry(mark, 'a'))).toEqual([true]);
    expect(journal.mark().journal).toBe(mark.journal);
  });

  it('that left its predecessor and temporary files behind is tidied by the next user', () => {
    const journal = place.open();
    journal.mark();
    const first = place.file();
    const kept = join(place.folder, 'kept');
    linkSync(first, kept);
    appendFileSync(first, encodeLine({ type: 'seal' }));
    journal.mark();
    linkSync(kept, first);
    writeFileSync(join(place.root, 'journal-00000002.0123ab.tmp'), 'x');
    expect(alive(place.open(), entry(journal.mark(), 'a'))).toEqual([true]);
    place.open().mark();
    expect(readdirSync(place.root)).toEqual(['journal-00000002']);
  });

  it('does not go back to a file whose successor was in use and is lost', () => {
    const journal = place.open();
    const mark = journal.mark();
    const first = place.file();
    const kept = join(place.folder, 'kept');
    linkSync(first, kept);
    appendFileSync(first, encodeLine({ type: 'seal' }));
    journal.mark();
    invalidate(journal, 't');
    rmSync(place.file());
    linkSync(kept, first);
    for (const each of [journal, place.open()]) {
      expect(alive(each, entry(mark, 'a', 't'))).toEqual([false]);
    }
    expect(journal.mark().journal).not.toBe(mark.journal);
  });

  it('leaves alone what is not its own', () => {
    const names = ['00', 'journal-1', 'journal-00000001.bak', 'ajournal-00000009', 'journal-x'];
    for (const name of names) writeFileSync(join(place.root, name), '');
    const journal = place.open({ compactAboveBytes: 0 });
    journal.mark();
    for (let round = 0; round < 5; round++) invalidate(journal, 't');
    for (const name of names) expect(existsSync(join(place.root, name))).toBe(true);
    for (const name of names) rmSync(join(place.root, name));
    expect(place.content().length).toBeLessThan(1000);
  });

  it('whose snapshot is not whole is damage', () => {
    const journal = place.open();
    const mark = journal.mark();
    invalidate(journal, 't');
    appendFileSync(place.file(), encodeLine({ type: 'seal' }));
    journal.mark();
    const content = place.content();
    const entries = [entry(mark, 'a', 't'), entry(mark, 'b', 'u')];
    expect(alive(place.open(), ...entries)).toEqual([false, true]);
    for (let length = 0; length < content.length; length++) {
      writeFileSync(place.file(), content.subarray(0, length));
      expect(alive(place.open(), ...entries)).toEqual([false, false]);
    }
  });

  it('has no snapshot lines where none belong', () => {
    const journal = place.open();
    const mark = journal.mark();
    const forged = encodeLine({ type: 'known', what: 'tags', floor: -1, at: [] });
    appendFileSync(place.file(), forged);
    expect(alive(journal, entry(mark, 'a'))).toEqual([false]);
  });
});

describe('What is forgotten', () => {
  it('of tags kills whatever has tags and is older, and nothing else', () => {
    const options = { maxTags: 3, compactAboveBytes: 400 };
    const journal = place.open(options);
    const mark = journal.mark();
    const entries = [entry(mark, 'a'), entry(mark, 'b', 'never'), entry(mark, 'c', 't1')];
    for (const tag of ['t1', 't2', 't3']) invalidate(journal, tag);
    expect(alive(journal, ...entries)).toEqual([true, true, false]);
    const middle = entry(journal.mark(), 'd', 'never');
    invalidate(journal, 't4');
    expect(alive(journal, ...entries, middle)).toEqual([true, false, false, true]);
    expect(alive(place.open(options), ...entries, middle)).toEqual([true, false, false, true]);
    for (let round = 0; round < 20; round++) invalidate(journal, `u${round}`);
    for (const each of [journal, place.open(options), place.open()]) {
      expect(alive(each, ...entries, middle)).toEqual([true, false, false, false]);
    }
    expect(alive(journal, entry(journal.mark(), 'e', 'u1'))).toEqual([true]);
  });

  it('of deleted keys keeps what is there, but lets nothing older be stored', () => {
    const options = { maxKeys: 3, compactAboveBytes: 400 };
    const journal = place.open(options);
    const mark = journal.mark();
    const entries = [entry(mark, 'k1'), entry(mark, 'k9', 't')];
    const storable = (each: InvalidationJournal): boolean[] => {
      each.refresh();
      return entries.map((stamped) => each.isStorable(stamped));
    };
    remove(journal, 'k1', 'k2', 'k3');
    expect(storable(journal)).toEqual([false, true]);
    for (let round = 0; round < 20; round++) remove(journal, `l${round}`);
    for (const each of [journal, place.open(options), place.open()]) {
      expect(alive(each, ...entries)).toEqual([true, true]);
      expect(storable(each)).toEqual([false, false]);
    }
    const later = entry(journal.mark(), 'k1');
    expect(journal.isStorable(later)).toBe(true);
  });

  it.each([400, 1024 * 1024])(
    'of deleted keys forgets none whose file is still there (%d bytes)',
    (compactAboveBytes) => {
      const options = { maxKeys: 12, compactAboveBytes };
      const journal = place.open(options);
      const other = place.open(options);
      const mark = journal.mark();
      const entries = ['stuck', 'gone', 'never'].map((key) => entry(mark, key));
      remove(journal, 'stuck', 'gone');
      expect(journal.keep(nameOf('stuck'), 'quotes')).toBe(true);
      journal.keep(nameOf('gone'), 'quotes');
      journal.letGo(nameOf('gone'));
      for (let round = 0; round < 100; round++) {
        remove(round % 2 === 0 ? journal : other, `l${round}`);
        // Whatever its own process does next tells the others again.
        expect(alive(journal, ...entries.slice(0, 1))).toEqual([false]);
        journal.flush();
        expect(alive(other, ...entries.slice(0, 1))).toEqual([false]);
      }
      for (const each of [journal, other, place.open(options)]) {
        expect(alive(each, ...entries)).toEqual([false, true, true]);
      }
      expect(journal.pending).toBe(0);
      const next = entry(journal.mark(), 'stuck');
      expect(alive(other, next)).toEqual([true]);
    },
  );

  it('of deleted keys whose files are still there keeps no more than a part: their categories end', () => {
    const journal = place.open({ maxKeys: 12 });
    const mark = journal.mark();
    const entries = [entry(mark, 'a'), { ...entry(mark, 'b'), category: 'others' }];
    remove(journal, 'k1', 'k2', 'k3', 'k4');
    const kept = ['k1', 'k2', 'k3', 'k4'].map((key) => journal.keep(nameOf(key), 'quotes'));
    expect(kept).toEqual([true, true, true, false]);
    expect(alive(journal, ...entries)).toEqual([false, true]);
    journal.flush();
    expect(alive(place.open(), ...entries)).toEqual([false, true]);
  });
});
