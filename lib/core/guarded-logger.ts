import type { CacheLogger } from './model/logger.js';

/** The user's logger. One that fails is nobody's fault who uses the cache, and there is nobody else to tell. */
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

function attempt(log: () => unknown): void {
  try {
    const logged = log();
    // A logger may be asynchronous as well.
    if (logged instanceof Promise) logged.catch(() => {});
  } catch {
    // As above.
  }
}
