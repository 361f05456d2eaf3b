import { CategoryFiles, type FileNode } from './category-files.js';
import { ExpiryBuckets } from './expiry-buckets.js';
import type { FileLimits, IndexedEntry } from './indexed-entry.js';

export type { FileLimits, IndexedEntry } from './indexed-entry.js';

const SHARDS = 256;
const NO_TAGS: readonly string[] = [];

/**
 * What is on disk, in memory: enough to find what has expired, what is over a limit and what carries a
 * tag without looking at the disk. It knows nothing of files; whoever changes one says so here.
 *
 * A category that is cleared goes in one step. Its entries are taken out of the other structures
 * one at a time by whoever walks through what `removeCategory` gives; until then they are skipped.
 */
export class FileIndex {
  readonly #limitsOf: (category: string) => FileLimits;
  /** By the first two digits of the name, as the files are in folders. */
  readonly #shards = Array.from({ length: SHARDS }, () => new Map<string, FileNode>());
  readonly #categories = new Map<string, CategoryFiles>();
  readonly #expiry = new ExpiryBuckets<FileNode>();
  readonly #tags = new Map<string, Set<FileNode>>();

  constructor(limitsOf: (category: string) => FileLimits) {
    this.#limitsOf = limitsOf;
  }

  get(name: string): IndexedEntry | undefined {
    return this.#find(name);
  }

  /** An entry that this process has written or read: the most recent one of its category. */
  add(entry: IndexedEntry): void {
    this.#put(entry, true).addUsed(this.#find(entry.name)!);
  }

