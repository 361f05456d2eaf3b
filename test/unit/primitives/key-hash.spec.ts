import { describe, expect, it } from '@jest/globals';
import { KeyHash } from '../../../lib/core/primitives/key-hash.js';

const KEY = new KeyHash(0x12345678, 0x9abcdef0);

describe('The hash of a key', () => {
  it('is 32 bits, unsigned, and the same each time', () => {
    for (const text of ['', 'a', 'user:42', '\u{1f600}', 'x'.repeat(100_000)]) {
      const hash = KEY.of(text);
      expect(Number.isInteger(hash) && hash >= 0 && hash < 2 ** 32).toBe(true);
      expect(KEY.of(text)).toBe(hash);
    }
  });

  it('reads the whole key: long keys that differ in one character anywhere differ', () => {
    const hashes = new Set<number>();
    for (let at = 0; at < 1000; at++)
      hashes.add(KEY.of('x'.repeat(at) + 'y' + 'x'.repeat(999 - at)));
    expect(hashes.size).toBe(1000);
  });

  it('tells lengths apart, also of keys that end in zeros', () => {
    const hashes = new Set<number>();
    for (let length = 0; length < 1000; length++) hashes.add(KEY.of('\0'.repeat(length)));
    expect(hashes.size).toBe(1000);
  });

  it('fills a table evenly with keys that count up', () => {
    const places = new Uint32Array(256);
    for (let key = 0; key < 256 * 100; key++) places[KEY.of(`user:${key}`) & 255]!++;
    expect(Math.max(...places)).toBeLessThan(160);
    expect(Math.min(...places)).toBeGreaterThan(50);
  });

  it('is another under another secret: keys that collide under one do not under the next', () => {
    const byHash = new Map<number, string[]>();
    for (let key = 0; key < 200_000; key++) {
      const hash = KEY.of(`k${key}`) & 0xffff;
      byHash.set(hash, [...(byHash.get(hash) ?? []).slice(0, 3), `k${key}`]);
    }
    const other = new KeyHash(0x12345678, 0x9abcdef1);
    let collide = 0;
    for (const keys of byHash.values()) {
      if (new Set(keys.map((key) => other.of(key) & 0xffff)).size < keys.length) collide++;
    }
    expect(byHash.size).toBeGreaterThan(50_000);
    expect(collide).toBeLessThan(100);
  });

  it('has a secret of its own in every process', () => {
    expect(KeyHash.random().of('key')).not.toBe(KeyHash.random().of('key'));
  });
});
