import { onAbort } from './on-abort.js';

/** A signal that aborts with the first of two. */
export interface JoinedSignal {
  readonly signal: AbortSignal;
  /** Has neither of the two hold on to it any more. */
  release(): void;
}

/**
 * As `AbortSignal.any`, of which Node 20 leaves a reference at each call in a signal that lives on.
 *
 * @param second unset: the first alone
 */
export function joinedSignal(first: AbortSignal, second: AbortSignal | undefined): JoinedSignal {
  if (second === undefined) return { signal: first, release: () => {} };
  const joined = new AbortController();
  const cancels = [first, second].map((signal) => {
    const abort = (): void => joined.abort(signal.reason);
    if (signal.aborted) abort();
    return onAbort(signal, abort);
  });
  return { signal: joined.signal, release: () => cancels.forEach((cancel) => cancel()) };
}
