import type { Category } from '../stack/category.js';

/** A load among others: whose it is, what it was started by, and which it waits for. */
export class LoadNode {
  /** Loads that its factory has called, and whose answers have not come. */
  readonly waitsFor: LoadNode[] = [];
  readonly category: Category;
  readonly key: string;
  #parent: LoadNode | undefined;

  /** @param parent the load whose factory started this one */
  constructor(category: Category, key: string, parent: LoadNode | undefined) {
    this.category = category;
    this.key = key;
    this.#parent = parent;
  }

  #over = false;

  /** True when the load has ended: what its factory may still be doing, nobody waits for. */
  get over(): boolean {
    return this.#over;
  }

  get parent(): LoadNode | undefined {
    return this.#parent?.over === true ? undefined : this.#parent;
  }

  end(): void {
    this.#over = true;
    this.#parent = undefined;
    this.waitsFor.length = 0;
  }

  isOf(category: Category, key: string): boolean {
    return this.category === category && this.key === key;
  }

  startWaiting(other: LoadNode): void {
    this.waitsFor.push(other);
  }

  stopWaiting(other: LoadNode): void {
    const at = this.waitsFor.indexOf(other);
    if (at >= 0) this.waitsFor.splice(at, 1);
  }
}
