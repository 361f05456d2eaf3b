import type { EvictionPolicyName } from '../../../model/options.js';
import { AdaptivePolicy } from './adaptive.js';
import type { EvictionPolicy, PolicyLimits } from './eviction-policy.js';
import { FifoPolicy } from './fifo.js';
import { LfuPolicy } from './lfu.js';
import { LruPolicy } from './lru.js';
import { S3FifoPolicy } from './s3-fifo.js';
import { SievePolicy } from './sieve.js';
import { WTinyLfuPolicy } from './w-tinylfu.js';

const POLICIES: Record<EvictionPolicyName, (limits: PolicyLimits) => EvictionPolicy> = {
  lru: () => new LruPolicy(),
  fifo: () => new FifoPolicy(),
  lfu: () => new LfuPolicy(),
  sieve: () => new SievePolicy(),
  's3-fifo': (limits) => new S3FifoPolicy(limits),
  'w-tinylfu': (limits) => new WTinyLfuPolicy(limits),
  adaptive: (limits) => new AdaptivePolicy(limits),
};

/** The names that `evictionPolicy` takes. */
export const POLICY_NAMES = Object.keys(POLICIES) as EvictionPolicyName[];

export function createPolicy(name: EvictionPolicyName, limits: PolicyLimits): EvictionPolicy {
  return POLICIES[name](limits);
}
