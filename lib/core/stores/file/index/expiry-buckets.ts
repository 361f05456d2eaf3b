import type { IndexedEntry } from './indexed-entry.js';

const BUCKET_MS = 1000;

/** Heap entries beyond the buckets there are, above which those of emptied buckets are dropped. */
const SLACK = 1000;

/** Entries by the second of their expiry: the cleanup takes what is over without looking at the rest. */
export class ExpiryBuckets<E extends IndexedEntry> {
  readonly #buckets = new Map<number, Set<E>>();
  /** A binary heap of seconds; some of them have no bucket any more. */
  #heap: number[] = [];

  add(entry: E): void {
    const second = secondOf(entry);
    if (second === Infinity) return;
    const bucket = this.#buckets.get(second);
    if (bucket !== undefined) {
      bucket.add(entry);
      return;
    }
    this.#buckets.set(second, new Set([entry]));
    push(this.#heap, second);
    if (this.#heap.length > 2 * this.#buckets.size + SLACK) {
      // Sorted, which a heap may be.
      this.#heap = [...this.#buckets.keys()].sort((a, b) => a - b);
    }
  }

  remove(entry: E): void {
    const second = secondOf(entry);
    const bucket = this.#buckets.get(second);
    if (bucket?.delete(entry) === true && bucket.size === 0) this.#buckets.delete(second);
  }

  /** Up to `max` entries whose time is over, out of the buckets. */
  take(now: number, max: number): E[] {
    const taken: E[] = [];
    for (let second = this.#heap[0]; second !== undefined; second = this.#heap[0]) {
      if (second * BUCKET_MS > now) break;
      const bucket = this.#buckets.get(second);
      if (bucket === undefined) {
        pop(this.#heap);
        continue;
      }
      for (const entry of bucket) {
        if (taken.length === max) return taken;
        if (entry.expiresAt <= now) {
          bucket.delete(entry);
          taken.push(entry);
        }
      }
      if (bucket.size > 0) break; // The rest of this second is still to come.
      this.#buckets.delete(second);
    }
    return taken;
  }

  /** Throws unless all of `required` that can expire are in it, and nothing that is not `possible`. */
  checkInvariants(required: Iterable<E>, possible: Iterable<E> = required): void {
    const missing = new Set([...required].filter((entry) => secondOf(entry) !== Infinity));
    const known = new Set(possible);
    const seconds = new Set(this.#heap);
    for (const [second, bucket] of this.#buckets) {
      if (bucket.size === 0) throw new Error(`expiry buckets: ${second} is empty`);
      if (!seconds.has(second)) throw new Error(`expiry buckets: ${second} is not in the heap`);
      for (const entry of bucket) {
        if (secondOf(entry) !== second || !known.has(entry))
          throw new Error(`expiry buckets: ${entry.name} should not be in ${second}`);
        missing.delete(entry);
      }
    }
    if (missing.size > 0) throw new Error(`expiry buckets: ${missing.size} entries are missing`);
    for (const [at, second] of this.#heap.entries()) {
      if (at > 0 && this.#heap[(at - 1) >> 1]! > second)
        throw new Error('expiry buckets: the heap is out of order');
    }
  }
}

function secondOf({ expiresAt }: IndexedEntry): number {
  return Math.floor(expiresAt / BUCKET_MS);
}

function push(heap: number[], value: number): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! <= value) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = value;
}

function pop(heap: number[]): void {
  const value = heap.pop()!;
  const { length } = heap;
  if (length === 0) return;
  let at = 0;
  for (let child = 1; child < length; child = 2 * at + 1) {
    if (child + 1 < length && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= value) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = value;
}
