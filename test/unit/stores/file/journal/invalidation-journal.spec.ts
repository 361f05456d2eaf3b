import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { InvalidationJournal } from '../../../../../lib/core/stores/file/journal/invalidation-journal.js';
import type { Invalidation } from '../../../../../lib/core/stores/file/journal/invalidation.js';
import { alive, createPlace, entry, nameOf, since, type Place } from './support.js';

let place: Place;
let journal: InvalidationJournal;
let other: InvalidationJournal;

beforeEach(() => {
  place = createPlace();
  journal = place.open();
  other = place.open();
});

afterEach(() => place.remove());

const tags = (...names: string[]): Invalidation => ({ type: 'tags', tags: names });

describe('The invalidation journal', () => {
  it('touches nothing until a mark is taken', () => {
    expect([journal.refresh(), other.refresh()]).toEqual([false, false]);
    expect(readdirSync(place.root)).toEqual([]);
    journal.mark();
    expect([journal.refresh(), other.refresh()]).toEqual([true, true]);
    expect(statSync(place.file()).mode & 0o777).toBe(0o600);
  });

  it('throws ENOENT for a mark when the folder is not there, and is only absent otherwise', () => {
    rmSync(place.root, { recursive: true });
    expect(() => journal.mark()).toThrow(expect.objectContaining({ code: 'ENOENT' }));
    expect(journal.refresh()).toBe(false);
    mkdirSync(place.root);
    expect(alive(other, entry(journal.mark(), 'a'))).toEqual([true]);
  });

  it('keeps an invalidation for a folder that was away and comes back', () => {
    const mark = journal.mark();
    renameSync(place.root, `${place.root}-away`);
    journal.append({ type: 'tags', tags: ['t'] });
    expect([journal.refresh(), journal.pending]).toEqual([false, 1]);
    renameSync(`${place.root}-away`, place.root);
    expect(alive(journal, entry(mark, 'a', 't'), entry(mark, 'b'))).toEqual([false, true]);
    journal.mark();
    expect(journal.pending).toBe(0);
    expect(alive(other, entry(mark, 'a', 't'), entry(mark, 'b'))).toEqual([false, true]);
  });

  const cases: [string, Invalidation, boolean[]][] = [
    ['everything', { type: 'all' }, [false, false, false]],
    ['the category', { type: 'category', category: 'quotes' }, [false, false, true]],
    ['another category', { type: 'category', category: 'quote' }, [true, true, true]],
    ['a tag', tags('x', 'b'), [true, false, true]],
    ['no tag', tags(), [true, true, true]],
    ['a key', { type: 'keys', names: [nameOf('a'), nameOf('z')] }, [false, true, true]],
  ];
  it.each(cases)('invalidates %s, here and for every other', (_, invalidation, expected) => {
    const mark = journal.mark();
    const entries = [
      entry(mark, 'a'),
      entry(mark, 'b', 'a', 'b'),
      { ...entry(mark, 'c'), category: 'others' },
    ];
    expect(alive(other, ...entries)).toEqual([true, true, true]);
    journal.append(invalidation);
    expect(entries.map((each) => journal.isAlive(each))).toEqual(expected);
    expect(entries.map((each) => journal.isStorable(each))).toEqual(expected);
    expect(alive(other, ...entries)).toEqual(expected);
    expect(alive(place.open(), ...entries)).toEqual(expected);
    const later = entries.map((each) => since(other.mark(), each));
    expect(alive(journal, ...later)).toEqual([true, true, true]);
  });

  it('keeps names apart whatever is in them', () => {
    const names = ['__proto__', 'line\nfeed', 'ü', '\ud800', '"', '', 'constructor', '\u2028'];
    const entries = names.map((name) => entry(journal.mark(), 'a', name));
    for (const [at, name] of names.entries()) {
      journal.append(tags(name));
      const expected = names.map((_, index) => index > at);
      expect(alive(other, ...entries)).toEqual(expected);
      expect(alive(place.open(), ...entries)).toEqual(expected);
    }
  });

  it('reaches what was loaded before and is stored after', () => {
    const loading = entry(other.mark(), 'a', 't');
    journal.append(tags('t'));
    expect(alive(other, loading)).toEqual([false]);
    expect(other.isStorable(loading)).toBe(false);
  });

  it('says nothing for a mark of another journal, or of a time that has not come', () => {
    const mark = journal.mark();
    const wrong = [
      { ...mark, journal: '0123456789abcdef' },
      { ...mark, position: mark.position + 1 },
      { ...mark, position: Number.NaN },
      { ...mark, position: -1 },
    ];
    expect(alive(journal, ...wrong.map((each) => entry(each, 'a')))).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });

  it('splits what names very many keys into lines, in one piece', () => {
    const mark = journal.mark();
    const keys = Array.from({ length: 10_000 }, (_, index) => `key-${index}`);
    journal.append({ type: 'keys', names: keys.map(nameOf) });
    const lines = place.content().toString().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(64 * 1024);
    const entries = ['key-0', 'key-9999', 'key-10000'].map((key) => entry(mark, key));
    expect(alive(place.open(), ...entries)).toEqual([false, false, true]);
  });

  it('reads a line longer than it reads at once, and makes of one without measure a clear', () => {
    const mark = journal.mark();
    const [long, longer] = ['x'.repeat(600_000), 'y'.repeat(2_000_000)];
    journal.append(tags(long));
    const entries = [entry(mark, 'a', long), entry(mark, 'b')];
    expect(alive(other, ...entries)).toEqual([false, true]);
    journal.append(tags(longer));
    expect(alive(other, ...entries)).toEqual([false, false]);
    expect(alive(place.open(), entry(other.mark(), 'a', longer))).toEqual([true]);
  });

  it('goes on after it was closed', () => {
    const mark = journal.mark();
    journal.close();
    expect(journal.isAlive(entry(mark, 'a'))).toBe(false);
    expect(alive(journal, entry(mark, 'a'))).toEqual([true]);
    journal.close();
    journal.append({ type: 'all' });
    expect(alive(other, entry(mark, 'a'))).toEqual([false]);
    expect(journal.mark()).toEqual(other.mark());
  });

  const onLinux = existsSync('/proc/self/fd') ? it : it.skip;
  onLinux('holds two files open at most, and none when closed', () => {
    const before = readdirSync('/proc/self/fd').length;
    const compacting = place.open({ compactAboveBytes: 200 });
    for (let at = 0; at < 50; at++) {
      compacting.mark();
      compacting.append(tags(`t${at}`));
      expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before + 2);
    }
    compacting.close();
    expect(readdirSync('/proc/self/fd').length).toBe(before);
  });
});

