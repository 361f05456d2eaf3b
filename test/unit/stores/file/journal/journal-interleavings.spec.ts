import { appendFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { InvalidationJournal } from '../../../../../lib/core/stores/file/journal/invalidation-journal.js';
import { encodeLine } from '../../../../../lib/core/stores/file/journal/journal-line.js';
import { compileJournal, type CompiledJournal } from './compiled-journal.js';
import { SteppedJournal } from './stepped-journal.js';
import { alive, createPlace, entry, type Place } from './support.js';

let compiled: CompiledJournal;
let threads: SteppedJournal[];
let place: Place;

beforeAll(async () => {
  compiled = compileJournal();
  threads = await Promise.all([0, 1, 2, 3].map(() => SteppedJournal.start(compiled.module)));
});

afterAll(async () => {
  await Promise.all(threads.map((each) => each.stop()));
  compiled.remove();
});

beforeEach(() => {
  place = createPlace();
});

afterEach(() => place.remove());

/** Renews the place as often as there are calls at which the work of one can be interrupted. */
function atEveryCall(work: (calls: number) => boolean): void {
  let calls = 0;
  for (; work(calls); calls++) {
    place.remove();
    place = createPlace();
  }
  expect(calls).toBeGreaterThan(8);
}

describe('A process held up at any call', () => {
  it('while another replaces a sealed journal with it leaves the one that came into use', () => {
    const [held, other] = threads as [SteppedJournal, SteppedJournal];
    atEveryCall((calls) => {
      const journal = place.open();
      const mark = journal.mark();
      const { root } = place;
      held.begin({ root, knows: true, tag: 'held' });
      other.begin({ root, knows: true, tag: 'other', options: { compactAboveBytes: 0 } });
      appendFileSync(place.file(), encodeLine({ type: 'seal' }));
      for (let call = 0; call < calls; call++) held.step();
      const isThrough = held.next === undefined;
      other.finish();
      held.finish();
      for (const { result } of [held, other]) {
        expect(result).toMatchObject({ there: true, mark: { journal: mark.journal } });
      }
      const entries = [entry(mark, 'a', 'held'), entry(mark, 'b', 'other'), entry(mark, 'c')];
      expect(alive(place.open(), ...entries)).toEqual([false, false, true]);
      expect(place.open().mark().journal).toBe(mark.journal);
      return !isThrough;
    });
  });

  it('while another makes and compacts a journal makes no second one', () => {
    const [held, other] = threads as [SteppedJournal, SteppedJournal];
    atEveryCall((calls) => {
      const { root } = place;
      held.begin({ root, tag: 'held' });
      other.begin({ root, tag: 'other', options: { compactAboveBytes: 0 } });
      for (let call = 0; call < calls; call++) held.step();
      const isThrough = held.next === undefined;
      other.finish();
      held.finish();
      const marks = [held.result!.mark, other.result!.mark, place.open().mark()];
      expect(new Set(marks.map(({ journal }) => journal)).size).toBe(1);
      const entries = [entry(marks[0]!, 'a', 'held'), entry(marks[1]!, 'b', 'other')];
      expect(alive(place.open(), ...entries)).toEqual([false, false]);
      return !isThrough;
    });
  });

  it('while it lists the folder finds the journal, whatever was put and removed meanwhile', () => {
    const [held, other] = threads as [SteppedJournal, SteppedJournal];
    atEveryCall((calls) => {
      const { root } = place;
      const { journal } = place.open().mark();
      held.begin({ root });
      other.begin({ root, tag: 'other', options: { compactAboveBytes: 0 } });
      for (let call = 0; call < calls; call++) held.step();
      const isThrough = held.next === undefined;
      other.finish();
      held.finish();
      expect(held.result).toMatchObject({ there: true, mark: { journal } });
      return !isThrough;
    });
  });

  it.each([
    ['one that has read nothing', () => undefined],
    ['one that has read the sealed one', (reader: InvalidationJournal) => reader.refresh()],
  ])('while its successor is used and lost tells nothing to %s in its own', (_, read) => {
    const [held, other] = threads as [SteppedJournal, SteppedJournal];
    const mark = place.open().mark();
    const { root } = place;
    held.begin({ root, knows: true });
    other.begin({ root, knows: true, tag: 'other' });
    appendFileSync(place.file(), encodeLine({ type: 'seal' }));
    const reader = place.open();
    read(reader);
    held.runTo(/openSync .*tmp$/);
    // It has listed what goes when its own comes into use.
    other.runTo(/openSync .*journal-00000001$/);
    held.runTo(/linkSync/);
    other.finish();
    rmSync(join(root, 'journal-00000002'));
    held.step();
    const dead = [entry(mark, 'a', 'other'), entry(other.result!.mark, 'b', 'other')];
    expect(alive(reader, ...dead)).toEqual([false, false]);
    held.finish();
    expect(alive(reader, ...dead)).toEqual([false, false]);
    expect(alive(reader, entry(reader.mark(), 'c'))).toEqual([true]);
  });
});

describe('Processes that begin together', () => {
  it('tell nothing in a file that a late one puts in the place of one that is gone', () => {
    const [late, maker, misled, compacting] = threads as [
      SteppedJournal,
      SteppedJournal,
      SteppedJournal,
      SteppedJournal,
    ];
    atEveryCall((calls) => {
      const { root } = place;
      const first = 'journal-00000001';
      late.begin({ root });
      for (let call = 0; call < calls; call++) late.step();
      const isThrough = late.next === undefined;
      maker.begin({ root });
      maker.finish();
      const { mark } = maker.result!;
      misled.begin({ root, tag: 'misled' });
      // It has seen the first.
      misled.runTo(/lstatSync .*journal-00000001$/);
      compacting.begin({ root, tag: 'x', options: { compactAboveBytes: 0 } });
      compacting.finish();
      expect(readdirSync(root)).not.toContain(first);
      while (late.next !== undefined && !readdirSync(root).includes(first)) late.step();
      misled.finish();
      late.finish();
      for (const { result } of [misled, late]) expect(result!.mark.journal).toBe(mark.journal);
      const entries = [entry(mark, 'a', 'misled'), entry(mark, 'b')];
      expect(alive(place.open(), ...entries)).toEqual([false, true]);
      return !isThrough;
    });
  });

  it('keep what the first maker is late to look after, once its file was succeeded', () => {
    const [maker, compacting] = threads as [SteppedJournal, SteppedJournal];
    atEveryCall((calls) => {
      const { root } = place;
      maker.begin({ root });
      maker.runTo(/linkSync/);
      maker.step();
      const { journal } = place.open().mark();
      compacting.begin({ root, tag: 'x', options: { compactAboveBytes: 0 } });
      for (let call = 0; call < calls; call++) compacting.step();
      const isThrough = compacting.next === undefined;
      maker.finish();
      expect([calls, maker.result!.mark.journal]).toEqual([calls, journal]);
      compacting.finish();
      expect([calls, place.open().mark().journal]).toEqual([calls, journal]);
      return !isThrough;
    });
  });
});
