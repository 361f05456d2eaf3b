interface Operation {
  readonly lane: string;
  readonly start: () => Promise<void>;
  /** Whether it waits for the others. Ends when it starts, or when one that does not wait comes behind it in its lane. */
  idle: boolean;
  /** Whether the others wait for it. */
  readonly first: boolean;
  /** The one behind it in its lane. */
  next: Operation | undefined;
}

interface Lane {
  /** Ready or running. */
  head: Operation;
  tail: Operation;
  /** How many behind the head do not wait for the others. */
  urgent: number;
}

/** First in, first out, at O(1): taking from the front of an array moves all the others. */
class Fifo<T> {
  #in: T[] = [];
  #out: T[] = [];

  get isEmpty(): boolean {
    return this.#in.length === 0 && this.#out.length === 0;
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

/** So many that do not wait for others may start before an idle one that is ready. */
const PATIENCE = 8;

/**
 * Operations, at most so many at a time. Those of one lane never overlap and run in the order of the
 * calls; between lanes it is first come, first served. Idle ones run when nothing else waits, or
 * when enough others have gone before: under a load that never ends they must come to an end as well.
 * What makes room for the others goes before all of them.
 */
export class OperationQueue {
  readonly #concurrency: number;
  readonly #readyFirst = new Fifo<Operation>();
  readonly #ready = new Fifo<Operation>();
  readonly #readyIdle = new Fifo<Operation>();
  readonly #lanes = new Map<string, Lane>();
  #running = 0;
  /** How many have started since an idle one was ready and did not. */
  #passed = 0;
  /** Running and waiting. */
  #size = 0;
  #idle: (() => void)[] = [];

  constructor(concurrency: number) {
    this.#concurrency = concurrency;
  }

  run<T>(lane: string, operation: () => Promise<T>): Promise<T> {
    return this.#add(lane, operation, {});
  }

  /** Starts before all that wait; in its lane in the order of the calls all the same. */
  runFirst<T>(lane: string, operation: () => Promise<T>): Promise<T> {
    return this.#add(lane, operation, { first: true });
  }

  /** Starts when no other waits, or enough others have; in its lane in the order of the calls all the same. */
  runIdle<T>(lane: string, operation: () => Promise<T>): Promise<T> {
    return this.#add(lane, operation, { idle: true });
  }

  /** For an operation: whether others run or wait. */
  get hasOthers(): boolean {
    return this.#size > 1;
  }

  /** Whether an operation of the lane would start at once. */
  isFree(lane: string): boolean {
    return this.#running < this.#concurrency && !this.#lanes.has(lane);
  }

  /** Nothing runs, nothing waits. */
  idle(): Promise<void> {
    if (this.#size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  #add<T>(
    lane: string,
    operation: () => Promise<T>,
    { idle = false, first = false }: Partial<Pick<Operation, 'idle' | 'first'>>,
  ): Promise<T> {
    this.#size++;
    return new Promise<T>((resolve, reject) => {
      const start = async (): Promise<void> => {
        try {
          resolve(await operation());
        } catch (error) {
          // One that throws at once must not start the next one from here: thousands would nest.
          await undefined;
          reject(error);
        }
        // Before whoever awaits the operation goes on, who may ask whether the lane is busy.
        this.#ended(placed);
      };
      const placed: Operation = { lane, start, idle, first, next: undefined };
      this.#place(placed);
      this.#startNext();
    });
  }

  #place(operation: Operation): void {
    const lane = this.#lanes.get(operation.lane);
    if (lane === undefined) {
      this.#lanes.set(operation.lane, { head: operation, tail: operation, urgent: 0 });
      this.#makeReady(operation);
      return;
    }
    lane.tail.next = operation;
    lane.tail = operation;
    if (operation.idle) return;
    lane.urgent++;
    // It must not wait for what waits for it.
    if (lane.head.idle) {
      lane.head.idle = false;
      this.#ready.push(lane.head);
    }
  }

  #makeReady(operation: Operation): void {
    if (operation.first) this.#readyFirst.push(operation);
    else (operation.idle ? this.#readyIdle : this.#ready).push(operation);
  }

  #startNext(): void {
    while (this.#running < this.#concurrency) {
      const operation = this.#next();
      if (operation === undefined) return;
      this.#running++;
      void operation.start();
    }
  }

  #next(): Operation | undefined {
    const first = this.#readyFirst.shift();
    if (first !== undefined) return first;
    if (this.#passed >= PATIENCE) return this.#nextIdle() ?? this.#ready.shift();
    const operation = this.#ready.shift();
    if (operation === undefined) return this.#nextIdle();
    if (!this.#readyIdle.isEmpty) this.#passed++;
    return operation;
  }

  #nextIdle(): Operation | undefined {
    this.#passed = 0;
    let operation = this.#readyIdle.shift();
    // One that was hurried stood in the other line too, and has started from there.
    while (operation?.idle === false) operation = this.#readyIdle.shift();
    if (operation !== undefined) operation.idle = false;
    return operation;
  }

  #ended({ lane: name, next }: Operation): void {
    this.#running--;
    this.#size--;
    if (next === undefined) this.#lanes.delete(name);
    else {
      const lane = this.#lanes.get(name)!;
      lane.head = next;
      if (!next.idle) lane.urgent--;
      else if (lane.urgent > 0) next.idle = false;
      this.#makeReady(next);
    }
    if (this.#size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    this.#startNext();
  }
}
