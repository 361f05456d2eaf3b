/** Whether a cache works: not if its options say so, and not once it is closed. All of its parts ask the same one. */
export class CacheSwitch {
  #off: boolean;

  constructor(enabled: boolean) {
    this.#off = !enabled;
  }

  get off(): boolean {
    return this.#off;
  }

  /** For good. */
  turnOff(): void {
    this.#off = true;
  }
}
