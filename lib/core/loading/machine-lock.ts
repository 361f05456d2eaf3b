import { setTimeout as delay } from 'node:timers/promises';
import type { Category } from '../stack/category.js';
import type { Fence } from '../stack/fences.js';
import type { TierLease } from '../stack/lower-tier.js';
import type { FoundBelow, TierStack } from '../stack/tier-stack.js';
import type { LoadPlan } from './load-plan.js';

/** How often a waiting process looks whether the value has come, or its turn. */
const LOOK_EVERY_MS = 25;

/** The turn of a load: with the lease, or without one where none can be had. */
export interface Turn {
  readonly lease: TierLease | undefined;
}

/**
 * One load per key among the processes of a machine: whoever has the lease of the key loads; the others
 * wait for its value, or for the lease. A tier that cannot give leases holds nobody up, and a cache
 * that is being closed waits for nobody else's load.
 */
export async function takeTurn(
  stack: TierStack,
  category: Category,
  key: string,
  { selection, forceRefresh }: LoadPlan,
  fence: Fence,
): Promise<FoundBelow | Turn> {
  for (;;) {
    const lease = await stack.lease(category, key, selection);
    if (lease === 'none') return { lease: undefined };
    // The one who had the lease before has stored his value, if he could.
    if (!forceRefresh && (await stack.hasBelow(category, key, selection))) {
      const below = await stack.readBelow(category, key, selection, fence);
      if ('hit' in below) {
        if (lease !== undefined) stack.inBackground(endLease(lease, undefined));
        return below;
      }
    }
    if (lease !== undefined || stack.closing) return { lease };
    await delay(LOOK_EVERY_MS);
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
