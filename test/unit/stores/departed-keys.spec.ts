import { describe, expect, it } from '@jest/globals';
import { DepartedKeys } from '../../../lib/core/stores/memory/departed-keys.js';

describe('The departed', () => {
  it('are remembered with their reason', () => {
    const departed = new DepartedKeys(64);
    departed.add('a', 'expired');
    departed.add('b', 'evicted');
    departed.add('c', 'invalidated');
    expect(['a', 'b', 'c', 'd'].map((key) => departed.reasonFor(key))).toEqual([
      'expired',
      'evicted',
      'invalidated',
      'absent',
    ]);
  });

  it('are remembered with their latest reason', () => {
    const departed = new DepartedKeys(64);
    departed.add('a', 'expired');
    departed.add('a', 'evicted');
    expect(departed.reasonFor('a')).toBe('evicted');
  });

  it('can be forgotten, one or all', () => {
    const departed = new DepartedKeys(64);
    departed.forget('a');
    expect(departed.reasonFor('a')).toBe('absent');
    departed.add('a', 'expired');
    departed.forget('a');
    departed.forget('b');
    expect(departed.reasonFor('a')).toBe('deleted');
    expect(departed.reasonFor('b')).toBe('absent');
    departed.add('b', 'expired');
    departed.clear();
    expect(departed.reasonFor('b')).toBe('absent');
  });

  it('are never told as another reason than theirs, at most forgotten, however many they are', () => {
    const departed = new DepartedKeys(1000);
    const reasons = ['expired', 'evicted', 'invalidated'] as const;
    for (let key = 0; key < 5000; key++) departed.add(`key:${key}`, reasons[key % 3]!);
    let remembered = 0;
    for (let key = 0; key < 5000; key++) {
      const reason = departed.reasonFor(`key:${key}`);
      if (reason !== 'absent') remembered++;
      expect([reasons[key % 3], 'absent']).toContain(reason);
    }
    expect(remembered).toBeGreaterThan(500);
  });

  it('are not mixed up with keys that were never there', () => {
    const departed = new DepartedKeys(1000);
    for (let key = 0; key < 1000; key++) departed.add(`key:${key}`, 'expired');
    for (let key = 0; key < 1000; key++) expect(departed.reasonFor(`other:${key}`)).toBe('absent');
  });

  it('fit in a store without a limit, and in one of a single entry', () => {
    for (const entries of [Infinity, 1]) {
      const departed = new DepartedKeys(entries);
      departed.add('', 'expired');
      expect(departed.reasonFor('')).toBe('expired');
    }
  });

  it('are told apart though their keys are long and differ only at an end', () => {
    const departed = new DepartedKeys(64);
    departed.add(`a${'x'.repeat(500)}`, 'expired');
    expect(departed.reasonFor(`b${'x'.repeat(500)}`)).toBe('absent');
    expect(departed.reasonFor(`a${'x'.repeat(501)}`)).toBe('absent');
  });
});
