import type { CacheSource } from '../model/cache-result.js';
import { goesThrough, type TierSelection } from '../stack/category.js';
import type { Fence } from '../stack/fences.js';
import type { StaleEntry } from '../stores/memory/memory-entry.js';
import type { LoadNode } from './load-node.js';
import type { LoadOutcome } from './load-outcome.js';
import type { Standing } from './load-start.js';

/** A value that may be past its time, and where it was. */
export interface OldValue extends Omit<StaleEntry, 'bornAt'> {
  readonly source: CacheSource;
  /** As the tiers below memory see it since the load began that found it; whatever load it has been handed on to. */
  readonly standing?: Standing;
}

/** How a flight has ended. */
export interface Landing {
  readonly outcome: LoadOutcome;
  /** Whether one of the value's tags was invalidated after the start. */
  readonly overtaken: boolean;
  /** What may be served instead of a failure. */
  readonly old?: OldValue | undefined;
  /** It is one caller's landing alone: the flight goes on for the others. */
  readonly goesOn?: boolean;
}

export interface FlightParts {
  readonly node: LoadNode;
  readonly fence: Fence;
  /** Tags known before the factory has run. */
  readonly tags: readonly string[];
  /** Nobody waits for it: it does not end when nobody does any more. */
  readonly background: boolean;
  /** How long it may take by the options it began with; milliseconds. */
  readonly hardMs: number;
  readonly standing: Standing;
}

/** A load under way, which callers of the same key join. */
export class Flight {
  readonly node: LoadNode;
  readonly fence: Fence;
  readonly tags: readonly string[];
  readonly background: boolean;
  readonly hardMs: number;
  readonly landed: Promise<Landing>;
  /** What the flight is to replace. */
  old: OldValue | undefined = undefined;
  /** It will ask its factory, and has not begun to: what it gives will not be older than a call that comes now. */
  isAhead = false;
  /** As the tiers below memory see it; anew when the load begins after it has waited for its turn. */
  standing: Standing;
  #land!: (landing: Landing) => void;
  #hasLanded = false;
  #waiting: Set<(landing: Landing) => void> | undefined;
  #controller: AbortController | undefined;
  #callers = 0;
  #isForCallersOnly = false;
  #aborted: { readonly reason: unknown } | undefined;
  #onAbort: ((reason: unknown) => void) | undefined;

  constructor({ node, fence, tags, background, hardMs, standing }: FlightParts) {
    this.node = node;
    this.fence = fence;
    this.tags = tags;
    this.background = background;
    this.hardMs = hardMs;
    this.standing = standing;
    this.landed = new Promise((resolve) => {
      this.#land = resolve;
    });
  }

  /** Whether a caller that comes now may share the answer. */
  get joinable(): boolean {
    if (this.#aborted !== undefined || !this.fence.joinable(this.tags)) return false;
    return this.standing === undefined || this.standing(this.tags);
  }

  /** Whether it may be joined, and what it gives be stored: no newer load has overtaken it. */
  get isCurrent(): boolean {
    return this.joinable && this.fence.stands(this.tags);
  }

  /** What the flight is to replace, if nothing in this process has removed it. */
  get present(): OldValue | undefined {
    return this.old !== undefined && this.fence.joinable(this.old.tags) ? this.old : undefined;
  }

  /** What may still be served of what the flight is to replace. */
  get servable(): OldValue | undefined {
    const old = this.present;
    return old?.standing === undefined || old.standing(old.tags) ? old : undefined;
  }

  /** As `servable`, to a load that goes through these tiers: what others have is no answer to it. */
  servableTo(tiers: TierSelection): OldValue | undefined {
    const old = this.servable;
    return old !== undefined && goesThrough(tiers, old.source) ? old : undefined;
  }

  /** Made when it is first asked for: most factories do not. */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#aborted !== undefined) this.#controller.abort(this.#aborted.reason);
    }
    return this.#controller.signal;
  }

  enter(): void {
    this.#callers++;
  }

  /** A caller gives up; the flight with the last of them. */
  giveUp(reason: unknown): void {
    const isWantedAnyway = this.background && !this.#isForCallersOnly;
    if (--this.#callers === 0 && !isWantedAnyway) this.abort(reason);
  }

  /** What began in the background is not wanted any more, but by those who wait for it: it ends with the last of them. */
  leaveToCallers(reason: unknown): void {
    this.#isForCallersOnly = true;
    if (this.#callers === 0) this.abort(reason);
  }

  land(landing: Landing): void {
    this.node.end();
    this.#hasLanded = true;
    this.#land(landing);
  }

  /**
   * Tells when it has landed, unless that is taken back by what is returned: a promise would keep who has given up
   * for as long as the flight goes on.
   */
  whenLanded(tell: (landing: Landing) => void): () => void {
    if (this.#hasLanded) {
      void this.landed.then(tell);
      return () => {};
    }
    const waiting = (this.#waiting ??= this.#startTelling());
    waiting.add(tell);
    return () => void waiting.delete(tell);
  }

  #startTelling(): Set<(landing: Landing) => void> {
    const waiting = new Set<(landing: Landing) => void>();
    void this.landed.then((landing) => {
      for (const tell of waiting) tell(landing);
    });
    return waiting;
  }

  /** The factory is no longer waited for, and told so. */
  abort(reason: unknown): void {
    if (this.#aborted !== undefined) return;
    this.#aborted = { reason };
    this.#onAbort?.(reason);
    this.#controller?.abort(reason);
  }

  get aborted(): boolean {
    return this.#aborted !== undefined;
  }

  /** @throws the reason, if it was aborted */
  throwIfAborted(): void {
    if (this.#aborted !== undefined) throw this.#aborted.reason;
  }

  /** The answer, or a rejection as soon as the flight is aborted. */
  unlessAborted<T>(answer: T | PromiseLike<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#onAbort = reject;
      // The factory itself may have ended it.
      if (this.#aborted !== undefined) reject(this.#aborted.reason);
      Promise.resolve(answer).then(resolve, reject);
    });
  }
}
