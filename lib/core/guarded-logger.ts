import type { CacheLogger } from './model/logger.js';

/** The user's logger, of which no caller of the cache notices that it fails. */
export class GuardedLogger implements CacheLogger {
  readonly #logger: CacheLogger;

  constructor(logger: CacheLogger) {
    this.#logger = logger;
  }

  warn(message: string): void {
    attempt(() => this.#logger.warn(message));
  }

  error(message: string): void {
    attempt(() => this.#logger.error(message));
  }
}

/** Logs, and lets nothing that fails in it out. */
export function attempt(log: () => unknown): void {
  try {
    const logged = log();
    // A logger may be asynchronous as well.
    if (logged instanceof Promise) logged.catch(() => {});
  } catch {
    // Nobody is left to be told.
  }
}
