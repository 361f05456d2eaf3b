import { describe, expect, it } from '@jest/globals';
import { CircuitBreaker } from '../../../lib/core/stack/circuit-breaker.js';
import { ManualClock } from '../../../lib/testing.js';

const PAUSE_MS = 100;
const late = new Error('late');

function breaker(): { breaker: CircuitBreaker; clock: ManualClock } {
  const clock = new ManualClock();
  const patience = { timeoutMs: 1000, failures: 1, pauseMs: PAUSE_MS, clock };
  return { breaker: new CircuitBreaker(patience), clock };
}

describe('A circuit breaker', () => {
  it('lets one operation try the tier, and the next when that one has ended', () => {
    const { breaker: own, clock } = breaker();
    expect(own.failed(late, own.enter()!)).toBe(true);
    expect(own.enter()).toBeUndefined();
    clock.advance(PAUSE_MS);
    const probe = own.enter()!;
    expect(probe).toBeDefined();
    expect(own.enter()).toBeUndefined();
    own.unasked(probe);
    expect(own.enter()).toBeDefined();
  });

  it('lets no second one try when an operation from before comes to nothing', () => {
    const { breaker: own, clock } = breaker();
    const before = own.enter()!;
    own.failed(late, own.enter()!);
    clock.advance(PAUSE_MS);
    expect(own.enter()).toBeDefined();
    own.unasked(before);
    expect(own.enter()).toBeUndefined();
  });

  it('lets no second one try when an operation from before fails and another pause is over', () => {
    const { breaker: own, clock } = breaker();
    const before = own.enter()!;
    own.failed(late, own.enter()!);
    clock.advance(PAUSE_MS);
    const probe = own.enter()!;
    expect(own.failed(late, before)).toBe(false);
    clock.advance(PAUSE_MS);
    expect(own.enter()).toBeUndefined();
    own.answered();
    expect(own.enter()).toBeDefined();
    expect(probe).toBeDefined();
  });

  it('lets no second one try when the one of an earlier time ends', () => {
    const { breaker: own, clock } = breaker();
    own.failed(late, own.enter()!);
    clock.advance(PAUSE_MS);
    const earlier = own.enter()!;
    own.answered();
    own.failed(late, own.enter()!);
    clock.advance(PAUSE_MS);
    expect(own.enter()).toBeDefined();
    own.unasked(earlier);
    expect(own.enter()).toBeUndefined();
  });
});
