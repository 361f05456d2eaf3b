/**
 * An entry as a policy sees it: the number of the slot that the store keeps it in, from 0. A policy
 * keeps what it needs to know of an entry in columns of its own, indexed by slot, so that an entry
 * costs no object and a hit no second look-up.
 */
export type PolicyNode = number;

/**
 * Orders the entries of one category. It owns no values and removes nothing: the store asks it for
 * a victim, and tells it of every entry that comes, is used, or goes.
 *
 * A write to an entry that is already there is not a use.
 */
export interface EvictionPolicy {
  /** Makes room for slots below `slots`. Called before `add` of any of them; never shrinks. */
  resize(slots: number): void;
  /** An entry has come. Its slot is free before. */
  add(node: PolicyNode): void;
  /** An entry was used. The hot path: a write or two. */
  touch(node: PolicyNode): void;
  /** An entry has gone, for whatever cause. */
  remove(node: PolicyNode): void;
  /**
   * The entry to remove next, which is the newcomer where the policy refuses it; -1 if empty. Stays
   * in place until the store calls `remove`.
   */
  victim(): PolicyNode;
  /** Forgets every entry. */
  clear(): void;
  /** Throws if the policy's own structure is broken. The contract suite calls it after every operation. */
  checkInvariants(): void;
}
