import { FOLDERS } from '../file-layout.js';
import { CategoryFiles } from './category-files.js';
import type { FileLimits, FreshEntries, IndexedEntry } from './indexed-entry.js';
import { NameTable } from './name-table.js';
import { SlotHeap } from './slot-heap.js';
import { NONE, SlotPages, within, type SlotOwner } from './slot-pages.js';
import { TagLinks } from './tag-links.js';

export type { FileLimits, IndexedEntry } from './indexed-entry.js';

/** What is on its way out is over no limit. */
const NO_LIMITS: FileLimits = { maxEntries: Infinity, maxBytes: Infinity };

/**
 * What is on disk, in memory: enough to find what has expired, what is over a limit and what carries a
 * tag without looking at the disk. It knows nothing of files; whoever changes one says so here.
 *
 * What is cleared, or ended by a tag, can be found no more after one step, and comes out of the other
 * structures one at a time, as somebody walks through what that step gives; until then it is skipped. Each comes
 * out once, also if something else has its name by then.
 */
export class FileIndex {
  readonly #limitsOf: (category: string) => FileLimits;
  readonly #slots = new SlotPages();
  readonly #names = new NameTable(this.#slots);
  readonly #categories = new Map<string, CategoryFiles>();
  readonly #due = new SlotHeap(this.#slots, 'expiresAt', 'duePlace');
  readonly #tags = new TagLinks(this.#slots);
  /** Ended by a tag, and written anew before they were walked out of their categories. */
  readonly #rewritten: IndexedEntry[] = [];
  #stamp = 0;

  constructor(limitsOf: (category: string) => FileLimits) {
    this.#limitsOf = limitsOf;
  }

  has(name: string): boolean {
    return this.#find(name) !== NONE;
  }

  get(name: string): IndexedEntry | undefined {
    const slot = this.#find(name);
    return slot === NONE ? undefined : this.#entryOf(slot, name);
  }

  /** Whether something with this name is on its way out. */
  isEnding(name: string): boolean {
    const slot = this.#names.find(name);
    return slot !== NONE && !this.#isLive(slot);
  }

  /** Another number each time that an entry is put under the name; 0: there is none. */
  stampOf(name: string): number {
    const slot = this.#find(name);
    return slot === NONE ? 0 : this.#slots.pageOf(slot).stamp[within(slot)]!;
  }

  /** An entry that this process has written or read: the most recent one of its category. */
  add(entry: IndexedEntry): void {
    const slot = this.#put(entry);
    this.#filesOf(entry.category).addUsed(slot);
  }

  /** Entries found on disk, each as old as its last use there, by whichever process. */
  addOld(entries: readonly IndexedEntry[]): void {
    for (const entry of entries) {
      if (this.has(entry.name)) continue;
      const slot = this.#put(entry);
      this.#filesOf(entry.category).addFound(slot);
    }
  }

  /** The last use that the file itself shows, as far as this process knows. */
  shownAt(name: string): number | undefined {
    const slot = this.#find(name);
    return slot === NONE ? undefined : this.#slots.pageOf(slot).shownAt[within(slot)]!;
  }

  /** A use. False if the entry is not known. */
  touch(name: string, usedAt: number, shownAt: number): boolean {
    const slot = this.#find(name);
    if (slot === NONE) return false;
    const page = this.#slots.pageOf(slot);
    const at = within(slot);
    // Before its time changes, by which it may be found.
    page.owners[at]!.touch(slot);
    page.usedAt[at] = usedAt;
    page.shownAt[at] = shownAt;
    return true;
  }

  remove(name: string): IndexedEntry | undefined {
    const slot = this.#find(name);
    return slot === NONE ? undefined : this.#taken(slot);
  }

  /** Empties a category at once. What it held comes out one at a time. */
  removeCategory(category: string): Iterable<IndexedEntry> {
    const files = this.#categories.get(category);
    if (files === undefined) return [];
    this.#forget(files);
    return this.#emptied([files]);
  }

