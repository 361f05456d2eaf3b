import type { Terminal } from './terminal.js';

/** An option as `parseArgs` of node:util takes it, and what the help says of it. */
export interface Option {
  readonly type: 'string' | 'boolean';
  readonly multiple?: boolean;
  /** A letter that stands for its name. */
  readonly short?: string;
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly help: string;
}

export type Options = Readonly<Record<string, Option>>;

/** What was given on the command line: each value as the option's type says. */
export type Given = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** What a verb works with. */
export interface Call {
  /** As many as the verb names; one that may be left out can be undefined. */
  readonly operands: readonly (string | undefined)[];
  readonly given: Given;
  /** The cache's folder, as it was given. */
  readonly directory: string;
  readonly terminal: Terminal;
}

export interface Answer {
  /** For programs. */
  readonly json: unknown;
  /** For people. */
  readonly text: () => string;
  /** What is wrong, on one line: it goes to stderr, and the exit code is 1. */
  readonly wrong?: string | undefined;
}

/** A new verb is a file with one of these, and a line in `verbs.ts`. */
export interface Verb {
  readonly name: string;
  /** `<key>` has to be there, `[category]` may be left out. */
  readonly operands: readonly string[];
  readonly summary: string;
  readonly options: Options;
  /** @throws CommandError */
  run(call: Call): Promise<Answer>;
}
