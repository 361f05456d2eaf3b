import { describe, expect, it } from '@jest/globals';
import { OWN_BIT, SlotLists } from '../../../../../lib/core/stores/memory/policies/slot-lists.js';

const MINE = 0x2a5 << OWN_BIT;

function listsOf(slots: number, weighed = false): SlotLists {
  const lists = new SlotLists(2, weighed);
  lists.resize(slots);
  return lists;
}

describe('Lists of slots', () => {
  it('keep the number and the bits of their owner wherever a slot goes, until it leaves', () => {
    const lists = listsOf(4);
    lists.append(0, 2, 1, -7, MINE);
    lists.append(0, 3, 1);
    lists.move(1, 2);
    lists.resize(100);
    lists.append(1, 50, 1, 9);
    lists.move(1, 2);
    expect(lists.own(2)).toBe(-7);
    expect(lists.state(2) & ~0xff).toBe(MINE);
    expect(lists.listOf(2)).toBe(1);
    lists.setState(2, lists.state(2) | (1 << 30));
    lists.checkInvariants();
    lists.remove(2);
    expect(lists.state(2)).toBe(0);
    lists.append(0, 2, 1);
    expect(lists.own(2)).toBe(0);
    expect(lists.state(2) & ~0xff).toBe(0);
  });

  it('go from the oldest to the newest, and end with -1', () => {
    const lists = listsOf(8);
    expect(lists.oldest(0)).toBe(-1);
    for (const slot of [5, 0, 7]) lists.append(0, slot, 1);
    lists.move(0, 5);
    expect([...lists.slotsOf(0)]).toEqual([0, 7, 5]);
    expect(lists.newer(5)).toBe(-1);
    expect(lists.held(0)).toBe(3);
    lists.remove(7);
    expect([...lists.slotsOf(0)]).toEqual([0, 5]);
    lists.clear();
    expect(lists.oldest(0)).toBe(-1);
    expect(lists.held(0)).toBe(0);
    lists.checkInvariants();
  });

  it('know what their slots weigh, as it was told last', () => {
    const lists = listsOf(4, true);
    lists.append(0, 1, 10);
    lists.append(0, 2, 20);
    lists.reweigh(2, 25);
    lists.move(1, 1);
    expect([lists.held(0), lists.held(1), lists.weightOf(2)]).toEqual([25, 10, 25]);
    lists.checkInvariants();
  });

  it('are four at most', () => {
    expect(() => new SlotLists(5, false)).toThrow('5 are too many');
  });
});