  /** Entries found on disk: older than those of this process, in the order of their last use. */
  addOld(entries: readonly IndexedEntry[]): void {
    for (const entry of entries) {
      if (this.#find(entry.name) !== undefined) continue;
      this.#put(entry, false).addFound(this.#find(entry.name)!);
    }
  }

  /** The last use that the file itself shows, as far as this process knows. */
  shownAt(name: string): number | undefined {
    return this.#find(name)?.shownAt;
  }

  /** A use. False if the entry is not known. */
  touch(name: string, usedAt: number, shownAt: number): boolean {
    const node = this.#find(name);
    if (node === undefined) return false;
    node.usedAt = usedAt;
    node.shownAt = shownAt;
    node.unpersisted = true;
    node.files.touch(node);
    return true;
  }

  remove(name: string): IndexedEntry | undefined {
    const node = this.#find(name);
    if (node !== undefined) this.#remove(node);
    return node;
  }

  /** Empties a category at once. What it held comes out one at a time, less what has been written anew. */
  removeCategory(category: string): Iterable<IndexedEntry> {
    const files = this.#categories.get(category);
    this.#categories.delete(category);
    return files === undefined ? [] : this.#emptied(files);
  }

  removeAll(): Iterable<IndexedEntry> {
    const all = [...this.#categories.values()];
    this.#categories.clear();
    return this.#emptied(...all);
  }

  /** Takes out every entry with one of the tags. */
  removeTagged(tags: readonly string[]): IndexedEntry[] {
    const removed: IndexedEntry[] = [];
    for (const tag of tags) {
      for (const node of this.#tags.get(tag) ?? []) {
        if (!this.#isLive(node)) continue;
        this.#remove(node);
        removed.push(node);
      }
    }
    return removed;
  }

  /** Takes out up to `max` of the least recently used ones of a category that is over its limits. */
  victimsOf(category: string, max: number): IndexedEntry[] {
    const victims: IndexedEntry[] = [];
    const files = this.#categories.get(category);
    while (victims.length < max) {
      const victim = files?.victim;
      if (victim === undefined) break;
      this.#remove(victim);
      victims.push(victim);
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
      const over = this.#expiry.take(now, max - taken.length);
      if (over.length === 0) break;
      for (const node of over) {
        if (!this.#isLive(node)) continue;
        this.#remove(node);
        taken.push(node);
      }
    }
    return taken;
  }

  /** The entries of a category, in no order. */
  entriesOf(category: string): Iterable<IndexedEntry> {
    return this.#categories.get(category) ?? [];
  }

  /** Names that begin with these two digits. */
  *names(prefix: string): Generator<string> {
    for (const [name, node] of this.#shardOf(prefix)) if (this.#isLive(node)) yield name;
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
      .flatMap((files) => [...files].slice(-share))
      .filter((node) => node.unpersisted)
      .slice(0, limit);
  }

  /**
   * Throws if the parts of the index disagree.
   *
   * @param leaving how many of what was cleared have not come out yet
   */
  checkInvariants(leaving = 0): void {
    const live = new Set<FileNode>();
    for (const [category, files] of this.#categories) {
      if (files.count === 0) throw new Error(`file index: ${category} is empty`);
      files.checkInvariants();
      for (const node of files) live.add(node);
    }
    const nodes: FileNode[] = [];
    for (const [at, shard] of this.#shards.entries()) {
      for (const [name, node] of shard) {
        if (name !== node.name || Number.parseInt(name.slice(0, 2), 16) !== at)
          throw new Error(`file index: ${node.name} is in the wrong place`);
        if (this.#isLive(node) !== live.has(node))
          throw new Error(`file index: ${name} is in no category, or in two`);
        nodes.push(node);
      }
    }
    if (nodes.length !== live.size + leaving)
      throw new Error(`file index: ${nodes.length} names, ${live.size} entries and ${leaving}`);
    // Those on their way out may have been found expired already.
    this.#expiry.checkInvariants(live, nodes);
    this.#checkTags(nodes);
  }

  #checkTags(nodes: readonly FileNode[]): void {
    let tagged = 0;
    for (const [tag, holders] of this.#tags) {
      if (holders.size === 0) throw new Error(`file index: nothing has the tag ${tag}`);
      tagged += holders.size;
    }
    for (const node of nodes) {
      for (const tag of node.tags) {
        if (this.#tags.get(tag)?.has(node) !== true)
          throw new Error(`file index: ${node.name} is not under ${tag}`);
        tagged--;
      }
    }
    if (tagged !== 0) throw new Error(`file index: ${tagged} tags of nothing`);
  }

  *#emptied(...all: CategoryFiles[]): Generator<IndexedEntry> {
    for (const files of all) {
      for (const node of files) {
        const current = this.#find(node.name);
        if (current === undefined || current === node) this.#shardOf(node.name).delete(node.name);
        this.#unlink(node);
        if (current === undefined) yield node;
      }
    }
  }

  #find(name: string): FileNode | undefined {
    const node = this.#shardOf(name).get(name);
    return node !== undefined && this.#isLive(node) ? node : undefined;
  }

  /** Whether its category has not been cleared since. */
  #isLive(node: FileNode): boolean {
    return this.#categories.get(node.category) === node.files;
  }

  #put(entry: IndexedEntry, unpersisted: boolean): CategoryFiles {
    const before = this.#shardOf(entry.name).get(entry.name);
    if (before !== undefined) this.#remove(before);
    const { category } = entry;
    let files = this.#categories.get(category);
    if (files === undefined) {
      files = new CategoryFiles(this.#limitsOf(category));
      this.#categories.set(category, files);
    }
    const tags = entry.tags.length === 0 ? NO_TAGS : entry.tags;
    const { name, key, size, expiresAt, usedAt, ino } = entry;
    const node: FileNode = {
      name,
      category,
      key,
      size,
      expiresAt,
      tags,
      usedAt,
      ino,
      shownAt: usedAt,
      unpersisted,
      files,
    };
    this.#shardOf(entry.name).set(entry.name, node);
    this.#expiry.add(node);
    for (const tag of tags) {
      const tagged = this.#tags.get(tag);
      if (tagged === undefined) this.#tags.set(tag, new Set([node]));
      else tagged.add(node);
    }
    return files;
  }

  #remove(node: FileNode): void {
    const shard = this.#shardOf(node.name);
    if (shard.get(node.name) === node) shard.delete(node.name);
    this.#unlink(node);
    const { files, category } = node;
    files.remove(node);
    if (files.count === 0 && this.#categories.get(category) === files) {
      this.#categories.delete(category);
    }
  }

  #unlink(node: FileNode): void {
    this.#expiry.remove(node);
    for (const tag of node.tags) {
      const tagged = this.#tags.get(tag);
      if (tagged?.delete(node) === true && tagged.size === 0) this.#tags.delete(tag);
    }
  }

  #shardOf(name: string): Map<string, FileNode> {
    return this.#shards[Number.parseInt(name.slice(0, 2), 16)]!;
  }
}
