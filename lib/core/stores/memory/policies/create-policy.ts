import type { EvictionPolicyName } from '../../../model/options.js';
import type { EvictionPolicy } from './eviction-policy.js';
import { FifoPolicy } from './fifo.js';
import { LfuPolicy } from './lfu.js';
import { LruPolicy } from './lru.js';

const POLICIES: Record<EvictionPolicyName, () => EvictionPolicy> = {
  lru: () => new LruPolicy(),
  fifo: () => new FifoPolicy(),
  lfu: () => new LfuPolicy(),
};

/** The names that `evictionPolicy` takes. */
export const POLICY_NAMES = Object.keys(POLICIES) as EvictionPolicyName[];

export function createPolicy(name: EvictionPolicyName): EvictionPolicy {
  return POLICIES[name]();
}
