import type { EvictionPolicyName } from '../../../model/options.js';
import type { EvictionPolicy, PolicyLimits } from './eviction-policy.js';
import { FifoPolicy } from './fifo.js';
import { LfuPolicy } from './lfu.js';
import { LruPolicy } from './lru.js';

const POLICIES: Record<EvictionPolicyName, (limits: PolicyLimits) => EvictionPolicy> = {
  lru: () => new LruPolicy(),
  fifo: () => new FifoPolicy(),
  lfu: () => new LfuPolicy(),
};

/** The names that `evictionPolicy` takes. */
export const POLICY_NAMES = Object.keys(POLICIES) as EvictionPolicyName[];

export function createPolicy(name: EvictionPolicyName, limits: PolicyLimits): EvictionPolicy {
  return POLICIES[name](limits);
}
