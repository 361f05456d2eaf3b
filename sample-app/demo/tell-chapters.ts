import 'reflect-metadata';
import { join } from 'node:path';
import type { Chapter, Measure } from './chapter.js';
import { basicOperations } from './chapters/basic-operations.js';
import { cleanup } from './chapters/cleanup.js';
import { decoratedRoute } from './chapters/decorated-route.js';
import { decoratedService } from './chapters/decorated-service.js';
import { errors } from './chapters/errors.js';
import { restart } from './chapters/restart.js';
import { thousandCallers } from './chapters/thousand-callers.js';
import { timesToLive } from './chapters/times-to-live.js';
import { measureTable } from './measure-table.js';
import { Narrator } from './narrator.js';
import { temporaryFolder } from './temporary-folder.js';
import { duration } from './wording.js';

const CHAPTERS: Chapter[] = [
  basicOperations,
  timesToLive,
  thousandCallers,
  errors,
  cleanup,
  decoratedService,
  decoratedRoute,
  restart,
];

/** Tells every chapter, each on a folder of its own, and ends the process with 1 if a claim does not hold. */
export async function tellChapters(): Promise<void> {
  const narrator = new Narrator((line) => console.log(line), process.stdout.isTTY);
  const measures: Measure[] = [];
  const start = performance.now();
  const root = temporaryFolder();

  console.log('nestjs-tiered-cache, on the prices of AAPL, AMZN, GOOG, IBM, MSFT and the S&P 500');
  for (const [position, chapter] of CHAPTERS.entries()) {
    narrator.chapter(position + 1, chapter.title);
    const folder = join(root, String(position + 1));
    // Where the application looks: nothing of the demo is to be found in the working directory.
    process.env['CACHE_DIRECTORY'] = join(folder, 'cache');
    process.env['DATA_DIRECTORY'] = join(folder, 'data');
    try {
      measures.push(await chapter.tell(narrator, folder));
    } catch (error) {
      narrator.claim(`"${chapter.title}" runs to its end`, false);
      console.error(error);
    }
  }

  console.log(
    '\nMeasured on this machine, in this run (hit rates by getStats(), timing loops aside)\n',
  );
  for (const line of measureTable(measures)) console.log(`   ${line}`);

  const { claims, failed } = narrator;
  console.log(
    `\n${claims - failed.length} of ${claims} claims hold, in ${duration(performance.now() - start)}.`,
  );
  for (const text of failed) console.error(`NOT SO: ${text}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
}
