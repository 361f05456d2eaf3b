import { describe, expect, it } from '@jest/globals';
import {
  FileIndex,
  type IndexedEntry,
} from '../../../../../lib/core/stores/file/index/file-index.js';
import {
  seededRandom,
  type Random,
} from '../../../../../lib/integrations/testing/seeded-random.js';
import { demandSame } from '../../../../support/demand-same.js';
import { nameOf, plain } from './entries.js';
import { IndexModel } from './model.js';

const CATEGORIES = ['users', 'orders', '__proto__', 'constructor', ''];
const TAGS = ['a', 'b', 'c', '__proto__', 'constructor'];
const NAMES = 60;
const FOLDERS = 4;
const LIMITS: Record<string, { maxEntries: number; maxBytes: number }> = {
  users: { maxEntries: 8, maxBytes: Infinity },
  orders: { maxEntries: Infinity, maxBytes: 900 },
};
const limitsOf = (category: string): { maxEntries: number; maxBytes: number } =>
  (Object.hasOwn(LIMITS, category) ? LIMITS[category] : undefined) ?? {
    maxEntries: 12,
    maxBytes: 2000,
  };

const byName = (a: IndexedEntry, b: IndexedEntry): number => (a.name < b.name ? -1 : 1);
const plainRows = (rows: Iterable<IndexedEntry>): IndexedEntry[] => [...rows].map(plain);
const sorted = (rows: Iterable<IndexedEntry>): IndexedEntry[] => plainRows(rows).sort(byName);

interface Leaving {
  entries: Iterator<IndexedEntry>;
  readonly rows: Map<string, IndexedEntry>;
  /** What of it was written anew: it comes out, and has no place in the index. */
  readonly rewritten: Map<string, IndexedEntry>;
}

/** An index and the model of it, to which the same things happen. */
class Both {
  readonly index = new FileIndex(limitsOf);
  readonly model = new IndexModel(limitsOf);
  readonly #random: Random;
  /** What was cleared and is walked through a little at a time. */
  readonly #leaving: Leaving[] = [];
  #now = 1_000_000;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  step(): void {
    const { index, model } = this;
    const name = this.#name();
    switch (this.#random(16)) {
      case 0:
      case 1:
      case 2: {
        const entry = this.#entry(name, this.#tick());
        this.#rewritten(name);
        index.add(entry);
        model.add(entry);
        return;
      }
      case 3:
      case 4: {
        const found = Array.from({ length: this.#random(5) }, () => this.#foundEntry());
        for (const entry of found) this.#rewritten(entry.name);
        index.addOld(found);
        model.addOld(found);
        return;
      }
      case 5:
      case 6:
      case 7: {
        const usedAt = this.#tick();
        expect(index.touch(name, usedAt, usedAt)).toBe(model.touch(name, usedAt));
        return;
      }
      case 8:
        return expectSame(index.remove(name), model.remove(name));
      case 9: {
        const tags = TAGS.filter(() => this.#random(5) === 0);
        return this.#endTagged(tags);
      }
      case 10: {
        const category = this.#category();
        // In the order of their use, the least recent one first, but for those that are too large.
        const { maxBytes } = limitsOf(category);
        const order = (rows: IndexedEntry[]): IndexedEntry[] => [
          ...sorted(rows.filter(({ size }) => size > maxBytes)),
          ...plainRows(rows.filter(({ size }) => size <= maxBytes)),
        ];
        expect(order(index.victimsOf(category, Infinity))).toEqual(
          order(model.victimsOf(category)),
        );
        return;
      }
      case 11:
        return this.#expire();
      case 12: {
        if (this.#random(4) > 0) return;
        const category = this.#category();
        this.#leave(
          index.removeCategory(category),
          model.removeWhere((row) => row.category === category),
        );
        return;
      }
      case 13:
        if (this.#random(20) > 0) return;
        return this.#leave(
          index.removeAll(),
          model.removeWhere(() => true),
        );
      case 14: {
        const below = this.#random(150);
        const isOver = ({ position }: IndexedEntry): boolean => position < below;
        const taken = [...index.takeWhere(isOver)].flatMap((each) => each.taken);
        demandSame(sorted(taken), sorted(model.removeWhere(isOver)));
        return;
      }
      default:
        return this.#walk();
    }
  }

  compare(): void {
    const { index, model } = this;
    const categories = [...new Set(model.rows.map(({ category }) => category))];
    demandSame([...index.categories()].sort(), categories.sort());
    demandSame(
      [...index.overLimit()].sort(),
      categories.filter((one) => model.isOver(one)),
    );
    for (const category of CATEGORIES) {
      demandSame(index.count(category), model.of(category).length);
      demandSame(index.bytes(category), model.bytes(category));
      this.#compareFresh(category);
    }
    const names = model.rows.map(({ name }) => name);
    for (let folder = 0; folder < FOLDERS; folder++) {
      const prefix = nameOf(0, folder).slice(0, 2);
      const inFolder = names.filter((name) => name.startsWith(prefix));
      demandSame([...index.names(prefix)].sort(), inFolder.sort());
    }
    for (const row of model.rows) demandSame(plain(index.get(row.name)!), plain(row));
    this.#comparePersistence(this.#random(40));
    index.checkInvariants(this.#leaving.reduce((sum, { rows }) => sum + rows.size, 0));
  }

  #compareFresh(category: string): void {
    const all = [...this.index.fresh(category, this.#now)];
    const keys = all.flatMap((fresh) => fresh.keys);
    const names = all.flatMap((fresh) => fresh.names);
    const rows = this.model.of(category).filter(({ expiresAt }) => expiresAt > this.#now);
    const known = rows.filter(({ key }) => key !== undefined);
    const unknown = rows.filter(({ key }) => key === undefined);
    demandSame(keys.sort(), known.map(({ key }) => key).sort());
    demandSame(names.sort(), unknown.map(({ name }) => name).sort());
  }

  #comparePersistence(limit: number): void {
    const unpersisted = sorted(this.index.unpersisted(limit));
    const wanted = sorted(this.model.unpersisted(limit));
    // Rounded up, the shares may come to a little more than the limit.
    if (wanted.length <= limit) return expect(unpersisted).toEqual(wanted);
    expect(unpersisted).toHaveLength(limit);
    expect(wanted).toEqual(expect.arrayContaining(unpersisted));
  }

  #expire(): void {
    const { index, model } = this;
    const now = this.#now + this.#random(3000);
    const over = model.rows.filter(({ expiresAt }) => expiresAt <= now);
    const max = this.#random(6);
    const taken = index.takeExpired(now, max);
    expect(taken).toHaveLength(Math.min(max, over.length));
    for (const entry of taken) {
      expect(entry.expiresAt).toBeLessThanOrEqual(now);
      expectSame(entry, model.remove(entry.name));
    }
  }

  /** While they are walked out of the index, other things happen to it, and none of them is found. */
  #endTagged(tags: readonly string[]): void {
    const { index, model } = this;
    const rows = new Map(model.removeTagged(tags).map((row) => [row.name, row]));
    const walk = index.removeTagged(tags);
    const leaving: Leaving = { entries: [].values(), rows, rewritten: new Map() };
    this.#leaving.push(leaving);
    let step = walk.next();
    while (step.done !== true) {
      this.#stepBetween();
      for (const name of [this.#name(), ...[...rows.keys()].slice(-1)]) {
        expectSame(index.get(name), model.get(name));
      }
      step = walk.next();
    }
    leaving.entries = step.value[Symbol.iterator]();
  }

  /** What happens to single entries. */
  #stepBetween(): void {
    const { index, model } = this;
    const name = this.#name();
    switch (this.#random(9)) {
      case 0: {
        const entry = this.#entry(name, this.#tick());
        this.#rewritten(name);
        index.add(entry);
        return model.add(entry);
      }
      case 1: {
        const entry = this.#foundEntry();
        this.#rewritten(entry.name);
        index.addOld([entry]);
        return model.addOld([entry]);
      }
      case 2: {
        const usedAt = this.#tick();
        expect(index.touch(name, usedAt, usedAt)).toBe(model.touch(name, usedAt));
        return;
      }
      case 3:
        return expectSame(index.remove(name), model.remove(name));
      case 4:
        return this.#expire();
      case 5:
        return this.#compareFresh(this.#category());
      default:
    }
  }

  #leave(entries: Iterable<IndexedEntry>, removed: readonly IndexedEntry[]): void {
    const rows = new Map(removed.map((row) => [row.name, row]));
    this.#leaving.push({ entries: entries[Symbol.iterator](), rows, rewritten: new Map() });
  }

  /** A few steps through something that was cleared. */
  #walk(): void {
    const at = this.#random(this.#leaving.length + 1);
    const leaving = this.#leaving[at];
    if (leaving === undefined) return;
    for (let steps = this.#random(8); steps >= 0; steps--) {
      const { value, done } = leaving.entries.next();
      if (done === true) {
        expect([...leaving.rows.keys(), ...leaving.rewritten.keys()]).toEqual([]);
        this.#leaving.splice(at, 1);
        return;
      }
      // Of its tags, those may be missing that were ended meanwhile.
      const from = leaving.rows.has(value.name) ? leaving.rows : leaving.rewritten;
      const row = from.get(value.name);
      expect(row?.tags).toEqual(expect.arrayContaining([...value.tags]));
      expectSame(value, row && { ...row, tags: value.tags });
      from.delete(value.name);
    }
  }

