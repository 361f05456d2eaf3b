import { describe, expect, it } from '@jest/globals';
import { DepartedKeys } from '../../../../lib/core/stores/memory/departed-keys.js';

/** Room for so many that none takes another's place here. */
function setUp(slots = 4): DepartedKeys {
  const departed = new DepartedKeys(65_536);
  departed.resize(slots);
  return departed;
}

describe('The keys that have departed', () => {
  it('are told with their last reason', () => {
    const departed = setUp();
    expect(departed.reasonFor('a')).toBe('absent');
    for (const reason of ['evicted', 'expired', 'invalidated', 'deleted'] as const) {
      departed.add('a', reason);
      expect(departed.reasonFor('a')).toBe(reason);
      expect(departed.reasonFor('b')).toBe('absent');
    }
  });

  it('are known by their slots, whether or not they were asked for when they came', () => {
    const departed = setUp();
    departed.arrived(0, 'before any had departed');
    departed.departed(0, 'before any had departed', 'evicted');
    departed.reasonFor('asked for');
    departed.arrived(1, 'asked for');
    departed.reasonFor('another');
    departed.arrived(2, 'not asked for');
    departed.departed(1, 'asked for', 'expired');
    departed.departed(2, 'not asked for', 'invalidated');
    expect(departed.reasonFor('before any had departed')).toBe('evicted');
    expect(departed.reasonFor('asked for')).toBe('expired');
    expect(departed.reasonFor('not asked for')).toBe('invalidated');
    expect(departed.reasonFor('another')).toBe('absent');
  });

  it('leave their slots to others', () => {
    const departed = setUp();
    departed.add('any', 'deleted');
    departed.reasonFor('first');
    departed.arrived(0, 'first');
    departed.departed(0, 'first', 'evicted');
    departed.arrived(0, 'second');
    departed.departed(0, 'second', 'expired');
    expect([departed.reasonFor('first'), departed.reasonFor('second')]).toEqual([
      'evicted',
      'expired',
    ]);
  });

  it('are forgotten with all that was known of the slots', () => {
    const departed = setUp();
    departed.add('any', 'deleted');
    departed.reasonFor('first');
    departed.arrived(0, 'first');
    departed.clear();
    expect(departed.reasonFor('any')).toBe('absent');
    // Nothing has departed since: what comes is not noted.
    departed.arrived(0, 'second');
    departed.departed(0, 'second', 'evicted');
    expect(departed.reasonFor('second')).toBe('evicted');
    expect(departed.reasonFor('first')).toBe('absent');
  });

  it('are still known when there is room for more', () => {
    const departed = setUp(1);
    departed.add('any', 'deleted');
    departed.reasonFor('first');
    departed.arrived(0, 'first');
    departed.resize(3);
    departed.reasonFor('second');
    departed.arrived(2, 'second');
    departed.departed(0, 'first', 'evicted');
    departed.departed(2, 'second', 'evicted');
    expect([departed.reasonFor('first'), departed.reasonFor('second')]).toEqual([
      'evicted',
      'evicted',
    ]);
  });
});
