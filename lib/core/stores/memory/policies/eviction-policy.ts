/**
 * An entry as a policy sees it: the number of the slot that the store keeps it in, from 0. A policy
 * keeps what it needs to know of an entry in columns of its own, indexed by slot, so that an entry
 * costs no object and a hit no second look-up.
 */
export type PolicyNode = number;

/** What a policy is made for. */
export interface PolicyLimits {
  /** Infinity: no limit. */
  readonly maxEntries: number;
  /** Infinity: no limit, and every entry weighs 1. */
  readonly maxBytes: number;
  /** Where a policy that draws lots starts to draw: 32 bits. */
  readonly seed: number;
}

/** How many entries make a category full, as far as is known: where bytes may do so before, those that there is room for by now. */
export function entriesWhenFull({ maxEntries, maxBytes }: PolicyLimits, slots: number): number {
  const isKnown = maxEntries !== Infinity && maxBytes === Infinity;
  return isKnown ? maxEntries : Math.min(slots, maxEntries);
}

/**
 * Orders the entries of one category. It owns no values and removes nothing: the store asks it for
 * a victim, and tells it of every entry that comes, is used, or goes. The store inserts first and
 * asks for a victim then, so for that moment the category is one entry over its limit.
 *
 * A write to an entry that is already there is not a use.
 */
export interface EvictionPolicy {
  /** True: it goes by the hashes that `add` is told; should those change, it is cleared and told of every entry anew. */
  readonly hashed?: boolean;
  /** Makes room for slots below `slots`. Called before `add` of any of them; never shrinks. */
  resize(slots: number): void;
  /**
   * An entry has come. Its slot is free before.
   *
   * @param hash of the key: 32 bits, signed (an unsigned one would be boxed at every call), under a seed of the
   * process; equal for equal keys
   * @param weight bytes where the category is limited by bytes, else 1
   */
  add(node: PolicyNode, hash: number, weight: number): void;
  /** An entry was used. The hot path: a write or two. */
  touch(node: PolicyNode): void;
  /** A write has changed what an entry weighs. */
  reweigh?(node: PolicyNode, weight: number): void;
  /**
   * An entry has gone.
   *
   * @param evicted true: as the victim; false: deleted, expired, or on its way to come anew
   */
  remove(node: PolicyNode, evicted: boolean): void;
  /**
   * The entry to remove next, which is the newcomer where the policy refuses it; -1 if empty. Stays
   * in place until the store calls `remove`, and the same until something comes, is used, or goes.
   */
  victim(): PolicyNode;
  /**
   * An entry comes while the category is full, into the slot of the one that goes for it: in one step what `add`, `victim` and
   * `remove` do in three, but for the number of the slot. Called only where entries weigh 1, and there is one; a policy that has no such method, or may
   * refuse a newcomer, takes the three steps.
   *
   * @param hash of the key that comes, as in `add`
   * @returns the slot, of one that is in
   */
  exchange?(hash: number): PolicyNode;
  /** Forgets every entry. */
  clear(): void;
  /** Throws if the policy's own structure is broken. The contract suite calls it after every operation. */
  checkInvariants(): void;
}