  /** Something new has the name. */
  #rewritten(name: string): void {
    for (const { rows, rewritten } of this.#leaving) {
      const row = rows.get(name);
      if (row !== undefined) rewritten.set(name, row);
      rows.delete(name);
    }
  }

  #entry(name: string, usedAt: number): IndexedEntry {
    const random = this.#random;
    return {
      name,
      category: this.#category(),
      key: random(10) === 0 ? undefined : `key of ${name}`,
      size: random(20) === 0 ? 800 + random(300) : random(300),
      expiresAt: random(3) === 0 ? Infinity : this.#now + random(8000) / 2,
      tags: TAGS.filter(() => random(4) === 0),
      usedAt,
      position: random(1000),
      ino: random(1000),
    };
  }

  /** Used at a time of its own, some of them after uses of this process, as by another process. */
  #foundEntry(): IndexedEntry {
    return this.#entry(this.#name(), this.#now + this.#random(1000) - 900 + this.#tick() / 2 ** 26);
  }

  #tick(): number {
    this.#now += 1 + this.#random(20) / 32;
    return this.#now;
  }

  #category(): string {
    return CATEGORIES[this.#random(CATEGORIES.length)]!;
  }

  #name(): string {
    return nameOf(this.#random(NAMES), this.#random(FOLDERS));
  }
}

function expectSame(actual: IndexedEntry | undefined, wanted: IndexedEntry | undefined): void {
  demandSame(actual && plain(actual), wanted && plain(wanted));
}

describe('An index of files, after whatever has happened to it', () => {
  it.each([1, 2, 3, 4])('is what a list of the same entries is (seed %i)', (seed) => {
    const both = new Both(seed);
    for (let step = 0; step < 2000; step++) {
      both.step();
      if (step % 8 === 0) both.compare();
    }
  });
});
