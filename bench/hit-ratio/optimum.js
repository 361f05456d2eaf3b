/**
 * Hits of the best that is possible, which knows the future: what is used again latest goes, and the
 * newcomer itself where that is used later still (Belady, 1966).
 */
export function optimalHits(ids, capacity) {
  const next = nextUses(ids);
  /** The request at which a kept key is used next, by key. */
  const due = new Map();
  const heap = new LatestFirst(ids.length);
  let hits = 0;
  for (let at = 0; at < ids.length; at++) {
    const id = ids[at];
    if (due.delete(id)) hits++;
    if (next[at] === ids.length) continue;
    due.set(id, next[at]);
    heap.push(next[at]);
    if (due.size <= capacity) continue;
    // Each kept key stands in the heap under its next use; what was used since is passed over.
    let latest = heap.pop();
    while (due.get(ids[latest]) !== latest) latest = heap.pop();
    due.delete(ids[latest]);
  }
  return hits;
}

/** For each request the next one of the same key; the length if there is none. */
function nextUses(ids) {
  const next = new Uint32Array(ids.length);
  const seen = new Map();
  for (let at = ids.length - 1; at >= 0; at--) {
    next[at] = seen.get(ids[at]) ?? ids.length;
    seen.set(ids[at], at);
  }
  return next;
}

class LatestFirst {
  #items;
  #size = 0;

  constructor(most) {
    this.#items = new Uint32Array(most);
  }

  push(item) {
    const items = this.#items;
    let at = this.#size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (items[parent] >= item) break;
      items[at] = items[parent];
      at = parent;
    }
    items[at] = item;
  }

  pop() {
    const items = this.#items;
    const first = items[0];
    const last = items[--this.#size];
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && items[child + 1] > items[child]) child++;
      if (items[child] <= last) break;
      items[at] = items[child];
      at = child;
    }
    items[at] = last;
    return first;
  }
}