  removeAll(): Iterable<IndexedEntry> {
    const all = [...this.#categories.values()];
    for (const files of all) this.#forget(files);
    return this.#emptied(all);
  }

  /**
   * Ends every entry with one of the tags: none of them is found any more. Their categories count them
   * until somebody has walked through what this gives, a step for each; what they held then comes out
   * as of `removeCategory`, but without tags.
   */
  removeTagged(tags: readonly string[]): Generator<void, Iterable<IndexedEntry>> {
    return this.#leaving(tags.map((tag) => this.#tags.end(tag)).filter((list) => list !== NONE));
  }

  /** Takes out up to `max` of the least recently used ones of a category that is over its limits. */
  victimsOf(category: string, max: number): IndexedEntry[] {
    const victims: IndexedEntry[] = [];
    const files = this.#categories.get(category);
    while (victims.length < max) {
      const victim = files?.victim ?? NONE;
      if (victim === NONE) break;
      victims.push(this.#taken(victim));
    }
    return victims;
  }

  /** Categories that are over their limits. */
  overLimit(): string[] {
    return [...this.#categories].filter(([, files]) => files.isOver).map(([category]) => category);
  }

  /** Takes out up to `max` entries whose time is over; none when there are no more. */
  takeExpired(now: number, max: number): IndexedEntry[] {
    const taken: IndexedEntry[] = [];
    while (taken.length < max) {
      const slot = this.#due.first();
      if (slot === NONE || this.#slots.pageOf(slot).expiresAt[within(slot)]! > now) break;
      if (this.#isLive(slot)) taken.push(this.#taken(slot));
      else this.#due.remove(slot);
    }
    return taken;
  }

  /** Takes out those of which this is true, one folder after the other, and says how many were looked at. */
  *takeWhere(
    isOver: (entry: IndexedEntry) => boolean,
  ): Generator<{ readonly taken: readonly IndexedEntry[]; readonly seen: number }> {
    for (const folder of FOLDERS) {
      const over: number[] = [];
      let seen = 1;
      for (const slot of this.#names.slotsOf(folder)) {
        seen++;
        if (this.#isLive(slot) && isOver(this.#entryOf(slot))) over.push(slot);
      }
      yield { taken: over.map((slot) => this.#taken(slot)), seen };
    }
  }

  /**
   * The keys of a category's entries that have not expired, and the names of those whose keys are not known;
   * one folder after the other. An entry stays in its folder however often it is written: whoever rests
   * between two of them is told of it once.
   */
  *fresh(category: string, now: number): Generator<FreshEntries> {
    for (const folder of FOLDERS) {
      const files = this.#categories.get(category);
      if (files !== undefined) yield this.#freshIn(folder, files, now);
    }
  }

  /** Names that begin with these two digits. */
  *names(prefix: string): Generator<string> {
    for (const slot of this.#names.slotsOf(prefix)) {
      if (this.#isLive(slot)) yield this.#slots.nameOf(slot);
    }
  }

  count(category: string): number {
    return this.#categories.get(category)?.count ?? 0;
  }

  bytes(category: string): number {
    return this.#categories.get(category)?.bytes ?? 0;
  }

  categories(): Iterable<string> {
    return this.#categories.keys();
  }

  /** Up to `limit` entries whose files do not show their last use, the most recent of each category. */
  unpersisted(limit: number): IndexedEntry[] {
    const share = Math.ceil(limit / Math.max(1, this.#categories.size));
    return [...this.#categories.values()]
      .flatMap((files) => files.latest(share))
      .slice(0, limit)
      .map((slot) => this.#entryOf(slot));
  }

  /**
   * Throws if the parts of the index disagree.
   *
   * @param leaving how many of what was cleared have not come out yet
   */
  checkInvariants(leaving = 0): void {
    let live = 0;
    for (const [category, files] of this.#categories) {
      if (files.count === 0) throw new Error(`file index: ${category} is empty`);
      if (!files.isLive) throw new Error(`file index: ${category} was cleared`);
      files.checkInvariants();
      live += files.count;
    }
    const slots = new Set<number>();
    const isOut = (slot: number): boolean => !this.#slots.pageOf(slot).owners[within(slot)]!.isLive;
    for (const prefix of FOLDERS) {
      for (const slot of this.#names.slotsOf(prefix)) {
        const name = this.#slots.nameOf(slot);
        if (slots.has(slot) || !name.startsWith(prefix) || this.#names.find(name) !== slot)
          throw new Error(`file index: ${name} is in the wrong place`);
        slots.add(slot);
        if (isOut(slot)) leaving--;
        else live--;
        const { expiresAt } = this.#entryOf(slot);
        // One on its way out may have been found expired already.
        if (this.#isLive(slot) && this.#due.has(slot) !== (expiresAt !== Infinity))
          throw new Error(`file index: ${name} expires at ${expiresAt}`);
      }
    }
    if (live !== 0 || leaving !== 0)
      throw new Error(`file index: ${live} entries and ${leaving} on their way out have no name`);
    if (slots.size !== this.#slots.count) throw new Error('file index: a slot has no name');
    for (const slot of this.#due) {
      if (!slots.has(slot)) throw new Error(`file index: ${slot} has gone, and expires`);
    }
    this.#due.checkInvariants();
    this.#tags.checkInvariants(slots);
  }

  *#leaving(lists: readonly number[]): Generator<void, Iterable<IndexedEntry>> {
    const leaving = new Map<string, CategoryFiles>();
    for (const list of lists) {
      let slot = this.#tags.nextEnding(list);
      for (; slot !== NONE; slot = this.#tags.nextEnding(list)) {
        this.#tags.remove(slot);
        const files = this.#slots.pageOf(slot).owners[within(slot)]!;
        // Of a category that was cleared, it comes out there.
        if (files.isLive) this.#moveOut(slot, files, leaving);
        yield;
      }
    }
    return this.#emptied([...leaving.values()], this.#rewritten.splice(0));
  }

  #moveOut(slot: number, files: SlotOwner, leaving: Map<string, CategoryFiles>): void {
    const { category } = files;
    let others = leaving.get(category);
    if (others === undefined) {
      others = new CategoryFiles(this.#slots, category, NO_LIMITS);
      others.isLive = false;
      leaving.set(category, others);
    }
    files.remove(slot);
    if (files.count === 0) this.#forget(files);
    others.addUsed(slot);
  }

  #freshIn(folder: string, files: SlotOwner, now: number): FreshEntries {
    const fresh: FreshEntries = { keys: [], names: [], seen: 1 };
    for (const slot of this.#names.slotsOf(folder)) {
      fresh.seen++;
      const page = this.#slots.pageOf(slot);
      const at = within(slot);
      if (page.owners[at] !== files || page.expiresAt[at]! <= now || !this.#isLive(slot)) continue;
      const key = page.keys[at];
      if (key === undefined) fresh.names.push(this.#slots.nameOf(slot));
      else fresh.keys.push(key);
    }
    return fresh;
  }

  *#emptied(
    all: readonly CategoryFiles[],
    rewritten: readonly IndexedEntry[] = [],
  ): Generator<IndexedEntry> {
    for (const files of all) {
      for (let slot = files.first; slot !== NONE; slot = files.first) yield this.#taken(slot);
      yield* files.rewritten;
    }
    yield* rewritten;
  }

  #find(name: string): number {
    const slot = this.#names.find(name);
    return slot !== NONE && this.#isLive(slot) ? slot : NONE;
  }

  /** Whether it is not on its way out. */
  #isLive(slot: number): boolean {
    return this.#slots.pageOf(slot).owners[within(slot)]!.isLive && !this.#tags.isEnding(slot);
  }

  #entryOf(slot: number, name = this.#slots.nameOf(slot)): IndexedEntry {
    const page = this.#slots.pageOf(slot);
    const at = within(slot);
    return {
      name,
      category: page.owners[at]!.category,
      key: page.keys[at],
      size: page.size[at]!,
      expiresAt: page.expiresAt[at]!,
      tags: this.#tags.tagsOf(slot),
      usedAt: page.usedAt[at]!,
      position: page.position[at]!,
      ino: page.ino[at]!,
    };
  }

  /** A slot for an entry that is in no category yet. */
  #put({ name, key, size, expiresAt, usedAt, position, ino, tags }: IndexedEntry): number {
    const before = this.#names.find(name);
    if (before !== NONE) this.#replace(before);
    const slot = this.#slots.take();
    const page = this.#slots.pageOf(slot);
    const at = within(slot);
    page.keys[at] = key;
    page.size[at] = size;
    page.expiresAt[at] = expiresAt;
    page.usedAt[at] = usedAt;
    page.shownAt[at] = usedAt;
    page.position[at] = position;
    page.ino[at] = ino;
    this.#stamp = (this.#stamp + 1) >>> 0 || 1;
    page.stamp[at] = this.#stamp;
    this.#names.add(slot, name);
    if (expiresAt !== Infinity) this.#due.push(slot);
    if (tags.length > 0) this.#tags.add(slot, tags);
    return slot;
  }

  #filesOf(category: string): CategoryFiles {
    let files = this.#categories.get(category);
    if (files === undefined) {
      files = new CategoryFiles(this.#slots, category, this.#limitsOf(category));
      this.#categories.set(category, files);
    }
    return files;
  }

  #taken(slot: number): IndexedEntry {
    const entry = this.#entryOf(slot);
    this.#remove(slot);
    return entry;
  }

  #replace(slot: number): void {
    if (this.#isLive(slot)) return this.#remove(slot);
    const files = this.#slots.pageOf(slot).owners[within(slot)]!;
    const { rewritten } = files.isLive ? { rewritten: this.#rewritten } : files;
    rewritten.push(this.#taken(slot));
  }

  #remove(slot: number): void {
    const files = this.#slots.pageOf(slot).owners[within(slot)]!;
    this.#names.remove(slot);
    if (this.#due.has(slot)) this.#due.remove(slot);
    this.#tags.remove(slot);
    files.remove(slot);
    if (files.count === 0) this.#forget(files);
    this.#slots.free(slot);
  }

  #forget(files: SlotOwner): void {
    if (files.isLive) this.#categories.delete(files.category);
    files.isLive = false;
  }
}
