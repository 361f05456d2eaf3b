import { MULTIPLIER } from '../../../lib/core/stores/memory/quick-hash.js';

const BLOCKS = 16;
const FIRST = 0x20;
/** Surrogates begin. */
const END = 0xd800;

/**
 * So many keys of one quick hash under a seed, as an attacker would choose them who knows it; at most 65,536. Of
 * each block of two characters there are two that leave the hash in the same state, and any choice among them makes a
 * key (Joux, "Multicollisions in iterated hash functions", CRYPTO 2004).
 */
export function alikeKeys(count: number, seed: number): string[] {
  let state = seed;
  const blocks: [string, string][] = [];
  for (let at = 0; at < BLOCKS; at++) {
    const pair = alikePair(state);
    blocks.push(pair);
    for (const character of [0, 1]) state = step(state, pair[0].charCodeAt(character));
  }
  return Array.from({ length: count }, (_, at) =>
    blocks.map((pair, bit) => pair[(at >> bit) & 1]).join(''),
  );
}

/** Two blocks of two characters that leave the hash in the same state: after the first of them the states differ in no more than a second can take back. */
export function alikePair(state: number): [string, string] {
  const byHighBits = new Map<number, number>();
  for (let character = FIRST; character < END; character++) {
    const after = step(state, character);
    const other = byHighBits.get(after >>> 16);
    byHighBits.set(after >>> 16, character);
    if (other === undefined) continue;
    const second = FIRST ^ after ^ step(state, other);
    if (second < END) {
      return [String.fromCharCode(character, FIRST), String.fromCharCode(other, second)];
    }
  }
  throw new Error(`no characters are alike after ${state}`);
}

function step(state: number, character: number): number {
  return ((state ^ character) * MULTIPLIER) | 0;
}
