import { setTimeout as delay } from 'node:timers/promises';
import type { TierLease } from '../stack/lower-tier.js';
import type { FoundBelow } from '../stack/stack-reads.js';
import type { TierStack } from '../stack/tier-stack.js';
import type { Flight } from './flight.js';
import type { Load } from './load.js';
import { startLoad, type LoadStart } from './load-start.js';

/**
 * How often a waiting process looks whether the value has come, or its turn: less often the longer it
 * takes, and several times within the second in which a dead holder is to be succeeded.
 */
const FIRST_LOOK_MS = 25;
const LAST_LOOK_MS = 200;

/** What came of waiting. Whatever happened before its start has not overtaken what it is about to give. */
export interface Turn {
  readonly start: LoadStart;
  /** What another has loaded meanwhile. */
  readonly below?: FoundBelow;
  /** The right to load; absent where none can be had. */
  readonly lease?: TierLease;
}

/**
 * One load per key among the processes of a machine: whoever has the lease of the key loads; the others
 * wait for its value, or for the lease. A tier that cannot give leases holds nobody up; a cache
 * that is being closed, and a load that nobody wants any more, wait for nobody else's.
 */
export async function takeTurn(
  stack: TierStack,
  { category, key, plan }: Load,
  flight: Flight,
): Promise<Turn> {
  const { selection } = plan;
  // For a renewal what another has renewed will do; what it is to replace may be fresh as well.
  const takesBelow = flight.background || !plan.forceRefresh;
  const laterThan = flight.background ? flight.old?.expiresAt : undefined;
  for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 1.25, LAST_LOOK_MS)) {
    const lease = await stack.lease(category, key, selection);
    const start = startLoad(stack, category, key, selection);
    if (lease === 'none') return { start };
    // The one who had the lease before has stored his value, if he could.
    if (takesBelow && (await stack.reads.has(category, key, selection, laterThan))) {
      const below = await stack.reads.find(category, key, selection, start.fence);
      if ('hit' in below) {
        if (lease !== undefined) void stack.track(endLease(lease, undefined));
        return { start, below };
      }
    }
    if (lease !== undefined) return { start, lease };
    if (stack.closing || flight.aborted) return { start };
    start.fence.close();
    await flight.unlessAborted(delay(wait)).catch(() => {});
  }
}

/** Gives the lease back when the value can be found. Never rejects: a lease that stays is taken over. */
export async function endLease(
  lease: TierLease,
  written: Promise<unknown> | undefined,
): Promise<void> {
  await written;
  await lease.release().catch(() => {});
}
