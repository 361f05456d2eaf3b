import type { EvictionPolicyName } from '../../../core/model/options.js';
import { POLICY_NAMES } from '../../../core/stores/memory/policies/create-policy.js';
import { CommandError, wrongUsage } from '../command-error.js';
import { nameHint } from '../name-hint.js';
import { ProgressBar } from '../progress-bar.js';
import { table, type Column } from '../table.js';
import { DistinctKeys } from '../trace/distinct-keys.js';
import { SimulatedCache } from '../trace/simulated-cache.js';
import { spooledInput } from '../trace/spooled-input.js';
import { TraceFile, type TraceFormat } from '../trace/trace-file.js';
import type { Given, Verb } from '../verb.js';
import { count, counted, size } from '../words.js';

/** A file of that name is `./-`. */
const STANDARD_INPUT = '-';
const DEFAULT_CAPACITIES = '1%,5%,10%,25%';
/** What a `Map` holds. */
const MOST_ENTRIES = 2 ** 24 - 1;
const FORMATS: readonly TraceFormat[] = ['lines', 'u32'];

export const simulate: Verb = {
  name: 'simulate',
  operands: ['<trace>'],
  summary: 'the hit ratio that each policy would get from a log of requests (-: standard input)',
  options: {
    policies: { type: 'string', value: 'names', help: `with commas (${POLICY_NAMES.join(',')})` },
    capacities: {
      type: 'string',
      value: 'list',
      help: `entries, or shares of the different keys (${DEFAULT_CAPACITIES})`,
    },
    format: {
      type: 'string',
      value: 'name',
      help: 'lines, a key each, or u32, binary (by the name of the file)',
    },
  },
  run: async ({ operands, given, terminal }) => {
    const isPiped = operands[0] === STANDARD_INPUT;
    const path = isPiped ? 'standard input' : operands[0]!;
    const policies = policiesOf(given);
    const asked = capacitiesOf(given);
    const format = formatOf(given, path);
    const trace = isPiped
      ? new TraceFile(path, format, await spooledInput(terminal.stdin))
      : new TraceFile(path, format);
    // Read twice: shares can be taken, and the progress be known, once the keys are counted.
    const progress = new ProgressBar(terminal.stderr, 2 * trace.size, size);
    const onRead = (bytes: number): void => progress.advance(bytes);
    const distinct = new DistinctKeys();
    let requests = 0;
    try {
      for await (const keys of trace.keys(onRead)) {
        requests += keys.length;
        for (const key of keys) distinct.add(key);
      }
      if (requests === 0) throw new CommandError(1, `${path} holds no request`);
      const capacities = asked.map((capacity) => capacity(distinct.count));
      const sizes = [...new Set(capacities)].sort((one, other) => one - other);
      const caches = sizes.flatMap((capacity) =>
        policies.map((policy) => new SimulatedCache(policy, capacity)),
      );
      let simulated = 0;
      for await (const keys of trace.keys(onRead)) {
        simulated += keys.length;
        for (const key of keys) for (const cache of caches) cache.request(key);
      }
      if (simulated !== requests) {
        const changed = `${path} was changed while it was read`;
        throw new CommandError(1, `${changed}: ${counted(requests, 'request')}, then ${simulated}`);
      }
      const json = {
        trace: path,
        requests,
        distinctKeys: distinct.count,
        mostHitRatio: 1 - distinct.count / requests,
        results: caches.map(({ policy, capacity, hits }) => ({
          policy,
          capacity,
          hits,
          hitRatio: hits / requests,
        })),
      };
      const text = (): string => textOf(json, policies, sizes);
      return { json, text };
    } finally {
      trace.close();
      progress.clear();
    }
  },
};

interface Report {
  readonly requests: number;
  readonly distinctKeys: number;
  readonly mostHitRatio: number;
  readonly results: readonly { policy: string; capacity: number; hitRatio: number }[];
}

function textOf(report: Report, policies: readonly string[], sizes: readonly number[]): string {
  const columns: Column[] = [
    { title: 'entries', align: 'right' },
    ...policies.map((title): Column => ({ title, align: 'right' })),
  ];
  const rows = sizes.map((capacity) => [
    count(capacity),
    ...report.results.filter((result) => result.capacity === capacity).map(percentOf),
  ]);
  const requests = counted(report.requests, 'request');
  const keys = counted(report.distinctKeys, 'different key');
  const most = (100 * report.mostHitRatio).toFixed(2);
  return `${requests} for ${keys}; hits in percent (${most} if all were kept)\n\n${table(columns, rows)}`;
}

function percentOf({ hitRatio }: { readonly hitRatio: number }): string {
  return (100 * hitRatio).toFixed(2);
}

function policiesOf({ policies }: Given): readonly EvictionPolicyName[] {
  if (policies === undefined) return POLICY_NAMES;
  const names = (policies as string).split(',').map((name) => name.trim());
  for (const name of names) {
    if (!POLICY_NAMES.includes(name as EvictionPolicyName)) {
      const known = POLICY_NAMES.join(', ');
      const hint = nameHint(name, POLICY_NAMES);
      throw wrongUsage(`--policies must be some of ${known}: got ${JSON.stringify(name)}${hint}`);
    }
  }
  return [...new Set(names)] as EvictionPolicyName[];
}

/** Each of them for a number of different keys. */
function capacitiesOf({ capacities }: Given): ((distinct: number) => number)[] {
  const words = ((capacities as string | undefined) ?? DEFAULT_CAPACITIES).split(',');
  return words.map((given) => {
    const word = given.trim();
    const number = Number(word.replace(/%$/, ''));
    if (/^\d+$/.test(word) && number >= 1 && number <= MOST_ENTRIES) return () => number;
    if (/^\d+(\.\d+)?%$/.test(word) && number > 0 && number <= 100) {
      return (distinct) =>
        Math.min(MOST_ENTRIES, Math.max(1, Math.round((distinct * number) / 100)));
    }
    throw wrongUsage(
      `--capacities must be whole numbers from 1 to ${count(MOST_ENTRIES)}, or shares such as 5%: got ${JSON.stringify(word)}`,
    );
  });
}

function formatOf({ format }: Given, path: string): TraceFormat {
  if (format === undefined) return /\.u32(\.gz)?$/.test(path) ? 'u32' : 'lines';
  if (FORMATS.includes(format as TraceFormat)) return format as TraceFormat;
  throw wrongUsage(`--format must be ${FORMATS.join(' or ')}: got ${JSON.stringify(format)}`);
}
