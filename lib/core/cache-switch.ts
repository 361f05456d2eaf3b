/** Whether a cache works: not if its options say so, and not once it is closed. All of its parts ask the same one. */
export class CacheSwitch {
  #off: boolean;
  #closed = false;

  constructor(enabled: boolean) {
    this.#off = !enabled;
  }

  get off(): boolean {
    return this.#off;
  }

  /**
   * Whether nothing is removed either. While the options switch the cache off, removals still reach the tiers
   * below memory: what is invalidated then must not be served when it is on again.
   */
  get closed(): boolean {
    return this.#closed;
  }

  /** For good. */
  close(): void {
    this.#off = true;
    this.#closed = true;
  }
}
