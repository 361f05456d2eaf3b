import { describe, expect, it } from '@jest/globals';
import { CategoryFiles } from '../../../../../lib/core/stores/file/index/category-files.js';
import type { FileLimits } from '../../../../../lib/core/stores/file/index/file-index.js';
import { NONE } from '../../../../../lib/core/stores/file/index/slot-pages.js';
import { NumberedSlots } from './slots.js';

const slots = new NumberedSlots();
const take = slots.take.bind(slots);
const idOf = slots.idOf.bind(slots);

function filesOf(limits: Partial<FileLimits>): CategoryFiles {
  const all = { maxEntries: Infinity, maxBytes: Infinity, ...limits };
  return new CategoryFiles(slots.pages, 'users', all);
}

/** Whom it gives up, in order. */
function victims(files: CategoryFiles): number[] {
  const gone: number[] = [];
  for (let { victim } = files; victim !== NONE; { victim } = files) {
    files.remove(victim);
    gone.push(idOf(victim));
  }
  files.checkInvariants();
  return gone;
}

describe('The files of a category', () => {
  it('have no victim within the limits', () => {
    const files = filesOf({ maxEntries: 2, maxBytes: 200 });
    files.addUsed(take(1));
    files.addFound(take(2));
    expect([files.count, files.bytes, files.isOver, files.victim]).toEqual([2, 200, false, NONE]);
  });

  it('go in the order of their use, those found among those used here, whatever order they came in', () => {
    const files = filesOf({ maxEntries: 0 });
    files.addUsed(take(1, { usedAt: 15 }));
    files.addFound(take(2, { usedAt: 30 }));
    files.addFound(take(3, { usedAt: 10 }));
    files.addUsed(take(4, { usedAt: 25 }));
    files.addFound(take(5, { usedAt: 20 }));
    expect(victims(files)).toEqual([3, 1, 5, 4, 2]);
  });

  it('are moved to the end by a use, found ones as well', () => {
    const files = filesOf({ maxEntries: 0 });
    const [one, two, three] = [take(1), take(2), take(3, { usedAt: 0 })];
    files.addUsed(one);
    files.addUsed(two);
    files.addFound(three);
    expect(files.victim).toBe(three);
    files.touch(three);
    files.touch(one);
    files.checkInvariants();
    expect(victims(files)).toEqual([2, 3, 1]);
  });

  it('stay in order when more are found, or one goes, after the order was asked for', () => {
    const files = filesOf({ maxEntries: 1 });
    const [five, three, nine, one] = [5, 3, 9, 1].map((id) => take(id));
    for (const each of [five, three, nine, one]) files.addFound(each!);
    expect(files.victim).toBe(one);
    files.remove(one!);
    expect(files.victim).toBe(three);
    files.addFound(take(2));
    expect(victims(files)).toEqual([2, 3, 5]);
    expect([...files]).toEqual([nine]);
  });

  it('are the latest first where the latest are asked for, without those that were found', () => {
    const files = filesOf({});
    for (const id of [1, 2, 3]) files.addUsed(take(id));
    files.addFound(take(4));
    expect(files.latest(2).map(idOf)).toEqual([3, 2]);
    expect(files.latest(9).map(idOf)).toEqual([3, 2, 1]);
    expect(files.latest(0)).toEqual([]);
  });

  it('go until the bytes are within the limit, and no further', () => {
    const files = filesOf({ maxBytes: 250 });
    for (const id of [1, 2, 3, 4]) files.addUsed(take(id));
    expect([victims(files), files.bytes]).toEqual([[1, 2], 200]);
  });

  it('go first where they are larger than all the room, and alone if that is enough', () => {
    const files = filesOf({ maxBytes: 250 });
    files.addUsed(take(1));
    files.addFound(take(2, { size: 251 }));
    files.addUsed(take(3, { size: 300 }));
    files.addUsed(take(4));
    expect(victims(files).sort()).toEqual([2, 3]);
    expect([...files].map(idOf)).toEqual([1, 4]);
    files.addUsed(take(5, { size: 250 }));
    expect(victims(files)).toEqual([1, 4]);
  });

  it('may be none at all', () => {
    const files = filesOf({ maxEntries: 0, maxBytes: 0 });
    expect([files.victim, files.first]).toEqual([NONE, NONE]);
    files.addUsed(take(1, { size: 0 }));
    expect(victims(files)).toEqual([1]);
  });
});
