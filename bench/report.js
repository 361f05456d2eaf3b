import os from 'node:os';

export function machine() {
  const cpus = os.cpus();
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: `${cpus[0]?.model.trim() ?? 'unknown'} (${cpus.length} visible)`,
    memory: `${Math.round(os.totalmem() / 2 ** 30)} GiB`,
    system: `${os.platform()} ${os.arch()}`,
    node: process.version,
  };
}

export function printMachine({ date, cpu, memory, system, node }) {
  console.log(`${date}, Node ${node}, ${cpu}, ${memory}, ${system}`);
}

/** A case's contenders, then its goals. */
export function printCase({ label, contenders, goals }, unit) {
  console.log(`\n  ${label}`);
  printTable(
    ['', unit, 'least … most', ''],
    contenders.map(({ name, median, low, high, notes }) => [
      name,
      digits(median),
      `${digits(low)} … ${digits(high)}`,
      Object.entries(notes)
        .map(([note, figure]) => `${note} ${digits(figure)}`)
        .join(', '),
    ]),
  );
  printTable(
    ['', 'ratio', 'least … most', 'goal', ''],
    goals.map(({ name, median, low, high, goal, unit: own }) => [
      name,
      own === undefined ? median.toFixed(2) : `${digits(median)} ${own}`,
      `${low.toFixed(2)} … ${high.toFixed(2)}`,
      goal === undefined ? '' : `<= ${goal}`,
      verdict({ median, low, high, goal }),
    ]),
  );
}

/** "in the noise": some rounds say one thing, and some the other. */
export function verdict({ median, low, high, goal }) {
  if (goal === undefined) return '';
  const word = median <= goal ? 'reached' : 'MISSED';
  return low <= goal && high > goal ? `${word}, in the noise` : word;
}

function digits(figure) {
  if (figure >= 1000) return Math.round(figure).toLocaleString('en');
  return figure >= 100 ? figure.toFixed(0) : figure.toFixed(figure < 1 ? 2 : 1);
}

/** The first column to the left, figures to the right, the last to the left. */
function printTable(head, rows) {
  if (rows.length === 0) return;
  const lines = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...lines.map((line) => line[at].length)));
  for (const line of lines) {
    const cells = line.map((cell, at) =>
      at === 0 || at === line.length - 1 ? cell.padEnd(widths[at]) : cell.padStart(widths[at]),
    );
    console.log(`    ${cells.join('  ').trimEnd()}`);
  }
  console.log();
}
