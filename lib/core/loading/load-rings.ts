import { AsyncLocalStorage } from 'node:async_hooks';
import { CacheLoadRingError } from '../primitives/errors.js';
import type { Category } from '../stack/category.js';
import { LoadNode } from './load-node.js';

/** Each of them has a dozen frames on the stack, and a function of its own in between. */
const MOST_IN_A_ROW = 100;

/**
 * Finds loads that wait for themselves, which would never end. What a factory calls is known by its
 * asynchronous context; each load knows which others it waits for, and before one more is waited
 * for it is looked whether that one waits, through whatever others, for the one that asks.
 *
 * Until Node 24 an enabled `AsyncLocalStorage` makes every promise of the process dearer, so it is
 * enabled only while a factory runs.
 */
export class LoadRings {
  readonly #storage = new AsyncLocalStorage<LoadNode>();
  /** Loads whose synchronous part is running, the innermost last. */
  readonly #stack: LoadNode[] = [];
  #running = 0;

  /** The load by whose factory this is called, if it has not ended. */
  get current(): LoadNode | undefined {
    const node = this.#stack.at(-1) ?? (this.#running === 0 ? undefined : this.#storage.getStore());
    return node?.over === true ? undefined : node;
  }

  /** Whether so many loads were begun one by the other, none of which has waited yet, that the next had better not follow at once. */
  get isDeep(): boolean {
    return this.#stack.length >= MOST_IN_A_ROW;
  }

  /** What the function calls is called by that load, also after it has waited; until `ended`. */
  run<T>(node: LoadNode, work: () => T): T {
    this.#running++;
    return this.runSync(node, () => this.#storage.run(node, work));
  }

  /** As `run`, for a function that does not wait; there is no end to be told of. */
  runSync<T>(node: LoadNode, work: () => T): T {
    this.#stack.push(node);
    try {
      return work();
    } finally {
      this.#stack.pop();
    }
  }

  /** What was begun by `run` is over. */
  ended(): void {
    if (--this.#running === 0) this.#storage.disable();
  }

  /** The ring that would be closed if the one waited for a load under way, or began one of its own. */
  closedBy(
    from: LoadNode,
    { category, key }: Pick<LoadNode, 'category' | 'key'>,
    running: LoadNode | undefined,
  ): CacheLoadRingError | undefined {
    return running === undefined
      ? this.closedByStart(from, category, key)
      : this.#closedByWaiting(from, running);
  }

  /** The ring that a new load of the key, started by that one, would close. */
  closedByStart(from: LoadNode, category: Category, key: string): CacheLoadRingError | undefined {
    const path: LoadNode[] = [];
    for (let node: LoadNode | undefined = from; node !== undefined; node = node.parent) {
      path.unshift(node);
      if (node.isOf(category, key)) return ringOf([...path, node]);
    }
    return undefined;
  }

  #closedByWaiting(from: LoadNode, other: LoadNode): CacheLoadRingError | undefined {
    const path = pathBetween(other, from);
    return path === undefined ? undefined : ringOf([...path, other]);
  }
}

function pathBetween(start: LoadNode, end: LoadNode): LoadNode[] | undefined {
  /** By the load that is waited for: the one that waits. */
  const from = new Map<LoadNode, LoadNode | undefined>([[start, undefined]]);
  for (const [node] of from) {
    if (node === end) return pathTo(end, from);
    // What is added is gone through as well, and so is none twice.
    for (const next of node.waitsFor) if (!from.has(next)) from.set(next, node);
  }
  return undefined;
}

function pathTo(end: LoadNode, from: ReadonlyMap<LoadNode, LoadNode | undefined>): LoadNode[] {
  const path: LoadNode[] = [];
  for (let node: LoadNode | undefined = end; node !== undefined; node = from.get(node)) {
    path.push(node);
  }
  return path.reverse();
}

function ringOf(nodes: readonly LoadNode[]): CacheLoadRingError {
  return new CacheLoadRingError(
    nodes.map(({ category, key }) => ({ category: category.name, key })),
  );
}
