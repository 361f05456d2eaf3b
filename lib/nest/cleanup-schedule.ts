import type { ModulesContainer } from '@nestjs/core';
import type { SchedulerRegistry } from '@nestjs/schedule';
import {
  createCleanupJob,
  createCronJob,
  type CleanupJob,
} from '../core/maintenance/cleanup-job.js';
import { loadCronPackage } from '../core/maintenance/cron-package.js';

const JOB_NAME = 'nestjs-tiered-cache:cleanup';

/**
 * The cleanup as a cron job: in the application's own registry if it imports `ScheduleModule`,
 * else on its own. We never import that module: twice in one application, it would run each of the
 * application's jobs twice.
 */
export class CleanupSchedule {
  readonly #cron: string | false;
  readonly #run: () => Promise<unknown>;
  #job: CleanupJob | undefined;
  #registered: { registry: SchedulerRegistry; name: string } | undefined;
  #stopped = false;

  /** @param cron the expression, or false for no cleanup */
  constructor(cron: string | false, run: () => Promise<unknown>) {
    this.#cron = cron;
    this.#run = run;
  }

  async start(modules: ModulesContainer): Promise<void> {
    if (this.#cron === false) return;
    const registry = registryOf(modules);
    if (registry !== undefined) await loadCronPackage();
    if (this.#stopped) return;
    this.#job =
      registry === undefined
        ? createCleanupJob(this.#cron, this.#run)
        : this.#registeredJob(registry, this.#cron);
    this.#job.start();
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

  #registeredJob(registry: SchedulerRegistry, cron: string): CleanupJob {
    const job = createCronJob(cron, this.#run);
    let name = JOB_NAME;
    for (let count = 2; registry.doesExist('cron', name); count++) name = `${JOB_NAME}:${count}`;
    registry.addCronJob(name, job);
    this.#registered = { registry, name };
    return job;
  }
}

/**
 * The registry of the application's `ScheduleModule`. It is found by its shape: importing
 * `@nestjs/schedule` to ask for its class would load a date library into every application that
 * does without, and would miss the registry where two copies of the package are installed; and bundlers
 * give the class other names.
 */
function registryOf(modules: ModulesContainer): SchedulerRegistry | undefined {
  for (const { providers } of modules.values()) {
    for (const [token, wrapper] of providers) {
      if (!isRegistryClass(token)) continue;
      const registry = wrapper.instance as Partial<SchedulerRegistry> | undefined;
      if (typeof registry?.addCronJob === 'function') return registry as SchedulerRegistry;
    }
  }
  return undefined;
}

const METHODS: readonly (keyof SchedulerRegistry)[] = [
  'doesExist',
  'getCronJob',
  'addCronJob',
  'deleteCronJob',
  'addInterval',
  'addTimeout',
];

/** By what the class itself has: an instance can be a mock that has whatever it is asked for. */
function isRegistryClass(token: unknown): boolean {
  if (typeof token !== 'function') return false;
  const methods: unknown = token.prototype;
  return methods !== undefined && METHODS.every((name) => Object.hasOwn(Object(methods), name));
}
