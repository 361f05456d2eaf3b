import type { ModuleRef } from '@nestjs/core';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { createCleanupJob } from '../core/maintenance/cleanup-job.js';

const JOB_NAME = 'nestjs-tiered-cache:cleanup';

type CleanupJob = ReturnType<typeof createCleanupJob>;

/**
 * The cleanup as a cron job: in the application's own registry if it imports `ScheduleModule`,
 * else on its own. We never import that module: twice in one application, it would run each of the
 * application's jobs twice.
 */
export class CleanupSchedule {
  readonly #job: CleanupJob | undefined;
  #registered: { registry: SchedulerRegistry; name: string } | undefined;
  #stopped = false;

  /** @param cron the expression, or false for no cleanup */
  constructor(cron: string | false, run: () => Promise<unknown>) {
    this.#job = cron === false ? undefined : createCleanupJob(cron, run);
  }

  async start(moduleRef: ModuleRef): Promise<void> {
    const job = this.#job;
    if (job === undefined) return;
    const registry = await registryOf(moduleRef);
    // The application can have been closed meanwhile.
    if (this.#stopped) return;
    if (registry) this.#register(registry, job);
    job.start();
  }

  /** Can be called more than once, and without a start. */
  stop(): void {
    this.#stopped = true;
    void this.#job?.stop();
    const { registry, name } = this.#registered ?? {};
    this.#registered = undefined;
    // The registry's owner can have removed it first, and another job taken the name.
    if (registry === undefined || name === undefined || !registry.doesExist('cron', name)) return;
    if (registry.getCronJob(name) === this.#job) registry.deleteCronJob(name);
  }

  #register(registry: SchedulerRegistry, job: CleanupJob): void {
    let name = JOB_NAME;
    for (let count = 2; registry.doesExist('cron', name); count++) name = `${JOB_NAME}:${count}`;
    registry.addCronJob(name, job);
    this.#registered = { registry, name };
  }
}

async function registryOf(moduleRef: ModuleRef): Promise<SchedulerRegistry | undefined> {
  try {
    const schedule = await import('@nestjs/schedule');
    return moduleRef.get(schedule.SchedulerRegistry, { strict: false });
  } catch {
    return undefined;
  }
}
