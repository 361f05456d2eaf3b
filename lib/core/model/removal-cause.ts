import type { MissReason } from './cache-result.js';

/**
 * Why an entry left a tier. Nothing leaves without one, but for files that another process removed, that were damaged,
 * or that a failed write took with it.
 *
 * - `expired`: its TTL was over
 * - `evicted`: the category was over its limit, and the policy chose this entry
 * - `replaced`: a newer value was set under the same key
 * - `deleted`: `delete`, `deleteMany` or `clear`
 * - `invalidated`: `invalidateTags`
 * - `oversized`: alone larger than the limit of the category
 */
export type RemovalCause =
  'expired' | 'evicted' | 'replaced' | 'deleted' | 'invalidated' | 'oversized';

/** What a later read is told of an entry that left for this cause. */
export function missReasonAfter(
  cause: RemovalCause,
): Extract<MissReason, 'absent' | 'expired' | 'evicted' | 'invalidated'> {
  switch (cause) {
    case 'expired':
    case 'invalidated':
      return cause;
    case 'evicted':
    case 'oversized':
      return 'evicted';
    case 'deleted':
    case 'replaced':
      return 'absent';
  }
}
