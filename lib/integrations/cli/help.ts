import { ALONE, COMMON } from './command-line.js';
import { pairs } from './table.js';
import type { Options, Verb } from './verb.js';

const COMMAND = 'nestjs-tiered-cache';

const EXIT_CODES = `Exit codes: 0 fine, 1 something found wrong, 2 wrong usage.`;

export function helpOfAll(verbs: readonly Verb[]): string {
  return [
    `Usage: ${COMMAND} <verb> [options]`,
    'Looks into the folder of a file cache, while services use it or not; simulates policies.',
    section(
      'Verbs',
      verbs.map((verb) => [usage(verb), verb.summary]),
    ),
    section('Options of every verb', described(COMMON)),
    section('Without a verb', described(ALONE)),
    `${COMMAND} <verb> --help shows the options of one verb.\n${EXIT_CODES}`,
  ].join('\n\n');
}

export function helpOf(verb: Verb): string {
  return [
    `Usage: ${COMMAND} ${usage(verb)} [options]`,
    capitalized(verb.summary),
    section('Options', described({ ...verb.options, ...COMMON })),
    EXIT_CODES,
  ].join('\n\n');
}

function usage({ name, operands }: Verb): string {
  return [name, ...operands].join(' ');
}

function described(options: Options): [string, string][] {
  return Object.entries(options).map(([name, { short, value, help }]) => [
    `${short === undefined ? '' : `-${short}, `}--${name}${value === undefined ? '' : ` <${value}>`}`,
    help,
  ]);
}

function section(title: string, lines: readonly [string, string][]): string {
  return `${title}:\n${pairs(lines).replaceAll(/^/gm, '  ')}`;
}

function capitalized(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}
