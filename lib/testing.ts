export type { EvictionPolicy, PolicyNode } from './core/stores/memory/policies/eviction-policy.js';
export { ManualClock } from './integrations/testing/manual-clock.js';
export { policyContract, type ContractCheck } from './integrations/testing/policy-contract.js';
