import { describe, expect, it } from '@jest/globals';
import { ClassNames } from '../../../lib/nest/class-names.js';

function called(name: string): { readonly name: string } {
  const made = class {};
  Object.defineProperty(made, 'name', { value: name });
  return made;
}

describe('Names of classes', () => {
  it('are numbered apart from one another, the first without a number', () => {
    const names = new ClassNames();
    const [first, second, third] = [1, 2, 3].map(() => names.of(called('Repository')));
    expect(first).toMatch(/^Repository~[0-9a-f]{8}$/);
    expect([second, third]).toEqual([`${first}~2`, `${first}~3`]);
  });

  it('stay apart where there are more names than are counted', () => {
    const names = new ClassNames(2);
    const given = ['a', 'b', 'c', 'd', 'c', 'a', 'c', 'd', 'a'].map((name) =>
      names.of(called(name)),
    );
    expect(new Set(given).size).toBe(given.length);
    expect(given.map((name) => name.split('~')[2])).toEqual([
      undefined,
      undefined,
      '1',
      '2',
      '3',
      '2',
      '4',
      '5',
      '3',
    ]);
  });

  it('are of several if the application starts with several of one source, and not for those that come later', () => {
    const names = new ClassNames();
    const [first, second, single, late] = ['Two', 'Two', 'One', 'One'].map(called);
    names.declare([first!, second!]);
    names.of(single!);
    names.settle();
    names.of(late!);
    const given = [first!, second!, single!].map((classRef) => names.isOneOfSeveral(classRef));
    expect(given).toEqual([true, true, false]);
  });

  it('have in common what a name and a source text tell', () => {
    const names = new ClassNames();
    const shared = ['Repository', 'Repository', 'Other'].map((name) =>
      names.sharedBy(called(name)),
    );
    expect(shared[1]).toBe(shared[0]);
    expect(shared[2]).not.toBe(shared[0]);
  });
});
