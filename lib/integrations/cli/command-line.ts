import { parseArgs, type ParseArgsConfig } from 'node:util';
import { wrongUsage } from './command-error.js';
import { nameHint } from './name-hint.js';
import { onOneLine, printable } from './printable.js';
import type { Given, Options, Verb } from './verb.js';

/** Options of every verb. */
export const COMMON: Options = {
  dir: { type: 'string', value: 'folder', help: "the cache's folder (.cache)" },
  json: { type: 'boolean', help: 'one JSON document on stdout' },
  help: { type: 'boolean', short: 'h', help: 'show how the command, or a verb, is used' },
};

/** Options where no verb is named. */
export const ALONE: Options = {
  version: { type: 'boolean', help: 'show the version of the package' },
};

export interface CommandLine {
  /** Undefined if none is named. */
  readonly verb: Verb | undefined;
  readonly operands: readonly (string | undefined)[];
  readonly given: Given;
}

/** @throws CommandError with the exit code 2, which names the word that is wrong */
export function parseCommandLine(words: readonly string[], verbs: readonly Verb[]): CommandLine {
  const all = Object.assign({}, ...verbs.map(({ options }) => options), ALONE, COMMON) as Options;
  const [name] = parse(words, all, false).positionals;
  const verb = verbs.find((each) => each.name === name);
  if (name !== undefined && verb === undefined) {
    const known = verbs.map((each) => each.name);
    throw wrongUsage(
      `there is no verb ${JSON.stringify(name)}: it is one of ${known.join(', ')}${nameHint(name, known)}`,
    );
  }
  const { positionals, values } = parse(
    words,
    { ...(verb?.options ?? ALONE), ...COMMON },
    true,
    verb,
  );
  const operands =
    verb === undefined || values.help === true ? [] : operandsOf(verb, positionals.slice(1));
  return { verb, operands, given: values };
}

function operandsOf(verb: Verb, words: readonly string[]): (string | undefined)[] {
  const surplus = words[verb.operands.length];
  if (surplus !== undefined) {
    throw wrongUsage(`${verb.name} takes no further word: got ${JSON.stringify(surplus)}`);
  }
  const missing = verb.operands[words.length];
  if (missing?.startsWith('<') === true) throw wrongUsage(`${verb.name}: ${missing} is missing`);
  return verb.operands.map((_, at) => words[at]);
}

function parse(
  words: readonly string[],
  options: Options,
  strict: boolean,
  verb?: Verb,
): { positionals: string[]; values: Given } {
  // Not the descriptions, and not what this version of Node does not know.
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple, short }]) => [
      name,
      { type, multiple: multiple ?? false, ...(short === undefined ? {} : { short }) },
    ]),
  );
  try {
    return parseArgs({ args: [...words], options: config, allowPositionals: true, strict });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code?.startsWith('ERR_PARSE_ARGS_') !== true) throw error;
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      const who = verb === undefined ? 'there is' : `${verb.name} has`;
      throw wrongUsage(`${who} no option ${unknownOption(words, config)}`);
    }
    throw wrongUsage(onOneLine(message).split('. ')[0]!);
  }
}

/** The first option that is not known, and which was probably meant. */
function unknownOption(
  words: readonly string[],
  known: NonNullable<ParseArgsConfig['options']>,
): string {
  const { tokens } = parseArgs({
    args: [...words],
    options: known,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== 'option' || Object.hasOwn(known, token.name)) continue;
    return printable(token.rawName) + nameHint(token.name, Object.keys(known), '--');
  }
  return '';
}
