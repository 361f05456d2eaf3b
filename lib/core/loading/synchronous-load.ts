import { waitFor } from './caller-wait.js';
import type { Landing } from './flight.js';
import type { Load } from './load.js';
import type { LoadParts, TakeOff } from './load-parts.js';
import { LoadNode } from './load-node.js';
import { failed, loaded, valueOf } from './load-outcome.js';
import { startLoad, type LoadStart } from './load-start.js';
import { isThenable } from '../primitives/thenable.js';

/**
 * Runs a function that may be synchronous: its value is stored and returned as it is. If it turns out
 * to give a promise, that takes off as a flight like any other, under the fence opened before the call.
 */
export function loadSynchronously(
  load: Load<() => unknown>,
  isSynchronous: boolean,
  parts: LoadParts,
  takeOff: TakeOff,
): unknown {
  const { category, key, factory: run, plan } = load;
  const { stack, counts, keeping, rings, flights, stale } = parts;
  plan.signal?.throwIfAborted();
  const parent = rings.current;
  const ring = parent && rings.closedByStart(parent, category, key);
  if (ring !== undefined) throw ring;
  const node = new LoadNode(category, key, parent);
  if (flights.has(category, key)) category.fences.supersede(key);
  const start = startLoad(stack, category, key, plan.selection);
  const started = performance.now();
  let value: unknown;
  // Before the function runs: what it calls must find who waits for it.
  parent?.startWaiting(node);
  try {
    value = isSynchronous ? rings.runSync(node, run) : rings.run(node, run);
  } catch (thrown) {
    if (!isSynchronous) rings.ended();
    node.end();
    parent?.stopWaiting(node);
    const landing = failedLanding(load, start, thrown, started);
    counts.ran(category, key, landing.outcome, false);
    return valueOf(stale.answer(load, landing));
  }
  if (isPromised(value)) {
    const answer = value;
    const flight = takeOff({ ...load, factory: () => answer }, { start, node });
    if (!isSynchronous) rings.ended();
    return waitFor(flight, load, parts).then(async (landing) => {
      parent?.stopWaiting(node);
      if ('reason' in landing) throw landing.reason;
      if (!('outcome' in landing)) return (await stale.latest(load, landing.old)).value;
      return valueOf(await stale.currentAnswer(load, landing));
    });
  }
  if (!isSynchronous) rings.ended();
  node.end();
  parent?.stopWaiting(node);
  const durationMs = performance.now() - started;
  const mayReplace = (): boolean =>
    plan.forceRefresh || category.memory.findStale(key) !== undefined;
  const { stored } = keeping.store(load, value, {}, start, mayReplace);
  start.fence.close();
  counts.ran(category, key, loaded(value, durationMs, undefined), stored);
  return value;
}

function failedLanding(
  { category, key, plan }: Load,
  { fence }: LoadStart,
  thrown: unknown,
  started: number,
): Landing {
  const entry = plan.selection.memory ? category.memory.findStale(key) : undefined;
  const old = entry && fence.joinable(entry.tags) ? entry : undefined;
  fence.close();
  const outcome = failed(thrown, performance.now() - started);
  return { outcome, overtaken: false, old: old && { ...old, source: 'memory' } };
}

/** To ask runs what the value's owner has written: what throws there cannot be waited for. */
function isPromised(value: unknown): boolean {
  try {
    return isThenable(value);
  } catch {
    return false;
  }
}
