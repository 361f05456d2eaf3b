interface Operation {
  readonly lane: string;
  readonly start: () => Promise<void>;
  /** Whether it waits for the others. Ends when something that does not wait comes behind it in its lane. */
  idle: boolean;
}

/** First in, first out, at O(1): taking from the front of an array moves all the others. */
class Fifo<T> {
  #in: T[] = [];
  #out: T[] = [];

  get size(): number {
    return this.#in.length + this.#out.length;
  }

  push(item: T): void {
    this.#in.push(item);
  }

  shift(): T | undefined {
    if (this.#out.length === 0) {
      this.#out = this.#in.reverse();
      this.#in = [];
    }
    return this.#out.pop();
  }
}

/**
 * Operations, at most so many at a time. Those of one lane never overlap and run in the order of the
 * calls; between lanes it is first come, first served, and idle ones run when nothing else waits.
 */
export class OperationQueue {
  readonly #concurrency: number;
  readonly #ready = new Fifo<Operation>();
  readonly #readyIdle = new Fifo<Operation>();
  /** What waits in a lane behind the operation that is ready or running. */
  readonly #lanes = new Map<string, Fifo<Operation>>();
  /** The operation of each lane that is ready and idle: it can still be hurried. */
  readonly #hurriable = new Map<string, Operation>();
  #running = 0;
  #size = 0;
  #idle: (() => void)[] = [];

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  /** Running and waiting. */
  get size(): number {
    return this.#size;
  }

  run<T>(lane: string, operation: () => Promise<T>): Promise<T> {
    return this.#add(lane, operation, false);
  }

  /** Starts when no other waits; in its lane in the order of the calls all the same. */
  runIdle<T>(lane: string, operation: () => Promise<T>): Promise<T> {
    return this.#add(lane, operation, true);
  }

  isBusy(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  /** Nothing runs, nothing waits. */
  idle(): Promise<void> {
    if (this.#size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  #add<T>(lane: string, operation: () => Promise<T>, idle: boolean): Promise<T> {
    this.#size++;
    return new Promise<T>((resolve, reject) => {
      const start = async (): Promise<void> => {
        try {
          resolve(await operation());
        } catch (error) {
          reject(error);
        }
      };
      this.#place({ lane, start, idle });
      this.#startNext();
    });
  }

  #place(operation: Operation): void {
    const { lane, idle } = operation;
    const waiting = this.#lanes.get(lane);
    if (waiting === undefined) {
      this.#lanes.set(lane, new Fifo());
      this.#makeReady(operation);
    } else {
      waiting.push(operation);
      if (!idle) this.#hurry(lane);
    }
  }

  #makeReady(operation: Operation): void {
    if (!operation.idle) this.#ready.push(operation);
    else {
      this.#readyIdle.push(operation);
      this.#hurriable.set(operation.lane, operation);
    }
  }

  /** What is behind must not wait for what waits for it. */
  #hurry(lane: string): void {
    const operation = this.#hurriable.get(lane);
    if (operation === undefined) return;
    this.#hurriable.delete(lane);
    operation.idle = false;
    this.#ready.push(operation);
  }

  #startNext(): void {
    while (this.#running < this.#concurrency) {
      const operation = this.#ready.shift() ?? this.#nextIdle();
      if (operation === undefined) return;
      this.#running++;
      void operation.start().then(() => this.#ended(operation));
    }
  }

  #nextIdle(): Operation | undefined {
    for (;;) {
      const operation = this.#readyIdle.shift();
      // One that was hurried stands in the other line too.
      if (operation === undefined || operation.idle) {
        if (operation !== undefined) this.#hurriable.delete(operation.lane);
        return operation;
      }
    }
  }

  #ended({ lane }: Operation): void {
    this.#running--;
    this.#size--;
    const waiting = this.#lanes.get(lane)!;
    const next = waiting.shift();
    if (next === undefined) this.#lanes.delete(lane);
    else {
      if (waiting.size > 0) next.idle = false;
      this.#makeReady(next);
    }
    if (this.#size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#startNext();
  }
}
