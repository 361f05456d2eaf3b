import type { CacheLogger } from '../../../lib/core/model/logger.js';

/** Keeps what an operator would have read. */
export class RecordingLogger implements CacheLogger {
  readonly warnings: string[] = [];
  readonly errors: string[] = [];

  warn(message: string): void {
    this.warnings.push(message);
  }

  error(message: string): void {
    this.errors.push(message);
  }
}
