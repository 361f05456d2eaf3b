export type { TierCleanupReport } from './core/model/cache-stats.js';
export type { Clock } from './core/primitives/clock.js';
export type { DurationParts } from './core/primitives/ttl.js';
export type { StoreKey } from './core/model/store-key.js';
export type { ByteStore, StoredBytes } from './core/stores/byte-store.js';
export type {
  EvictionPolicy,
  PolicyLimits,
  PolicyNode,
} from './core/stores/memory/policies/eviction-policy.js';
export {
  byteStoreContract,
  type AsyncContractCheck,
  type ByteStoreContractOptions,
} from './integrations/testing/byte-store-contract.js';
export {
  ChaosStore,
  type ByteStoreOperation,
  type FaultOptions,
  type StoredEntry,
} from './integrations/testing/chaos-store.js';
export { ManualClock } from './integrations/testing/manual-clock.js';
export { MemoryByteStore } from './integrations/testing/memory-byte-store.js';
export { policyContract, type ContractCheck } from './integrations/testing/policy-contract.js';
