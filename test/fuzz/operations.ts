import * as fc from 'fast-check';
import type { WrapOptions } from '../../lib/core/model/options.js';

export const KEYS = ['a', 'b', '__proto__'];
export const CATEGORIES = ['default', 'second'];
/** Each key carries the tag of its own and one that all share. */
export const TAGS = [...KEYS.map((key) => `tag:${key}`), 'all'];

export type Verb = 'wrap' | 'getOrSet' | 'cached' | 'get' | 'memory.get' | 'getMany';
/** How a load tells its tags. */
export type Tagging = 'static' | 'function' | 'context';
export type Write = 'set' | 'set 0' | 'delete' | 'deleteMany' | 'memory.set' | 'memory.delete';

/** How a load waits, fails and serves what is stale. Entries live for ten seconds. */
export const FRESHNESS = {
  plain: {},
  revalidate: { staleWhileRevalidate: 15 },
  ifError: { staleIfError: 30 },
  revalidateIfError: { staleWhileRevalidate: 5, staleIfError: 30 },
  soft: { staleIfError: 30, softTimeout: 2 },
  hard: { hardTimeout: 3 },
  ahead: { refreshAhead: 0.5 },
  all: {
    staleWhileRevalidate: 5,
    staleIfError: 30,
    softTimeout: 1,
    hardTimeout: 3,
    refreshAhead: 0.3,
  },
} as const satisfies Record<string, WrapOptions>;

export type Freshness = keyof typeof FRESHNESS;
/** What a factory comes to. */
export type Ending = 'value' | 'null' | 'failure';

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
  | { readonly do: 'settle'; readonly which: number; readonly ending: Ending }
  | { readonly do: 'release'; readonly which: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'age' }
  | { readonly do: 'cleanup' }
  | { readonly do: 'turn' };

/** Mostly the first: things happen to one key one after the other then. */
function mostlyFirst(words: readonly string[]): fc.Arbitrary<string> {
  return fc.nat(5).map((dice) => (dice > 1 ? words[0]! : words.at(dice - 2)!));
}

const key = mostlyFirst(KEYS);
const category = mostlyFirst(CATEGORIES);

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      verb: fc.constantFrom<Verb[]>(
        'wrap',
        'getOrSet',
        'getOrSet',
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
      ending: fc.constantFrom<Ending[]>('value', 'value', 'value', 'value', 'failure', 'null'),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('release' as const), which: fc.nat(100) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 1100, 4000, 11_000, 11_000, 20_000),
    }),
  },
  { weight: 5, arbitrary: fc.constant({ do: 'age' as const }) },
  { weight: 1, arbitrary: fc.constant({ do: 'cleanup' as const }) },
  { weight: 4, arbitrary: fc.constant({ do: 'turn' as const }) },
);

/** How the loads of each key go, and what happens. */
export interface History {
  readonly freshness: readonly Freshness[];
  readonly operations: readonly Operation[];
}

const freshness = fc.constantFrom(...(Object.keys(FRESHNESS) as Freshness[]));

export const history: fc.Arbitrary<History> = fc.record({
  freshness: fc.array(freshness, { minLength: KEYS.length, maxLength: KEYS.length }),
  operations: fc.array(operation, { minLength: 5, maxLength: 60, size: 'max' }),
});
