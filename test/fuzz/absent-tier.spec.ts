import { describe, expect, it } from '@jest/globals';
import type { CacheService } from '../../lib/core/cache.service.js';
import type { TierPatience } from '../../lib/core/stack/tier-patience.js';
import { seededRandom, type Random } from '../../lib/integrations/testing/seeded-random.js';
import { ManualClock } from '../../lib/testing.js';
import { settle } from '../support/turns.js';
import { FakeTier, type Operation } from '../scenario/support/fake-tier.js';
import { scenario } from '../scenario/support/scenario-cache.js';

const KEYS = ['a', 'b', 'c'];
const ALL: readonly Operation[] = ['read', 'write', 'delete', 'clear', 'invalidateTags'];
const BOTH: { tiers: ('memory' | 'file')[] } = { tiers: ['memory', 'file'] };
const TIMEOUT_MS = 500;
const PAUSE_MS = 2000;

/** A tier that hangs or fails for a while, and does then what it was told meanwhile. */
class AbsentTier extends FakeTier {
  readonly patience: TierPatience;
  #releases: (() => void)[] = [];

  constructor(clock: ManualClock, failures: number) {
    super('file', () => clock.now());
    this.patience = { timeoutMs: TIMEOUT_MS, failures, pauseMs: PAUSE_MS, clock };
  }

  /** @param acts what is asked takes effect, and only the answers do not come */
  hang(acts: boolean): void {
    if (this.#releases.length > 0) return;
    this.#releases = ALL.map((each) => (acts ? this.holdAnswers(each) : this.holdEffects(each)));
  }

  fail(operation: Operation): void {
    this.failing.add(operation);
  }

  recover(): void {
    this.failing.clear();
    for (const release of this.#releases.splice(0)) release();
  }
}

/** Values are numbers that only grow: a read must not give a lower one than was promised when it began. */
class History {
  readonly #clock: ManualClock;
  readonly #cache: CacheService;
  readonly #tier: AbsentTier;
  readonly #random: Random;
  readonly #floors = new Map<string, number>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #seed: number;
  readonly #broken: string[] = [];
  #count = 0;
  fromTier = 0;
  failures = 0;

  constructor(seed: number) {
    this.#seed = seed;
    this.#random = seededRandom(seed);
    this.#clock = new ManualClock();
    this.#tier = new AbsentTier(this.#clock, 1 + this.#random(4));
    const options = { maxEntriesPerCategory: 2, defaultTtl: '1h', clock: this.#clock } as const;
    const { cache } = scenario(options, [this.#tier]);
    this.#cache = cache;
  }

  async step(): Promise<void> {
    const dice = this.#random(100);
    const key = KEYS[this.#random(KEYS.length)]!;
    if (dice < 20) this.#follow(this.#read(key, ['memory', 'file']));
    else if (dice < 35) this.#follow(this.#read(key, ['file']));
    else if (dice < 45) this.#follow(this.#wrap(key));
    else if (dice < 57) this.#follow(this.#set(key));
    else if (dice < 65) this.#follow(this.#removal([key], () => this.#cache.delete(key, BOTH)));
    else if (dice < 68) this.#follow(this.#removal(KEYS, () => this.#cache.deleteMany(KEYS, BOTH)));
    else if (dice < 73) this.#follow(this.#removal([key], () => this.#cache.invalidateTags([key])));
    else if (dice < 75) this.#follow(this.#removal(KEYS, () => this.#cache.clear('default')));
    else if (dice < 78) this.#tier.hang(this.#random(2) === 0);
    else if (dice < 80) this.#tier.fail(ALL[this.#random(ALL.length)]!);
    else if (dice < 84) this.#tier.recover();
    else if (dice < 92) this.#clock.advance(this.#random(2 * TIMEOUT_MS));
    else if (dice < 94) this.#clock.advance(PAUSE_MS);
    if (this.#random(3) > 0) await settle();
  }

  async end(): Promise<void> {
    this.#tier.recover();
    while (this.#pending.size > 0) {
      await settle();
      this.#clock.advance(TIMEOUT_MS);
    }
    this.#clock.advance(PAUSE_MS);
    for (let round = 0; round < 3; round++) {
      for (const key of KEYS) await this.#read(key, ['file']);
      await settle();
    }
    await this.#cache.close();
    // What another process finds.
    for (const key of KEYS) this.#check(key, this.#tier.valueOf(key), this.#floorOf(key), 'left');
    expect(this.#broken).toEqual([]);
  }

  #follow(work: Promise<unknown>): void {
    const followed = work
      .catch((error: unknown) => void this.#broken.push(String(error)))
      .finally(() => this.#pending.delete(followed));
    this.#pending.add(followed);
  }

  async #read(key: string, tiers: ('memory' | 'file')[]): Promise<void> {
    const floor = this.#floorOf(key);
    const { value, source, error } = await this.#cache.get(key, { tiers });
    if (source === 'file') this.fromTier++;
    if (error !== undefined) this.failures++;
    this.#check(key, value, floor, tiers.join());
  }

  async #wrap(key: string): Promise<void> {
    const floor = this.#floorOf(key);
    const options = { ...BOTH, tags: [key] };
    const value = await this.#cache.wrap(key, () => Promise.resolve(++this.#count), options);
    this.#check(key, value, floor, 'wrap');
  }

  async #set(key: string): Promise<void> {
    const value = ++this.#count;
    await this.#cache.set(key, value, { ...BOTH, tags: [key] });
    this.#promise([key], value);
  }

  async #removal(keys: readonly string[], work: () => Promise<unknown>): Promise<void> {
    const since = ++this.#count;
    await work();
    this.#promise(keys, since);
  }

  #promise(keys: readonly string[], version: number): void {
    for (const key of keys) this.#floors.set(key, Math.max(version, this.#floorOf(key)));
  }

  #floorOf(key: string): number {
    return this.#floors.get(key) ?? 0;
  }

  #check(key: string, value: unknown, floor: number, how: string): void {
    if (value === undefined || (value as number) >= floor) return;
    this.#broken.push(
      `seed ${this.#seed}, ${how} of ${key}: got ${String(value)}, promised ${floor}`,
    );
  }
}

describe('A tier that hangs and fails at random', () => {
  it('never gives what was removed or replaced, while it is away, when it is back, and to others', async () => {
    let [fromTier, failures] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const history = new History(seed);
      for (let step = 0; step < 150; step++) await history.step();
      await history.end();
      fromTier += history.fromTier;
      failures += history.failures;
    }
    expect(fromTier).toBeGreaterThan(100);
    expect(failures).toBeGreaterThan(100);
  });
});
