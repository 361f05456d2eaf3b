/** Where the progress is told. */
export interface ProgressLogger {
  log(message: string): void;
  warn(message: string): void;
}

/** How often a preload that takes long says how far it is. */
const LINE_MS = 10_000;

/** Tells how the calls of one method are getting on: at the start, at the end, and now and then between. */
export class PreloadProgress {
  readonly #label: string;
  readonly #total: number;
  readonly #logger: ProgressLogger;
  readonly #now: () => number;
  readonly #started: number;
  #lastLine: number;
  #ended = 0;
  #failures = 0;
  #firstError: Error | undefined;

  /** @param now milliseconds, of whatever beginning */
  constructor(
    label: string,
    total: number,
    logger: ProgressLogger,
    now: () => number = () => performance.now(),
  ) {
    this.#label = label;
    this.#total = total;
    this.#logger = logger;
    this.#now = now;
    this.#started = this.#lastLine = now();
  }

  begin(concurrency: number): void {
    this.#logger.log(`Preloading ${this.#label}: ${this.#total} calls, ${concurrency} at a time`);
  }

  /** A call has ended; with an error, if it failed. */
  called(error?: Error): void {
    this.#ended++;
    if (error !== undefined) {
      this.#failures++;
      this.#firstError ??= error;
    }
    const now = this.#now();
    if (now - this.#lastLine < LINE_MS || this.#ended === this.#total) return;
    this.#lastLine = now;
    this.#logger.log(
      `Preloading ${this.#label}: ${this.#ended} of ${this.#total}${this.#failed()}`,
    );
  }

  end(): void {
    const loaded = this.#ended - this.#failures;
    const seconds = ((this.#now() - this.#started) / 1000).toFixed(1);
    const skipped = this.#total - this.#ended;
    const rest = skipped === 0 ? '' : `, ${skipped} not called: the application is closing`;
    const line = `Preloaded ${this.#label}: ${loaded} of ${this.#total} in ${seconds} s`;
    if (this.#firstError === undefined) this.#logger.log(line + rest);
    else {
      const first = `; the first: ${this.#firstError.message}`;
      this.#logger.warn(`${line}${this.#failed()}${rest}${first}`);
    }
  }

  #failed(): string {
    return this.#failures === 0 ? '' : `, ${this.#failures} failed`;
  }
}
