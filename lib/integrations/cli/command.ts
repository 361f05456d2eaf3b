import { createRequire } from 'node:module';
import { DEFAULT_DIRECTORY } from '../../core/file-options.js';
import { asError, CacheError } from '../../core/primitives/errors.js';
import { CommandError, wrongUsage } from './command-error.js';
import { parseCommandLine } from './command-line.js';
import { helpOf, helpOfAll } from './help.js';
import { onLines, onOneLine } from './printable.js';
import type { Terminal } from './terminal.js';
import { VERBS } from './verbs.js';

/** Runs the command. Nothing it does throws. @returns the exit code */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await answer(words, terminal);
  } catch (thrown) {
    const error = asError(thrown);
    const { code } = error as NodeJS.ErrnoException;
    // Ours, or the system's: whatever else it is, is a mistake of this program, and its stack says where.
    const known =
      error instanceof CommandError || error instanceof CacheError || code !== undefined;
    complain(terminal, known ? error.message : `a defect: ${error.stack}`);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

async function answer(words: readonly string[], terminal: Terminal): Promise<number> {
  const { verb, operands, given } = parseCommandLine(words, VERBS);
  const { stdout } = terminal;
  if (given.version === true) {
    stdout.write(`${packageVersion()}\n`);
    return 0;
  }
  if (given.help === true) {
    stdout.write(`${verb === undefined ? helpOfAll(VERBS) : helpOf(verb)}\n`);
    return 0;
  }
  if (verb === undefined) {
    throw new CommandError(2, 'a verb is missing: nestjs-tiered-cache --help names them');
  }
  const directory = (given.dir as string | undefined) ?? DEFAULT_DIRECTORY;
  // Not the working directory: it is a variable that was not set.
  if (directory === '') throw wrongUsage('--dir must be the path of a folder: got ""');
  const { json, text, wrong } = await verb.run({ operands, given, directory, terminal });
  const output = given.json === true ? JSON.stringify(json, undefined, 2) : text();
  if (output !== '') stdout.write(`${onLines(output)}\n`);
  if (wrong === undefined) return 0;
  complain(terminal, wrong);
  return 1;
}

/** A message, on its line. */
export function complain({ stderr }: Terminal, what: string): void {
  stderr.write(`nestjs-tiered-cache: ${onOneLine(what)}\n`);
}

/** By the package's own name: this module may stand in a file with others. */
function packageVersion(): string {
  const require = createRequire(import.meta.url);
  return (require('nestjs-tiered-cache/package.json') as { version: string }).version;
}
