import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { drawingOf } from './hit-ratio/drawing.js';
import { seededTraces } from './hit-ratio/seeded-traces.js';
import { tableOf } from './hit-ratio/table.js';
import { referenceIn, tracesIn } from './hit-ratio/trace-folder.js';
import { runJobs } from './hit-ratio/workers.js';

const POLICIES = 'lru,fifo,lfu,sieve,s3-fifo,w-tinylfu,adaptive';
const MOST_PROCESSES = 2;
const USAGE = `npm run bench:hit-ratio -- [--traces folder] [--policies ${POLICIES}] [--only name,...] [--svg file | --no-svg] [--json file]

  --traces    a folder with an index.json (bench/README.md says where traces come from);
              without it workloads made from a seed
  --policies  some of them, with commas
  --only      traces whose names begin with one of these
  --svg       where it is drawn (docs/hit-ratio.svg; of seeded workloads docs/hit-ratio-seeded.svg);
              of some traces or some policies only nothing is drawn without it
  --no-svg    nothing is drawn
  --json      write every figure there as well
`;

const { values: options } = parseArgs({
  options: {
    traces: { type: 'string' },
    policies: { type: 'string', default: POLICIES },
    only: { type: 'string' },
    svg: { type: 'string' },
    'no-svg': { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main() {
  if (options.help) return console.log(USAGE);
  const policies = policiesOf(options.policies);
  const all = options.traces === undefined ? seededTraces : tracesIn(options.traces);
  const traces = options.only === undefined ? all : chosenOf(all, options.only);
  const reference = options.traces === undefined ? undefined : referenceIn(options.traces);
  const columns = [...policies, 'OPT'];
  const jobs = traces.flatMap((trace) =>
    trace.capacities.flatMap((capacity) => columns.map((policy) => ({ trace, policy, capacity }))),
  );
  const ratios = new Map();
  await runJobs(
    jobs,
    Math.min(MOST_PROCESSES, jobs.length),
    ({ trace, capacity, policy, hitRatio }) => {
      ratios.set(`${trace} ${capacity} ${policy}`, hitRatio);
      progress(`${ratios.size} of ${jobs.length}: ${trace}`);
    },
  );
  progress('');
  const ratioOf = (trace, capacity, policy) => ratios.get(`${trace} ${capacity} ${policy}`);
  const note = reference === undefined ? '' : ', in brackets what the reference has';
  console.log(`Hits in percent${note}.\n\n${tableOf(traces, columns, ratioOf, reference)}`);
  if (options.json !== undefined) {
    const figures = jobs.map(({ trace: { name }, policy, capacity }) => ({
      trace: name,
      policy,
      capacity,
      hitRatio: ratioOf(name, capacity, policy),
    }));
    writeFileSync(options.json, `${JSON.stringify(figures, undefined, 1)}\n`);
  }
  const isWhole = traces.length === all.length && policies.length === namesIn(POLICIES).length;
  if (options['no-svg'] || !(isWhole || options.svg !== undefined)) return;
  const seeded = options.traces === undefined;
  const drawn = options.svg ?? `docs/hit-ratio${seeded ? '-seeded' : ''}.svg`;
  const title = `Hit ratio by policy: ${traces.length} ${seeded ? 'seeded workloads' : 'recorded traces'}`;
  writeFileSync(drawn, drawingOf({ title, traces, policies, ratioOf }));
}

function namesIn(list) {
  const names = list.split(',').map((name) => name.trim());
  return [...new Set(names)].filter((name) => name !== '');
}

function policiesOf(list) {
  const names = namesIn(list);
  const known = namesIn(POLICIES);
  const unknown = names.find((name) => !known.includes(name));
  if (names.length > 0 && unknown === undefined) return names;
  throw new Error(`--policies ${unknown ?? list}: must be some of ${known.join(', ')}`);
}

/** Those whose names begin with one of the list, which must each be the beginning of one. */
function chosenOf(traces, list) {
  const beginnings = namesIn(list);
  const without = beginnings.find((each) => !traces.some(({ name }) => name.startsWith(each)));
  if (beginnings.length > 0 && without === undefined)
    return traces.filter(({ name }) => beginnings.some((each) => name.startsWith(each)));
  throw new Error(`--only ${without ?? list}: there is no such trace`);
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

main().catch((error) => {
  progress('');
  console.error(error.message);
  process.exit(1);
});
