import { describe, expect, it } from '@jest/globals';
import { createPolicy, POLICY_NAMES } from '../../lib/core/stores/memory/policies/create-policy.js';
import { FifoPolicy } from '../../lib/core/stores/memory/policies/fifo.js';
import { LfuPolicy } from '../../lib/core/stores/memory/policies/lfu.js';
import { LruPolicy } from '../../lib/core/stores/memory/policies/lru.js';
import { policyContract, type EvictionPolicy } from '../../lib/testing.js';

const NEAR_THE_LAST_TICK = 2 ** 31 - 20;

describe('The contract of an eviction policy', () => {
  for (const name of POLICY_NAMES) {
    for (const check of policyContract(name, (limits) => createPolicy(name, limits))) {
      it(`${check.name}`, () => check.run());
    }
  }

  const restarting: [string, () => EvictionPolicy][] = [
    ['lru near its last tick', () => new LruPolicy(NEAR_THE_LAST_TICK)],
    ['lfu near its last tick', () => new LfuPolicy(NEAR_THE_LAST_TICK)],
  ];
  for (const [name, create] of restarting) {
    for (const check of policyContract(name, create)) it(`${check.name}`, () => check.run());
  }
});

describe('The contract suite finds a policy that', () => {
  const broken: [string, () => EvictionPolicy][] = [
    ['names a removed entry', () => new Forgetful('remove')],
    ['keeps entries over a clear', () => new Forgetful('clear')],
    ['loses an entry when it is used', () => new LosesOnTouch()],
    ['loses entries when it grows', () => new LosesOnResize()],
    ['never names a newcomer', () => new BlindToFirst()],
    ['changes its mind', () => new FickleVictim()],
    ['exchanges the newest for the newcomer', () => new ExchangesNewest()],
    ['exchanges what is not there', () => new ExchangesNothing()],
  ];
  it.each(broken)('%s', (_fault, create) => {
    const failures = policyContract('broken', create).filter(({ run }) => {
      try {
        run();
        return false;
      } catch {
        return true;
      }
    });
    expect(failures).not.toHaveLength(0);
  });
});

/** The naive right answer, to be broken in one respect each. */
class ListPolicy implements EvictionPolicy {
  protected nodes: number[] = [];
  resize(_slots: number): void {}
  add(node: number): void {
    this.nodes.push(node);
  }
  touch(_node: number): void {}
  remove(node: number): void {
    this.nodes = this.nodes.filter((other) => other !== node);
  }
  victim(): number {
    return this.nodes[0] ?? -1;
  }
  clear(): void {
    this.nodes = [];
  }
  checkInvariants(): void {}
}

class Forgetful extends ListPolicy {
  readonly #forgets: 'remove' | 'clear';
  constructor(forgets: 'remove' | 'clear') {
    super();
    this.#forgets = forgets;
  }
  override remove(node: number): void {
    if (this.#forgets !== 'remove') super.remove(node);
  }
  override clear(): void {
    if (this.#forgets !== 'clear') super.clear();
  }
}

class LosesOnTouch extends ListPolicy {
  override touch(node: number): void {
    if (node === 3) this.remove(node);
  }
}

class LosesOnResize extends ListPolicy {
  override resize(_slots: number): void {
    this.nodes.pop();
  }
}

class BlindToFirst extends ListPolicy {
  override victim(): number {
    return this.nodes.find((node) => node !== 0) ?? -1;
  }
}

class FickleVictim extends ListPolicy {
  override victim(): number {
    this.nodes.reverse();
    return super.victim();
  }
}

class ExchangesNewest extends ListPolicy {
  exchange(): number {
    return this.nodes.at(-1)!;
  }
}

class ExchangesNothing extends ListPolicy {
  exchange(): number {
    return -1;
  }
}

describe('A policy written by a user', () => {
  it('can be held against the contract through the public types', () => {
    const checks = policyContract('fifo', () => new FifoPolicy());
    expect(new Set(checks.map(({ name }) => name)).size).toBe(checks.length);
    expect(checks.length).toBeGreaterThan(8);
  });
});
