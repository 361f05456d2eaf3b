import { createRequire } from 'node:module';
import type { CronJob } from 'cron';
import { CacheOptionsError } from '../primitives/errors.js';
import { HourlyJob } from './hourly-job.js';

/** `CronExpression.EVERY_HOUR` of `@nestjs/schedule`. */
export const DEFAULT_CLEANUP_CRON = '0 0-23/1 * * *';

/** Loaded when the first expression is given: it brings a date library along that nothing else needs. */
let cron: typeof import('cron') | undefined;

/** @throws CacheOptionsError for an expression that `cron` cannot read, and one of a date that never comes */
export function checkCronExpression(expression: unknown): asserts expression is string {
  cron ??= createRequire(import.meta.url)('cron') as typeof import('cron');
  if (typeof expression !== 'string' || !cron.validateCronExpression(expression).valid) {
    throw new CacheOptionsError(
      'cleanup.cron',
      expression,
      "a cron expression such as '0 * * * *'",
    );
  }
  try {
    cron.sendAt(expression);
  } catch {
    const expected = 'a cron expression of a date that comes';
    throw new CacheOptionsError('cleanup.cron', expression, expected);
  }
}

/** What runs maintenance passes now and then. Neither started nor stopped by itself. */
export interface CleanupJob {
  start(): void;
  stop(): unknown;
}

/** A job for nobody but us to see. @throws CacheOptionsError as `createCronJob` */
export function createCleanupJob(expression: string, run: () => Promise<unknown>): CleanupJob {
  return expression === DEFAULT_CLEANUP_CRON ? new HourlyJob(run) : createCronJob(expression, run);
}

/**
 * A job that runs a maintenance pass at each tick of the expression. It never overlaps itself and
 * never holds the process open. Not started.
 *
 * @throws CacheOptionsError for an expression that `cron` cannot read
 */
export function createCronJob(expression: string, run: () => Promise<unknown>): CronJob {
  checkCronExpression(expression);
  return cron!.CronJob.from({
    cronTime: expression,
    onTick: async () => {
      await run();
    },
    start: false,
    waitForCompletion: true,
    unrefTimeout: true,
  }) as CronJob;
}
