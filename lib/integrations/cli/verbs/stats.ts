import { basename } from 'node:path';
import { lstat } from 'node:fs/promises';
import type { InspectedEntry } from '../../../core/stores/file/examined-file.js';
import type { FolderContents } from '../../../core/stores/file/folder-contents.js';
import { isDeadPeer, peerOf, processOfPeer } from '../../../core/stores/file/left-behind.js';
import { CategoryTally, type TagCount } from '../category-tally.js';
import { printable } from '../printable.js';
import { inspect, survey } from '../survey.js';
import { pairs, table } from '../table.js';
import type { Verb } from '../verb.js';
import { count, counted, duration, epochMs, size } from '../words.js';

/** Version of the layout, the `v1` in the folder, and of the files' format. */
const FORMAT_VERSION = 1;
const TAGS_SHOWN = 3;

export const stats: Verb = {
  name: 'stats',
  operands: [],
  summary: 'what the folder holds, by category',
  options: {},
  run: ({ directory }) =>
    inspect(directory, async (inspection, contents) => {
      const tallies = new Map<string, CategoryTally>();
      let damaged = 0;
      await survey(inspection, contents.entries, 'header', (found) => {
        if (found.kind === 'entry') tallyOf(tallies, found).add(found);
        else damaged++;
      });
      const categories = [...tallies.values()].sort(byName).map((tally) => tally.report());
      const total = (of: (category: (typeof categories)[number]) => number): number =>
        categories.reduce((sum, category) => sum + of(category), 0);
      const report = {
        directory: inspection.layout.directory,
        formatVersion: FORMAT_VERSION,
        processes: await living(contents.peers),
        entries: total(({ entries }) => entries),
        bytes: total(({ bytes }) => bytes),
        expired: total(({ expired }) => expired),
        invalidated: total(({ invalidated }) => invalidated),
        damagedFiles: damaged,
        temporaryFiles: contents.temporaries.length,
        journalBytes: await journalBytes(contents),
      };
      const json = {
        ...report,
        categories: categories.map((category) => ({
          ...category,
          oldest: category.oldest === undefined ? null : epochMs(category.oldest),
          newest: category.newest === undefined ? null : epochMs(category.newest),
        })),
      };
      const text = (): string => {
        const now = Date.now();
        const head = pairs([
          ['folder', printable(report.directory)],
          ['format version', `${FORMAT_VERSION}`],
          ['used by', counted(report.processes, 'process', 'processes')],
          ['entries', `${count(report.entries)} (${size(report.bytes)})`],
          ['expired', count(report.expired)],
          ['invalidated', count(report.invalidated)],
          ['damaged files', count(report.damagedFiles)],
          ['temporary files', count(report.temporaryFiles)],
          ['journal', size(report.journalBytes)],
        ]);
        if (categories.length === 0) return head;
        const age = (born: number | undefined): string =>
          born === undefined ? '-' : duration(now - born);
        const rows = categories.map((category) => [
          printable(category.category),
          count(category.entries),
          size(category.bytes),
          count(category.expired),
          count(category.invalidated),
          age(category.oldest),
          age(category.newest),
          tagWords(category.tags),
        ]);
        return `${head}\n\n${table(COLUMNS, rows)}`;
      };
      return { json, text };
    }),
};

const COLUMNS = [
  { title: 'category' },
  { title: 'entries', align: 'right' },
  { title: 'bytes', align: 'right' },
  { title: 'expired', align: 'right' },
  { title: 'invalidated', align: 'right' },
  { title: 'oldest', align: 'right' },
  { title: 'newest', align: 'right' },
  { title: 'tags' },
] as const;

function tallyOf(tallies: Map<string, CategoryTally>, { header }: InspectedEntry): CategoryTally {
  let tally = tallies.get(header.category);
  if (tally === undefined) {
    tally = new CategoryTally(header.category);
    tallies.set(header.category, tally);
  }
  return tally;
}

function byName(one: CategoryTally, other: CategoryTally): number {
  return one.category < other.category ? -1 : 1;
}

function tagWords(tags: readonly TagCount[]): string {
  if (tags.length === 0) return '-';
  const words = tags
    .slice(0, TAGS_SHOWN)
    .map(({ tag, entries }) => `${printable(tag)} (${entries})`);
  const rest = tags.length - words.length;
  return words.join(', ') + (rest > 0 ? ` and ${count(rest)} more` : '');
}

/** Processes, of which each may have several caches on the folder, in several threads. */
async function living(peers: readonly string[]): Promise<number> {
  const dead = await Promise.all(peers.map(isDeadPeer));
  const living = peers.filter((_, at) => dead[at] === false);
  const processes = living.map((path) => {
    const name = basename(path);
    // Not by their numbers alone: in each of two containers there is a process 1.
    return `${processOfPeer(name)} of ${peerOf(name)?.namespace}`;
  });
  return new Set(processes).size;
}

async function journalBytes({ journals }: FolderContents): Promise<number> {
  let bytes = 0;
  for (const path of [journals.current, ...journals.former]) {
    if (path !== undefined)
      bytes += await lstat(path).then(
        (stats) => stats.size,
        () => 0,
      );
  }
  return bytes;
}
