import type { Teller } from './teller.js';

const GREEN = '\u001B[32m';
const RED = '\u001B[31m';
const BOLD = '\u001B[1m';
const PLAIN = '\u001B[0m';

/** Tells the story, and remembers which of its claims did not hold. */
export class Narrator implements Teller {
  readonly failed: string[] = [];
  #claims = 0;
  readonly #write: (line: string) => void;
  readonly #inColour: boolean;

  constructor(write: (line: string) => void, inColour: boolean) {
    this.#write = write;
    this.#inColour = inColour;
  }

  get claims(): number {
    return this.#claims;
  }

  chapter(number: number, title: string): void {
    this.#write('');
    this.#write(this.#painted(BOLD, `${number}. ${title}`));
  }

  readonly say = (line: string): void => {
    this.#write(`   ${line}`);
  };

  /** States something and whether it is so. What is not so makes the whole run fail at its end. */
  readonly claim = (text: string, holds: boolean): void => {
    this.#claims += 1;
    if (!holds) this.failed.push(text);
    const mark = holds ? this.#painted(GREEN, '✓') : this.#painted(RED, '✗ NOT SO:');
    this.#write(`   ${mark} ${text}`);
  };

  #painted(colour: string, text: string): string {
    return this.#inColour ? `${colour}${text}${PLAIN}` : text;
  }
}
