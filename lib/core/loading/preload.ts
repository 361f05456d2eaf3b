import type { PreloadFailure, PreloadReport } from '../model/preload.js';
import { asError, CacheError } from '../primitives/errors.js';
import { joinedSignal } from '../primitives/joined-signal.js';
import { forEachBounded } from './bounded-work.js';
import type { Load } from './load.js';
import type { LoadPlan } from './load-plan.js';
import type { LoadOutcome } from './load-outcome.js';
import type { ReadThrough } from './read-through.js';

export interface PreloadParts {
  readonly loads: ReadThrough;
  readonly concurrency: number;
  /** Ends it all. */
  readonly signal: AbortSignal;
}

type Fate = 'loaded' | 'fresh' | 'skipped' | Error;

/**
 * Loads what is not fresh, so many at a time. Each is a load like any other, except that it waits for a
 * new value where another caller would take a stale one. Never rejects.
 */
export async function preload(
  wanted: readonly Load[],
  { loads, concurrency, signal }: PreloadParts,
): Promise<PreloadReport> {
  const started = performance.now();
  const counts = { loaded: 0, fresh: 0, skipped: 0 };
  const failed: PreloadFailure[] = [];
  const begun = await forEachBounded(wanted, concurrency, signal, async (load) => {
    const fate = await fateOf(load, loads, signal);
    if (typeof fate === 'string') counts[fate]++;
    else failed.push({ key: load.key, category: load.category.name, error: fate });
  });
  counts.skipped += wanted.length - begun;
  return { ...counts, failed, durationMs: performance.now() - started };
}

async function fateOf(load: Load, loads: ReadThrough, signal: AbortSignal): Promise<Fate> {
  const { category, key, plan } = load;
  if (!plan.forceRefresh && plan.selection.memory && category.memory.has(key)) return 'fresh';
  const own = joinedSignal(signal, plan.signal);
  const outcome = await loads.load({ ...load, plan: waitingPlan(plan, own.signal) });
  own.release();
  if (own.signal.aborted && !outcome.ok) return 'skipped';
  return fateBy(outcome);
}

function fateBy(outcome: LoadOutcome): Fate {
  if (!outcome.ok) return asError(outcome.thrown);
  if (outcome.stale) {
    const message = 'its source has just failed, and is left alone; the stale value stays';
    return new CacheError('CACHE_STALE', message);
  }
  return outcome.source === 'function' ? 'loaded' : 'fresh';
}

/** Nothing stale is taken for an answer; for how long a value may be served stale stays as it is. */
function waitingPlan(plan: LoadPlan, signal: AbortSignal): LoadPlan {
  const staleness = { ...plan.staleness, revalidateMs: 0, errorMs: 0 };
  return { ...plan, signal, staleness, patience: { ...plan.patience, softMs: Infinity } };
}
