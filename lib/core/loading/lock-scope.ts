import type { LockScope, TierName } from '../model/options.js';
import { CacheOptionsError } from '../primitives/errors.js';

/** @throws CacheOptionsError for a scope that is not there */
export function checkLock(lock: unknown, option: string): asserts lock is LockScope {
  if (lock === 'process' || lock === 'machine') return;
  const later = lock === 'cluster' ? ": 'cluster' is not in this version yet" : '';
  throw new CacheOptionsError(option, lock, `'process' or 'machine'${later}`);
}

/** Whether the lock has a tier to reach the others through. */
export function canLock(lock: LockScope | undefined, tiers: readonly TierName[]): boolean {
  return lock !== 'machine' || tiers.includes('file');
}

/** @throws CacheOptionsError where the lock has no tier to reach the others through */
export function checkLockTiers(
  lock: LockScope | undefined,
  tiers: readonly TierName[],
  option: string,
): void {
  if (canLock(lock, tiers)) return;
  throw new CacheOptionsError(option, lock, "'process' where 'file' is not among the tiers");
}
