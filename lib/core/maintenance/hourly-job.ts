const MINUTE_MS = 60_000;

/**
 * A job at every full hour, as the cron expression `0 0-23/1 * * *` says it. `cron` would say it too, but
 * loading it and its date library took more time than all the rest of a boot with a cache, and most
 * applications never give an expression of their own. It never holds the process open.
 */
export class HourlyJob {
  readonly #run: () => Promise<unknown>;
  #timer: NodeJS.Timeout | undefined;

  /** Not started. A run that takes more than an hour must itself see to it that no second one overlaps it. */
  constructor(run: () => Promise<unknown>) {
    this.#run = run;
  }

  start(): void {
    if (this.#timer === undefined) this.#await();
  }

  stop(): void {
    // Node keeps the list of a timer that holds nothing, and was cleared, until its time would have come.
    this.#timer?.ref();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #await(): void {
    const now = Date.now();
    // Timers can be early: from a moment before the hour on, the next one is meant.
    const next = new Date(now + MINUTE_MS);
    next.setHours(next.getHours() + 1, 0, 0, 0);
    this.#timer = setTimeout(() => {
      this.#await();
      void this.#runSafely();
    }, next.getTime() - now);
    this.#timer.unref();
  }

  async #runSafely(): Promise<void> {
    try {
      await this.#run();
    } catch {
      // A pass counts and tells itself what goes wrong; nothing that does ends the process.
    }
  }
}
