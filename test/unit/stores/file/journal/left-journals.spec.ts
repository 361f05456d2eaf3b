import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InvalidationJournal } from '../../../../../lib/core/stores/file/journal/invalidation-journal.js';
import type { Invalidation } from '../../../../../lib/core/stores/file/journal/invalidation.js';
import { alive, createPlace, entry, nameOf, type Place } from './support.js';

let place: Place;
let journal: InvalidationJournal;

beforeEach(() => {
  place = createPlace();
  journal = place.open();
});

afterEach(() => place.remove());

/** The volume is taken away, and an empty folder is there. */
function takeAway(as: string): void {
  renameSync(place.root, `${place.root}-${as}`);
  mkdirSync(place.root);
}

function bringBack(what: string, putAside?: string): void {
  if (putAside === undefined) rmSync(place.root, { recursive: true });
  else renameSync(place.root, `${place.root}-${putAside}`);
  renameSync(`${place.root}-${what}`, place.root);
}

const INVALIDATIONS: Invalidation[] = [
  { type: 'tags', tags: ['t'] },
  { type: 'category', category: 'quotes' },
  { type: 'all' },
  { type: 'keys', names: [nameOf('a')] },
];

describe('A journal that goes away and comes back', () => {
  it.each(INVALIDATIONS)(
    'brings nothing back of what was invalidated in the one between ($type)',
    (invalidation) => {
      const old = entry(journal.mark(), 'a', 't');
      takeAway('first');
      expect(alive(journal, old)).toEqual([false]);
      journal.mark();
      journal.append(invalidation);
      bringBack('first');
      expect(alive(journal, old)).toEqual([false]);
      // In its place there is one that works, for every process.
      const mark = journal.mark();
      expect(mark.journal).not.toBe(old.journal);
      const next = entry(mark, 'b');
      for (const each of [journal, place.open()]) {
        expect(alive(each, old, next)).toEqual([false, true]);
      }
      expect(readdirSync(place.root)).toEqual(['journal-00000002']);
    },
  );

  it('brings nothing back either after a time in which it was closed', () => {
    const old = entry(journal.mark(), 'a', 't');
    takeAway('first');
    journal.append({ type: 'tags', tags: ['t'] });
    journal.close();
    bringBack('first');
    expect(alive(journal, old)).toEqual([false]);
    journal.close();
    expect(alive(journal, old)).toEqual([false]);
  });

  it('brings nothing back when two change places again and again', () => {
    const first = entry(journal.mark(), 'a', 't');
    takeAway('first');
    const second = entry(journal.mark(), 'b', 't');
    journal.append({ type: 'tags', tags: ['x'] });
    bringBack('first', 'second');
    journal.append({ type: 'tags', tags: ['t'] });
    bringBack('second', 'first');
    expect(alive(journal, first, second)).toEqual([false, false]);
    bringBack('first', 'second');
    expect(alive(journal, first, second)).toEqual([false, false]);
  });

  it('holds on where no other was in its place', () => {
    const old = entry(journal.mark(), 'a', 't');
    takeAway('first');
    expect(alive(journal, old)).toEqual([false]);
    bringBack('first');
    expect(alive(journal, old)).toEqual([true]);
    expect(journal.mark().journal).toBe(old.journal);
  });

  it('holds on for who was not there', () => {
    const old = entry(journal.mark(), 'a', 't');
    takeAway('first');
    journal.mark();
    bringBack('first');
    expect(alive(place.open(), old)).toEqual([true]);
  });
});
