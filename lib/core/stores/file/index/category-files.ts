import type { FileLimits, IndexedEntry } from './indexed-entry.js';
import { OldestFirst } from './oldest-first.js';

/** An entry in its place. Its last use is the only thing about it that changes. */
export interface FileNode extends IndexedEntry {
  usedAt: number;
  /** The last use that the file shows, within the grain of what is written down at once. */
  shownAt: number;
  /** Whether the file does not show the last use yet. */
  unpersisted: boolean;
  readonly files: CategoryFiles;
}

/**
 * The files of one category in the order of their use. Those used by this process stand in a Map, whose
 * order is the order of use. Those found on disk are older than all of them; they come in no order, and
 * stand in a heap: sorting a hundred thousand would hold the event loop for a tenth of a second.
 */
export class CategoryFiles {
  readonly #limits: FileLimits;
  readonly #used = new Map<string, FileNode>();
  readonly #found = new Map<string, FileNode>();
  readonly #oldestFound = new OldestFirst<FileNode>((node) => this.#found.get(node.name) === node);
  /** Each of them more than all the room there is. */
  readonly #oversized = new Set<FileNode>();
  bytes = 0;

  constructor(limits: FileLimits) {
    this.#limits = limits;
  }

  get count(): number {
    return this.#used.size + this.#found.size;
  }

  get isOver(): boolean {
    return this.count > this.#limits.maxEntries || this.bytes > this.#limits.maxBytes;
  }

  addUsed(node: FileNode): void {
    this.#used.set(node.name, node);
    this.#count(node);
  }

  addFound(node: FileNode): void {
    this.#found.set(node.name, node);
    this.#oldestFound.push(node, this.#found.size);
    this.#count(node);
  }

  touch(node: FileNode): void {
    if (!this.#used.delete(node.name)) this.#found.delete(node.name);
    this.#used.set(node.name, node);
  }

  remove(node: FileNode): void {
    if (!this.#used.delete(node.name) && !this.#found.delete(node.name)) return;
    this.bytes -= node.size;
    this.#oversized.delete(node);
  }

  /** While there is too much, what cannot stay whatever else goes; then the least recently used one. */
  get victim(): FileNode | undefined {
    if (!this.isOver) return undefined;
    const [oversized] = this.#oversized;
    if (oversized !== undefined) return oversized;
    return this.#oldestFound.first() ?? this.#used.values().next().value;
  }

  *[Symbol.iterator](): Generator<FileNode> {
    yield* this.#found.values();
    yield* this.#used.values();
  }

  checkInvariants(): void {
    let bytes = 0;
    let oversized = 0;
    for (const node of this) {
      if (this.#oversized.has(node)) oversized++;
      if (node.files !== this) throw new Error(`category files: ${node.name} is of another`);
      bytes += node.size;
    }
    if (bytes !== this.bytes) throw new Error(`category files: ${bytes} bytes, not ${this.bytes}`);
    if (oversized !== this.#oversized.size)
      throw new Error('category files: one that has gone is too large');
    for (const name of this.#used.keys()) {
      if (this.#found.has(name)) throw new Error(`category files: ${name} is in it twice`);
    }
  }

  #count(node: FileNode): void {
    this.bytes += node.size;
    if (node.size > this.#limits.maxBytes) this.#oversized.add(node);
  }
}
