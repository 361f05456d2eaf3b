import { clearTimeout, setTimeout } from 'node:timers';
import { LONGEST_MS, startDeadline, type Cancel } from '../primitives/deadline.js';
import type { TierPatience } from './tier-patience.js';

/** The last part of an operation's time has a timer of its own: if the event loop was blocked, answers come first. */
const LAST_PART = 1 / 4;

/** How many times over one with none before it may take while the tier gets on with those after it. */
const EXTENSIONS = 3;

interface Operation {
  /** When it was last looked at, others that were called before it were under way. */
  behind: boolean;
  /** How many had ended then. */
  ended: number;
  /** With none before it, how many times more it may take while others end. */
  extensions: number;
  cancel: Cancel;
}

/**
 * The deadlines of one tier's operations. Where operations queue, one that is behind others is not given
 * up as long as the tier gets on: ten thousand writes take their time. In a tier that gets nowhere it is
 * given up; one that has none before it any more, and is overtaken by others, after a few times as long: it
 * may only be unlucky, as with file handles, which are nobody's turn.
 */
export class OperationDeadlines {
  readonly #patience: TierPatience;
  /** Under way, in the order of the calls. */
  readonly #open = new Set<Operation>();
  #ended = 0;

  constructor(patience: TierPatience) {
    this.#patience = patience;
  }

  /**
   * The answer, or a rejection with what `late` gives when it has not come in time.
   *
   * @param times how many times the tier's `timeoutMs` it may take
   * @param missed called with an answer that came too late
   */
  within<T>(
    work: Promise<T>,
    times: number,
    late: () => Error,
    missed?: (answer: T) => void,
  ): Promise<T> {
    const timeoutMs = this.#patience.timeoutMs * times;
    if (timeoutMs === Infinity) return work;
    return new Promise((resolve, reject) => {
      const operation = {
        behind: this.#open.size > 0,
        ended: this.#ended,
        extensions: EXTENSIONS,
        cancel: (): void => {},
      };
      this.#open.add(operation);
      let over = false;
      const giveUp = (): void => {
        over = true;
        this.#open.delete(operation);
        reject(late());
      };
      this.#start(operation, timeoutMs, giveUp);
      const end = (): boolean => {
        this.#ended++;
        if (over) return false;
        operation.cancel();
        this.#open.delete(operation);
        return true;
      };
      work.then(
        (answer) => {
          if (end()) resolve(answer);
          else missed?.(answer);
        },
        (error: unknown) => {
          if (end()) reject(error as Error);
        },
      );
    });
  }

  #start(operation: Operation, timeoutMs: number, giveUp: () => void): void {
    operation.cancel = this.#wait(timeoutMs, () => {
      const getsOn = this.#patience.queues === true && this.#ended > operation.ended;
      if (!getsOn || (!operation.behind && operation.extensions-- === 0)) return giveUp();
      operation.ended = this.#ended;
      const [first] = this.#open;
      operation.behind = first !== operation;
      this.#start(operation, timeoutMs, giveUp);
    });
  }

  #wait(ms: number, over: () => void): Cancel {
    const { clock } = this.#patience;
    if (clock !== undefined) return startDeadline(clock, ms, true, over);
    const whole = Math.min(ms, LONGEST_MS);
    let timer = setTimeout(
      () => {
        timer = setTimeout(over, whole * LAST_PART);
      },
      whole * (1 - LAST_PART),
    );
    return () => clearTimeout(timer);
  }
}
