import type { CronJob } from 'cron';
import { asError, CacheOptionsError } from '../primitives/errors.js';
import { cronPackage } from './cron-package.js';
import { HourlyJob } from './hourly-job.js';

/** `CronExpression.EVERY_HOUR` of `@nestjs/schedule`. */
export const DEFAULT_CLEANUP_CRON = '0 0-23/1 * * *';

const A_CRON_EXPRESSION = "a cron expression such as '0 * * * *'";

/** @throws CacheOptionsError for an expression that `cron` cannot read, and one of a date that never comes */
export function checkCronExpression(expression: unknown): asserts expression is string {
  const refuse = (expected: string): never => {
    throw new CacheOptionsError('cleanup.cron', expression, expected);
  };
  if (typeof expression !== 'string') return refuse(A_CRON_EXPRESSION);
  const { validateCronExpression, sendAt } = cronFor(expression);
  if (!validateCronExpression(expression).valid) refuse(A_CRON_EXPRESSION);
  try {
    sendAt(expression);
  } catch {
    refuse('a cron expression of a date that comes');
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
  return cronFor(expression).CronJob.from({
    cronTime: expression,
    onTick: async () => {
      await run();
    },
    start: false,
    waitForCompletion: true,
    unrefTimeout: true,
  }) as CronJob;
}

/** @throws CacheOptionsError where it is not installed, or left out of a bundle */
function cronFor(expression: string): ReturnType<typeof cronPackage> {
  try {
    return cronPackage();
  } catch (error) {
    const [why] = asError(error).message.split('\n');
    const expected = `left out where the package cron cannot be loaded: ${why}`;
    throw new CacheOptionsError('cleanup.cron', expression, expected);
  }
}
