/** The category of what names none. */
export const DEFAULT_CATEGORY = 'default';

/** An entry's address in a byte store. Two parts: joining them would let addresses collide. */
export interface StoreKey {
  readonly category: string;
  readonly key: string;
}
