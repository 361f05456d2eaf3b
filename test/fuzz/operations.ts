import * as fc from 'fast-check';

export const KEYS = ['a', 'b', '__proto__'];
export const CATEGORIES = ['default', 'second'];
/** Each key carries the tag of its own and one that all share. */
export const TAGS = [...KEYS.map((key) => `tag:${key}`), 'all'];

export type Verb = 'wrap' | 'getOrSet' | 'cached' | 'get' | 'memory.get' | 'getMany';
/** How a load tells its tags. */
export type Tagging = 'static' | 'function' | 'context';
export type Write = 'set' | 'set 0' | 'delete' | 'deleteMany' | 'memory.set' | 'memory.delete';

/** One thing that happens. What is under way is settled by later operations, in any order. */
export type Operation =
  | {
      readonly do: 'read';
      readonly verb: Verb;
      readonly key: string;
      readonly category: string;
      readonly tagging: Tagging;
      readonly forceRefresh: boolean;
      readonly keep: boolean;
    }
  | { readonly do: 'write'; readonly write: Write; readonly key: string; readonly category: string }
  | { readonly do: 'clear'; readonly category: string | undefined }
  | { readonly do: 'invalidate'; readonly tag: string }
  | { readonly do: 'settle'; readonly which: number; readonly fails: boolean }
  | { readonly do: 'release'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'cleanup' }
  | { readonly do: 'turn' };

const key = fc.constantFrom(...KEYS);
const category = fc.constantFrom(...CATEGORIES);

export const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      verb: fc.constantFrom<Verb[]>(
        'wrap',
        'wrap',
        'getOrSet',
        'cached',
        'get',
        'memory.get',
        'getMany',
      ),
      key,
      category,
      tagging: fc.constantFrom<Tagging[]>('static', 'function', 'context'),
      forceRefresh: fc.nat(9).map((dice) => dice === 0),
      keep: fc.nat(9).map((dice) => dice !== 0),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('write' as const),
      write: fc.constantFrom<Write[]>(
        'set',
        'set 0',
        'delete',
        'deleteMany',
        'memory.set',
        'memory.delete',
      ),
      key,
      category,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('clear' as const),
      category: fc.option(category, { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('invalidate' as const), tag: fc.constantFrom(...TAGS) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('settle' as const),
      which: fc.nat(100),
      fails: fc.nat(5).map((dice) => dice === 0),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat(100) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 4000, 20_000),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'cleanup' as const }) },
  { weight: 4, arbitrary: fc.constant({ do: 'turn' as const }) },
);
