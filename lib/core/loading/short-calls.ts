import { NUMBER_TAG, textTag } from '../primitives/key-text.js';
import type { KeyFamily, NumberFamily, TextFamily } from '../stores/memory/key-family.js';
import { UNSEEN } from '../stores/memory/key-table.js';
import type { MemoryStore } from '../stores/memory/memory-store.js';

/**
 * Calls of a function with one argument, a text or a number: what is in memory for them is found by the argument, without
 * making the key, which would cost more than the hit.
 */
export class ShortCalls {
  private readonly memory: MemoryStore;
  private readonly texts: TextFamily;
  private readonly numbers: NumberFamily;

  /** @param name what is before the arguments in the keys of the function */
  constructor(name: string, memory: MemoryStore) {
    this.memory = memory;
    this.texts = memory.textFamily((length) => `${name}(${textTag(length)}`, ')');
    this.numbers = memory.numberFamily(`${name}(${NUMBER_TAG}`, ')');
  }

  /** The slot of what there is, or NOT_FOUND; UNSEEN, and nothing is counted, if it must be looked for by its key. */
  find(args: readonly unknown[]): number {
    if (args.length !== 1) return UNSEEN;
    const argument = args[0];
    if (typeof argument === 'string') {
      const { texts } = this;
      if (!texts.covers(argument)) return UNSEEN;
      return this.memory.findNoted(texts.hashOf(argument), texts, argument);
    }
    return typeof argument === 'number' ? this.findByNumber(argument) : UNSEEN;
  }

  private findByNumber(argument: number): number {
    const { numbers } = this;
    if (!numbers.covers(argument)) return UNSEEN;
    return this.memory.findNoted(numbers.hashOf(argument), numbers, argument);
  }

  /** The same by the key. From then on it may be found by the argument. */
  findByKey(key: string, args: readonly unknown[]): number {
    const argument = args[0];
    const family = args.length === 1 ? this.familyOf(argument) : undefined;
    if (family === undefined) return this.memory.find(key);
    return this.memory.findAndNote(key, family, argument as string | number);
  }

  private familyOf(argument: unknown): KeyFamily | undefined {
    if (typeof argument === 'string' && this.texts.covers(argument)) return this.texts;
    if (typeof argument === 'number' && this.numbers.covers(argument)) return this.numbers;
    return undefined;
  }
}
