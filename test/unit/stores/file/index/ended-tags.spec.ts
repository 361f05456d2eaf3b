import { describe, expect, it } from '@jest/globals';
import { FileIndex } from '../../../../../lib/core/stores/file/index/file-index.js';
import { entry, ids, nameOf } from './entries.js';

const NO_LIMITS = { maxEntries: Infinity, maxBytes: Infinity };

function filled(count: number): FileIndex {
  const index = new FileIndex(() => NO_LIMITS);
  for (let id = 0; id < count; id++) index.add(entry(id, { tags: id % 2 === 0 ? ['even'] : [] }));
  return index;
}

/** Walks on to the end. */
function endOf<T>(walk: Iterator<void, T>): T {
  for (;;) {
    const { done, value } = walk.next();
    if (done === true) return value;
  }
}

const keysOf = (index: FileIndex): string[] =>
  [...index.fresh('users', 0)].flatMap(({ keys }) => keys).sort();

describe('What a tag has ended', () => {
  it('is not found from the first moment, and comes out when somebody has walked through it', () => {
    const index = filled(6);
    const walk = index.removeTagged(['even']);
    expect([0, 1, 2].map((id) => index.has(nameOf(id)))).toEqual([false, true, false]);
    expect(keysOf(index)).toEqual(['user:1', 'user:3', 'user:5']);
    expect([...index.names('02')]).toEqual([]);
    index.checkInvariants();
    const out = endOf(walk);
    expect([index.count('users'), index.bytes('users')]).toEqual([3, 300]);
    index.checkInvariants(3);
    expect(ids(out).sort()).toEqual([0, 2, 4]);
    index.checkInvariants();
  });

  it('is not what gets the tag while it is walked through', () => {
    const index = filled(6);
    const walk = index.removeTagged(['even', 'even', 'none']);
    walk.next();
    index.add(entry(2, { tags: ['even'] }));
    index.add(entry(8, { tags: ['even'] }));
    // What had the name before comes out as well.
    expect(ids(endOf(walk)).sort()).toEqual([0, 2, 4]);
    expect([index.has(nameOf(2)), index.has(nameOf(8))]).toEqual([true, true]);
    index.checkInvariants();
    expect(ids(endOf(index.removeTagged(['even']))).sort()).toEqual([2, 8]);
    index.checkInvariants();
  });

  it('comes out once where its category is cleared, or another of its tags ends, meanwhile', () => {
    const index = new FileIndex(() => NO_LIMITS);
    for (let id = 10; id < 21; id++) {
      const category = id < 16 ? 'users' : 'orders';
      index.add(entry(id, { category, tags: ['a', 'b'] }));
    }
    const a = index.removeTagged(['a']);
    a.next();
    a.next();
    const b = index.removeTagged(['b']);
    b.next();
    const cleared = index.removeCategory('users');
    expect([...index.categories()]).toEqual(['orders']);
    index.checkInvariants(9);
    const out = [endOf(b), endOf(a), cleared].flatMap((entries) => ids(entries));
    expect(out.sort()).toEqual([10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
    expect([...index.categories()]).toEqual([]);
    index.checkInvariants();
  });
});

describe('The keys of a category', () => {
  it('are each told of once, whatever is written while somebody rests', () => {
    const index = filled(300);
    const keys: string[] = [];
    let at = 0;
    for (const fresh of index.fresh('users', 0)) {
      keys.push(...fresh.keys);
      // One behind, one in front: each leaves its slot, and takes that of the other.
      const [behind, before] = [at, 299 - at];
      index.remove(nameOf(behind));
      index.remove(nameOf(before));
      index.add(entry(before));
      index.add(entry(behind));
      at++;
    }
    expect(keys.sort()).toEqual(Array.from({ length: 300 }, (_, id) => `user:${id}`).sort());
  });
});
