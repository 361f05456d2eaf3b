import { describe, expect, it } from '@jest/globals';
import {
  CategoryFiles,
  type FileNode,
} from '../../../../../lib/core/stores/file/index/category-files.js';
import type {
  FileLimits,
  IndexedEntry,
} from '../../../../../lib/core/stores/file/index/file-index.js';
import { entry, ids } from './entries.js';

function filesOf(limits: Partial<FileLimits>): {
  files: CategoryFiles;
  node: (id: number, change?: Partial<IndexedEntry>) => FileNode;
} {
  const files = new CategoryFiles({ maxEntries: Infinity, maxBytes: Infinity, ...limits });
  return {
    files,
    node: (id, change) => ({ ...entry(id, change), shownAt: 0, unpersisted: false, files }),
  };
}

/** Whom it gives up, in order. */
function victims(files: CategoryFiles): number[] {
  const gone: number[] = [];
  for (let victim = files.victim; victim !== undefined; victim = files.victim) {
    files.remove(victim);
    gone.push(victim.ino);
  }
  files.checkInvariants();
  return gone;
}

describe('The files of a category', () => {
  it('have no victim within the limits', () => {
    const { files, node } = filesOf({ maxEntries: 2, maxBytes: 200 });
    files.addUsed(node(1));
    files.addFound(node(2));
    expect([files.count, files.bytes, files.isOver, files.victim]).toEqual([
      2,
      200,
      false,
      undefined,
    ]);
  });

  it('go in the order of their use: those found first, by their time, whatever order they came in', () => {
    const { files, node } = filesOf({ maxEntries: 0 });
    files.addUsed(node(1, { usedAt: 1 }));
    files.addFound(node(2, { usedAt: 30 }));
    files.addFound(node(3, { usedAt: 10 }));
    files.addUsed(node(4, { usedAt: 2 }));
    files.addFound(node(5, { usedAt: 20 }));
    expect(victims(files)).toEqual([3, 5, 2, 1, 4]);
  });

  it('are moved to the end by a use, found ones as well', () => {
    const { files, node } = filesOf({ maxEntries: 0 });
    const [one, two, three] = [node(1), node(2), node(3)];
    files.addUsed(one);
    files.addUsed(two);
    files.addFound(three);
    expect(files.victim).toBe(three);
    files.touch(three);
    files.touch(one);
    expect(victims(files)).toEqual([2, 3, 1]);
  });

  it('stay in order when more are found, or one goes, after the order was asked for', () => {
    const { files, node } = filesOf({ maxEntries: 1 });
    const nodes = [5, 3, 9, 1].map((id) => node(id));
    for (const each of nodes) files.addFound(each);
    expect(files.victim?.ino).toBe(1);
    files.remove(nodes[3]!);
    files.remove(nodes[3]!);
    expect(files.victim?.ino).toBe(3);
    files.addFound(node(2));
    expect(victims(files)).toEqual([2, 3, 5]);
    expect([...files].map(({ ino }) => ino)).toEqual([9]);
  });

  it('do not take one that was found again under the same name for the one before', () => {
    const { files, node } = filesOf({ maxEntries: 1 });
    const before = node(1, { usedAt: 1 });
    files.addFound(before);
    files.addFound(node(2, { usedAt: 2 }));
    expect(files.victim).toBe(before);
    files.remove(before);
    const after = node(1, { usedAt: 3 });
    files.addFound(after);
    expect(files.victim?.ino).toBe(2);
    expect(files.count).toBe(2);
  });

  it('go until the bytes are within the limit, and no further', () => {
    const { files, node } = filesOf({ maxBytes: 250 });
    for (const id of [1, 2, 3, 4]) files.addUsed(node(id));
    expect([victims(files), files.bytes]).toEqual([[1, 2], 200]);
  });

  it('go first where they are larger than all the room, and alone if that is enough', () => {
    const { files, node } = filesOf({ maxBytes: 250 });
    files.addUsed(node(1));
    files.addFound(node(2, { size: 251 }));
    files.addUsed(node(3, { size: 300 }));
    files.addUsed(node(4));
    expect(victims(files).sort()).toEqual([2, 3]);
    expect(ids(files)).toEqual([1, 4]);
    files.addUsed(node(5, { size: 250 }));
    expect(victims(files)).toEqual([1, 4]);
  });

  it('may be none at all', () => {
    const { files, node } = filesOf({ maxEntries: 0, maxBytes: 0 });
    expect(files.victim).toBeUndefined();
    files.addUsed(node(1, { size: 0 }));
    expect(victims(files)).toEqual([1]);
  });
});
