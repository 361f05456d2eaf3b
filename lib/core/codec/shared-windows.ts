/** Where a view stands in memory that is kept with it. */
export interface Window {
  readonly memory: ArrayBufferLike;
  readonly offset: number;
}

/** The strictest alignment that a view asks for. */
const ALIGNMENT = 8;

/**
 * The memory to keep for views that look at the same bytes, so that they still do when they are read
 * back. A view that is not in the result keeps its own bytes. What lies beside a view in its buffer is
 * not kept unless the buffer itself is part of the value: beside a small `Buffer` lie, in Node's pool,
 * other people's.
 */
export function sharedWindows(
  views: readonly ArrayBufferView[],
  buffers: ReadonlySet<ArrayBufferLike>,
): Map<ArrayBufferView, Window> {
  const windows = new Map<ArrayBufferView, Window>();
  if (views.length + buffers.size < 2) return windows;
  for (const [memory, group] of byMemory(views)) {
    if (buffers.has(memory)) {
      for (const view of group) windows.set(view, { memory, offset: view.byteOffset });
    } else if (group.length > 1) {
      for (const cluster of overlapping(group)) share(cluster, windows);
    }
  }
  return windows;
}

function byMemory(views: readonly ArrayBufferView[]): Map<ArrayBufferLike, ArrayBufferView[]> {
  const groups = new Map<ArrayBufferLike, ArrayBufferView[]>();
  for (const view of views) {
    const group = groups.get(view.buffer);
    if (group) group.push(view);
    else groups.set(view.buffer, [view]);
  }
  return groups;
}

/** Groups of more than one view, each view sharing bytes with another of its group. */
function overlapping(views: readonly ArrayBufferView[]): ArrayBufferView[][] {
  const clusters: ArrayBufferView[][] = [];
  let end = 0;
  for (const view of views.toSorted((left, right) => left.byteOffset - right.byteOffset)) {
    if (view.byteLength === 0) continue;
    if (clusters.length > 0 && view.byteOffset < end) clusters.at(-1)!.push(view);
    else clusters.push([view]);
    end = Math.max(end, view.byteOffset + view.byteLength);
  }
  return clusters.filter(({ length }) => length > 1);
}

function share(cluster: readonly ArrayBufferView[], windows: Map<ArrayBufferView, Window>): void {
  const { buffer, byteOffset: start } = cluster[0]!;
  const end = Math.max(...cluster.map((view) => view.byteOffset + view.byteLength));
  const shift = start % ALIGNMENT;
  const memory = new ArrayBuffer(shift + end - start);
  new Uint8Array(memory).set(new Uint8Array(buffer, start, end - start), shift);
  for (const view of cluster) {
    windows.set(view, { memory, offset: view.byteOffset - start + shift });
  }
}
