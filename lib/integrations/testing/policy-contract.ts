import type {
  EvictionPolicy,
  PolicyLimits,
} from '../../core/stores/memory/policies/eviction-policy.js';
import { demand } from './demand.js';
import { HEAVIEST, PolicyDriver } from './policy-driver.js';
import { seededRandom } from './seeded-random.js';

/** One check of a contract: passes, or throws an error that says what is wrong. */
export interface ContractCheck {
  readonly name: string;
  run(): void;
}

const SEEDS = [1, 2, 3, 4, 5];

/**
 * What every eviction policy must do, as checks for any test runner: random operations from fixed
 * seeds, with `checkInvariants()` after each of them, in a category limited by entries and in one
 * limited by bytes.
 *
 * @param name put before the name of each check
 * @param createPolicy makes an empty policy for these limits; called once or more by each check
 * @example
 * for (const check of policyContract('mine', (limits) => new MyPolicy(limits))) {
 *   test(check.name, () => check.run());
 * }
 */
export function policyContract(
  name: string,
  createPolicy: (limits: PolicyLimits) => EvictionPolicy,
): ContractCheck[] {
  return MEASURES.flatMap(([measure, limitsOf]) => {
    const drive: Drive = (most = 1000) => {
      const limits = limitsOf(most);
      return new PolicyDriver(createPolicy(limits), limits);
    };
    return CHECKS.map(([title, check]) => ({
      name: `${name}, limited by ${measure}: ${title}`,
      run: () => check(drive),
    }));
  });
}

/** Drives a new policy of a category that holds about so many entries. */
type Drive = (most?: number) => PolicyDriver;

const MEASURES: readonly (readonly [measure: string, limits: (most: number) => PolicyLimits])[] = [
  ['entries', (most) => ({ maxEntries: most, maxBytes: Infinity, seed: 1 })],
  ['bytes', (most) => ({ maxEntries: Infinity, maxBytes: most * (HEAVIEST / 2), seed: 1 })],
  ['both', (most) => ({ maxEntries: most, maxBytes: most * (HEAVIEST / 2), seed: 1 })],
];

const CHECKS: readonly (readonly [title: string, check: (drive: Drive) => void])[] = [
  ['an empty policy has no victim', emptyHasNoVictim],
  ['a lone entry is the victim, used or not', loneEntryIsVictim],
  ['a victim is always a live entry', victimIsLive],
  ['a victim stays in place until it is removed', victimStays],
  ['every added entry is a victim in the end, once', everyEntryLeavesOnce],
  ['a removed entry is never a victim', removedNeverVictim],
  ['a use changes nothing about who is in', touchKeepsMembership],
  ['clear forgets every entry', clearForgets],
  ['resize keeps every entry', resizeKeeps],
  ['a slot that was freed can be taken again', slotsAreReused],
  ['an exchange lets go what the three steps do', exchangeIsThreeSteps],
  ['a long run at the limit keeps its order straight', longRun],
];

function emptyHasNoVictim(drive: Drive): void {
  const driver = drive();
  driver.victim();
  driver.grow();
  driver.victim();
  driver.remove(driver.add());
  driver.victim();
}

function loneEntryIsVictim(drive: Drive): void {
  const driver = drive();
  for (let uses = 0; uses < 5; uses++) {
    const node = driver.add();
    for (let use = 0; use < uses; use++) driver.touch(node);
    demand(driver.evict() === node, `the only entry, used ${uses} times, is not the victim`);
  }
}

function victimIsLive(drive: Drive): void {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    const driver = drive(24);
    for (let step = 0; step < 1500; step++) {
      driver.step(random);
      driver.victim();
    }
  }
}

function victimStays(drive: Drive): void {
  const random = seededRandom(6);
  const driver = drive(12);
  for (let step = 0; step < 500; step++) {
    driver.step(random);
    demand(driver.victim() === driver.victim(), 'asked twice, the policy names two victims');
  }
}

function everyEntryLeavesOnce(drive: Drive): void {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    const driver = drive(50);
    for (let step = 0; step < 300; step++) driver.step(random);
    const live = [...driver.live];
    const left = driver.drain();
    demand(sameMembers(live, left), `live were ${live.join()}, victims ${left.join()}`);
  }
}

function removedNeverVictim(drive: Drive): void {
  for (const seed of SEEDS) {
    const random = seededRandom(seed);
    const driver = drive();
    for (let entry = 0; entry < 40; entry++) driver.add();
    for (let use = 0; use < 40; use++) driver.touchAny(random);
    const removed = Array.from({ length: 20 }, () => {
      const before = new Set(driver.live);
      driver.removeAny(random);
      return [...before].find((node) => !driver.live.has(node))!;
    });
    const victims = new Set(driver.drain());
    for (const node of removed) demand(!victims.has(node), `removed ${node} came up as a victim`);
  }
}

function touchKeepsMembership(drive: Drive): void {
  const random = seededRandom(7);
  const driver = drive();
  for (let entry = 0; entry < 30; entry++) driver.add();
  const live = [...driver.live];
  for (let use = 0; use < 1000; use++) {
    driver.touchAny(random);
    if (random(10) === 0) driver.victim();
  }
  const left = driver.drain();
  demand(sameMembers(live, left), `live were ${live.join()}, victims ${left.join()}`);
}

function clearForgets(drive: Drive): void {
  const random = seededRandom(8);
  const driver = drive(20);
  for (let round = 0; round < 5; round++) {
    for (let step = 0; step < 100; step++) driver.step(random);
    driver.clear();
    driver.victim();
  }
  const node = driver.add();
  demand(driver.evict() === node, 'after clear the first entry that comes is not the only one');
}

function resizeKeeps(drive: Drive): void {
  const random = seededRandom(9);
  const driver = drive(20);
  for (let step = 0; step < 200; step++) driver.step(random);
  const live = [...driver.live];
  const before = driver.victim();
  for (let growth = 0; growth < 3; growth++) driver.grow();
  demand(driver.victim() === before, 'resize changes who is the victim');
  const left = driver.drain();
  demand(sameMembers(live, left), `live were ${live.join()}, victims ${left.join()}`);
}

function slotsAreReused(drive: Drive): void {
  const driver = drive();
  for (let round = 0; round < 200; round++) {
    const nodes = [driver.add(), driver.add(), driver.add()];
    driver.touch(nodes[round % 3]!);
    for (const node of nodes) driver.remove(node);
  }
  demand(driver.capacity <= 4, `three entries at a time took ${driver.capacity} slots`);
}

function exchangeIsThreeSteps(drive: Drive): void {
  for (const most of [1, 2, 3, 8, 40]) {
    const [exchanging, stepping] = [drive(most), drive(most)];
    const [random, same] = [seededRandom(most), seededRandom(most)];
    for (let step = 0; step < 2000; step++) {
      exchanging.step(random, true);
      stepping.step(same, false);
      const [keys, expected] = [exchanging.keys.join(), stepping.keys.join()];
      demand(keys === expected, `with exchanges ${keys} are in, in three steps ${expected}`);
    }
  }
}

function longRun(drive: Drive): void {
  const random = seededRandom(10);
  const driver = drive(16);
  for (let step = 0; step < 20_000; step++) driver.step(random);
  driver.drain();
}

function sameMembers(left: readonly number[], right: readonly number[]): boolean {
  const members = new Set(left);
  return members.size === right.length && right.every((node) => members.delete(node));
}
