import { KeyCounts } from '../../primitives/key-counts.js';
import { OperationQueue } from './operation-queue.js';

/** What a synchronous operation left while older ones were under way on the same file. */
interface Override {
  readonly content: Uint8Array | null;
  readonly redo: () => void;
  /** Older operations that have not ended. */
  older: number;
}

/**
 * The file operations of one store, in order for each file. A synchronous operation cannot wait
 * for older ones: it takes effect at once, and again after each of those, which may undo it.
 */
export class OperationLanes {
  readonly #queue: OperationQueue;
  /** Operations that have not ended. */
  readonly #pending = new KeyCounts();
  readonly #overrides = new Map<string, Override>();

  constructor(concurrency: number) {
    this.#queue = new OperationQueue(concurrency);
  }

  run<T>(lane: string, operation: () => Promise<T>): Promise<T> {
    return this.#queue.run(lane, this.#counted(lane, operation));
  }

  /** Starts before all that wait. */
  runFirst<T>(lane: string, operation: () => Promise<T>): Promise<T> {
    return this.#queue.runFirst(lane, this.#counted(lane, operation));
  }

  /** Starts when nothing else waits, or enough others have gone before. */
  runIdle<T>(lane: string, operation: () => Promise<T>): Promise<T> {
    return this.#queue.runIdle(lane, this.#counted(lane, operation));
  }

  /** For an operation: whether others run or wait. */
  get hasOthers(): boolean {
    return this.#queue.hasOthers;
  }

  /** Whether an operation of the lane would start at once. */
  isFree(lane: string): boolean {
    return this.#queue.isFree(lane);
  }

  /** Whether an operation of the lane runs or waits. */
  isBusy(lane: string): boolean {
    return this.#pending.has(lane);
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /**
   * The synchronous operation has left this content; null: it removed the file. What `redo` throws is
   * told to nobody.
   */
  override(lane: string, content: Uint8Array | null, redo: () => void): void {
    const older = this.#pending.of(lane);
    if (older > 0) this.#overrides.set(lane, { content, redo, older });
  }

  /**
   * What a synchronous operation left that older ones may have undone for the moment. To one of these that asks
   * it says that it has been overtaken: newer ones do not run yet.
   */
  overriding(lane: string): Uint8Array | null | undefined {
    return this.#overrides.get(lane)?.content;
  }

  #counted<T>(lane: string, operation: () => Promise<T>): () => Promise<T> {
    this.#pending.enter(lane);
    return async () => {
      try {
        return await operation();
      } finally {
        this.#ended(lane);
      }
    };
  }

  #ended(lane: string): void {
    this.#pending.leave(lane);
    const override = this.#overrides.get(lane);
    if (override === undefined) return;
    if (--override.older === 0) this.#overrides.delete(lane);
    try {
      override.redo();
    } catch {
      // Not the failure of the older operation: its caller is not told of it.
    }
  }
}
