import type { InspectedEntry } from '../../../core/stores/file/examined-file.js';
import { wrongUsage } from '../command-error.js';
import { printable, unquoted } from '../printable.js';
import { inspect, survey } from '../survey.js';
import { table, type Column } from '../table.js';
import type { Given, Verb } from '../verb.js';
import { count, counted, duration, epochMs, fromNow, size } from '../words.js';

const DEFAULT_LIMIT = 50;

export const ls: Verb = {
  name: 'ls',
  operands: ['[category]'],
  summary: 'the entries of a category, or of all, the last used first',
  options: {
    limit: { type: 'string', value: 'n', help: `at most so many (${DEFAULT_LIMIT})` },
    all: { type: 'boolean', help: 'all of them' },
  },
  run: ({ directory, operands, given }) => {
    const limit = limitOf(given);
    const category = operands[0] === undefined ? undefined : unquoted(operands[0]);
    return inspect(directory, async (inspection, contents) => {
      const found: InspectedEntry[] = [];
      let invalidated = 0;
      await survey(inspection, contents.entries, 'header', (each) => {
        if (each.kind !== 'entry') return;
        if (category !== undefined && each.header.category !== category) return;
        if (each.state === 'invalidated') invalidated++;
        else found.push(each);
      });
      found.sort((one, other) => other.usedAt - one.usedAt || (one.path < other.path ? -1 : 1));
      const shown = found.slice(0, limit);
      const json = {
        directory: inspection.layout.directory,
        category: category ?? null,
        total: found.length,
        invalidated,
        entries: shown.map(({ header, state, usedAt, size: bytes }) => ({
          category: header.category,
          key: header.key,
          state,
          bytes,
          createdAt: epochMs(header.bornAt),
          expiresAt: epochMs(header.expiresAt),
          usedAt: epochMs(usedAt),
          tags: header.tags,
        })),
      };
      const text = (): string => {
        const lines =
          shown.length === 0 ? ['no entries'] : [tableOf(shown, category === undefined)];
        const rest = found.length - shown.length;
        if (rest > 0)
          lines.push(`${count(rest)} more: --limit ${count(limit)} is in effect, --all shows all`);
        if (invalidated > 0)
          lines.push(
            `${counted(invalidated, 'invalidated entry', 'invalidated entries')} not shown`,
          );
        return lines.join('\n');
      };
      return { json, text };
    });
  },
};

function tableOf(entries: readonly InspectedEntry[], withCategory: boolean): string {
  const now = Date.now();
  const withTags = entries.some(({ header }) => header.tags.length > 0);
  const columns: Column[] = [
    ...(withCategory ? [{ title: 'category' }] : []),
    { title: 'key' },
    { title: 'size', align: 'right' },
    { title: 'age', align: 'right' },
    { title: 'expires' },
    ...(withTags ? [{ title: 'tags' }] : []),
  ];
  const rows = entries.map(({ header, size: bytes }) => [
    ...(withCategory ? [printable(header.category)] : []),
    printable(header.key),
    size(bytes),
    duration(now - header.bornAt),
    fromNow(header.expiresAt, now),
    ...(withTags ? [header.tags.map(printable).join(', ')] : []),
  ]);
  return table(columns, rows);
}

function limitOf({ limit, all }: Given): number {
  if (limit === undefined) return all === true ? Infinity : DEFAULT_LIMIT;
  if (all === true) throw wrongUsage('--limit and --all exclude each other');
  const number = Number(limit);
  if (!/^\d+$/.test(limit as string) || !Number.isSafeInteger(number) || number < 1) {
    throw wrongUsage(`--limit must be a whole number from 1: got ${JSON.stringify(limit)}`);
  }
  return number;
}
