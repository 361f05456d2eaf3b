/**
 * Two blocks that leave the quick hash in the same state, whatever it was before: the first step differs in
 * the highest bit, which the product keeps where it is, and the rotation moves to the fifth, where the
 * second step differs as well.
 */
const BLOCKS = ['a\u0001ab', 'a\u8001qb'];

/** So many keys of one quick hash under every seed, as an attacker would choose them; at most 65,536. */
export function alikeKeys(count: number): string[] {
  return Array.from({ length: count }, (_, at) =>
    Array.from({ length: 16 }, (_none, bit) => BLOCKS[(at >> bit) & 1]).join(''),
  );
}
