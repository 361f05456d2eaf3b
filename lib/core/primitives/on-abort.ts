import type { Cancel } from './deadline.js';

type CallBack = () => void;

/** What is called when a signal aborts. */
const waiting = new WeakMap<AbortSignal, Set<CallBack>>();

/**
 * Calls back when the signal aborts. However many wait for one, it has one listener: Node takes more than
 * ten for a leak, and warns. Nothing is called for a signal that is aborted already.
 *
 * @param callBack must not throw, and is one of its own each time
 */
export function onAbort(signal: AbortSignal, callBack: CallBack): Cancel {
  const callBacks = waiting.get(signal) ?? listenTo(signal);
  callBacks.add(callBack);
  return () => {
    if (callBacks.delete(callBack) && callBacks.size === 0) leave(signal, callBacks);
  };
}

function listenTo(signal: AbortSignal): Set<CallBack> {
  const callBacks = new Set<CallBack>();
  waiting.set(signal, callBacks);
  signal.addEventListener('abort', callAll);
  return callBacks;
}

function leave(signal: AbortSignal, callBacks: Set<CallBack>): void {
  if (waiting.get(signal) !== callBacks) return;
  waiting.delete(signal);
  signal.removeEventListener('abort', callAll);
}

function callAll(this: AbortSignal): void {
  const callBacks = waiting.get(this);
  if (callBacks === undefined) return;
  leave(this, callBacks);
  for (const callBack of callBacks) callBack();
}
