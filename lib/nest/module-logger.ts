import { Logger } from '@nestjs/common';
import { attempt, GuardedLogger } from '../core/guarded-logger.js';
import type { ProgressLogger } from './decorators/preload-progress.js';

/** Nest's logger, under the name of the module: what the application has put behind it may fail. */
export class ModuleLogger extends GuardedLogger implements ProgressLogger {
  readonly #nest: Logger;

  constructor() {
    const nest = new Logger('CacheModule');
    super(nest);
    this.#nest = nest;
  }

  log(message: string): void {
    attempt(() => this.#nest.log(message));
  }
}
