import { existsSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureCase } from './measure.js';
import { measures } from './measures/all.js';
import { machine, printCase, printMachine, verdict } from './report.js';
import { FULL, QUICK } from './settings.js';

const USAGE = `node bench/run.js [--quick] [--only ${Object.keys(measures)}] [--rounds n] [--json file]

  --quick   fewer cases, rounds and samples: a first look, not a figure to quote
  --only    these measures, with commas between
  --rounds  how often each contender has its turn
  --json    write every figure there as well
`;

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string', default: Object.keys(measures).join(',') },
    rounds: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function chosenMeasures() {
  const names = options.only.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !Object.hasOwn(measures, name));
  if (unknown.length > 0) throw new Error(`no such measure: ${unknown}\n\n${USAGE}`);
  return names;
}

function chosenEffort() {
  const effort = options.quick ? QUICK : FULL;
  if (options.rounds === undefined) return effort;
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new Error(`--rounds ${options.rounds}: 1 or more`);
  return { ...effort, rounds };
}

function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

async function main() {
  if (options.help) return console.log(USAGE);
  if (!process.env['BENCH_DIST'] && !existsSync(new URL('../dist/core.js', import.meta.url))) {
    throw new Error('dist/ is not there: `npm run bench` builds it first');
  }
  const names = chosenMeasures();
  const effort = chosenEffort();
  const report = { machine: machine(), effort, measures: {} };
  printMachine(report.machine);
  for (const name of names) {
    const measure = measures[name];
    console.log(`\n${measure.title}`);
    const cases = [];
    for (const of of options.quick ? (measure.quickCases ?? measure.cases) : measure.cases) {
      const result = await measureCase(name, measure, of, effort, progress);
      progress('');
      printCase(result, measure.unit);
      cases.push(result);
    }
    report.measures[name] = cases;
  }
  printMissed(report);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(report, null, 2));
}

function printMissed({ measures: done }) {
  const goals = Object.values(done)
    .flat()
    .flatMap(({ label, goals: own }) => own.map((goal) => ({ label, ...goal })))
    .filter(({ goal }) => goal !== undefined);
  const missed = goals.filter((goal) => goal.median > goal.goal);
  console.log(`\n${goals.length - missed.length} of ${goals.length} goals reached`);
  for (const goal of missed) {
    console.log(`  ${verdict(goal)}: ${goal.name}, ${goal.label}: ${goal.median.toFixed(2)}`);
  }
}

await main();