describe('What cannot be appended', () => {
  const away = (): void => {
    renameSync(place.root, `${place.root}-away`);
    closeSync(openSync(place.root, 'w'));
  };
  const back = (): void => {
    rmSync(place.root);
    renameSync(`${place.root}-away`, place.root);
  };

  it('is in effect here at once, holds up marks, and is appended before the next', () => {
    const mark = journal.mark();
    const entries = [
      entry(mark, 'a', 't'),
      entry(mark, 'b'),
      { ...entry(mark, 'c'), category: 'others' },
      entry(mark, 'd'),
    ];
    away();
    const failing: Invalidation[] = [
      tags('t'),
      { type: 'keys', names: [nameOf('b')] },
      { type: 'category', category: 'others' },
    ];
    for (const each of failing) expect(() => journal.append(each)).toThrow('ENOTDIR');
    expect(() => journal.mark()).toThrow('ENOTDIR');
    expect(journal.pending).toBe(3);
    back();
    expect(alive(journal, ...entries)).toEqual([false, false, false, true]);
    expect(alive(other, ...entries)).toEqual([true, true, true, true]);
    const next = journal.mark();
    expect(journal.pending).toBe(0);
    expect(alive(other, ...entries)).toEqual([false, false, false, true]);
    expect(alive(other, ...entries.map((each) => since(next, each)))).not.toContain(false);
  });

  it('becomes a clear when it is very much', () => {
    const mark = journal.mark();
    away();
    for (let part = 0; part < 11; part++) {
      const names = Array.from({ length: 10_000 }, (_, index) => nameOf(`${part}-${index}`));
      expect(() => journal.append({ type: 'keys', names })).toThrow('ENOTDIR');
    }
    expect(() => journal.append(tags('t'))).toThrow('ENOTDIR');
    back();
    expect(alive(journal, entry(mark, 'a'))).toEqual([false]);
    journal.flush();
    expect(journal.pending).toBe(0);
    expect(alive(other, entry(mark, 'a'))).toEqual([false]);
  });

  it('is harmless in the next journal when this one is gone', () => {
    const mark = journal.mark();
    away();
    expect(() => journal.append(tags('t'))).toThrow('ENOTDIR');
    back();
    rmSync(place.file());
    journal.flush();
    expect(journal.pending).toBe(0);
    expect(alive(other, entry(mark, 'a'), entry(journal.mark(), 'a', 't'))).toEqual([false, true]);
  });

  it('is whole or nothing when its end has not come', () => {
    const mark = journal.mark();
    journal.append(tags('t'));
    other.mark();
    const whole = place.content();
    const entries = [entry(mark, 'a', 't'), entry(mark, 'b', 'u')];
    const torn = Buffer.concat([whole, whole.subarray(whole.lastIndexOf('\n', -2))]).subarray(
      0,
      -1,
    );
    writeFileSync(place.file(), torn);
    // To one who has it open it may still be on its way; to one who opens it, it may be what is left.
    expect(alive(other, ...entries)).toEqual([false, true]);
    const fresh = place.open();
    expect(alive(fresh, ...entries)).toEqual([false, false]);
    const later = entry(fresh.mark(), 'c', 't');
    expect(alive(fresh, ...entries, later)).toEqual([false, true, true]);
    expect(alive(other, ...entries, later)).toEqual([false, true, true]);
  });
});
