import { count } from './words.js';
import type { Output } from './terminal.js';

const LONGEST_BAR = 30;
const TEXT_ROOM = 24;
const ERASE_LINE = '\r\u001b[K';

/** How far a long work is: drawn on a terminal, and nowhere else. */
export class ProgressBar {
  readonly #output: Output;
  readonly #total: number;
  readonly #words: (total: number) => string;
  #done = 0;
  #drawn = -1;

  /** @param words the total as it is shown */
  constructor(output: Output, total: number, words: (total: number) => string = count) {
    this.#output = output;
    this.#total = total;
    this.#words = words;
  }

  step(): void {
    this.advance(1);
  }

  advance(by: number): void {
    this.#done += by;
    // What says that it holds nothing, as files of /proc do, may hold something.
    if (this.#output.isTTY !== true || this.#total === 0) return;
    const percent = Math.min(100, Math.floor((100 * this.#done) / this.#total));
    if (percent === this.#drawn) return;
    this.#drawn = percent;
    const room = Math.max(0, Math.min(LONGEST_BAR, (this.#output.columns ?? 80) - TEXT_ROOM));
    const filled = Math.floor((room * percent) / 100);
    const bar = '#'.repeat(filled).padEnd(room, '-');
    this.#output.write(`${ERASE_LINE}[${bar}] ${percent}% of ${this.#words(this.#total)}`);
  }

  clear(): void {
    if (this.#drawn >= 0) this.#output.write(ERASE_LINE);
  }
}
