const percent = (ratio) => (ratio === undefined ? '-' : (100 * ratio).toFixed(2));

/** Means over the traces, of the means over each trace's capacities. `ratioOf(trace, capacity)`. */
export function meanOf(traces, ratioOf) {
  const means = traces.map(({ name, capacities }) =>
    mean(capacities.map((capacity) => ratioOf(name, capacity))),
  );
  return mean(means);
}

export function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

/** Markdown: a row a cell, and the means. With a reference, what it has beside what was measured. */
export function tableOf(traces, columns, ratioOf, reference) {
  const shown = (trace, capacity, column) => {
    const own = percent(ratioOf(trace, capacity, column));
    const other = reference?.(trace, capacity, column);
    return other === undefined ? own : `${own} (${percent(other)})`;
  };
  const rows = traces.flatMap(({ name, capacities }) =>
    capacities.map((capacity) => [
      name,
      capacity.toLocaleString('en-US'),
      ...columns.map((column) => shown(name, capacity, column)),
    ]),
  );
  const means = columns.map((column) => {
    const own = percent(meanOf(traces, (trace, capacity) => ratioOf(trace, capacity, column)));
    const other = meanOf(traces, (trace, capacity) => reference?.(trace, capacity, column));
    return Number.isNaN(other) ? own : `${own} (${percent(other)})`;
  });
  const all = [['trace', 'entries', ...columns], ...rows, ['mean over traces', '', ...means]];
  const widths = all[0].map((_, at) => Math.max(3, ...all.map((row) => row[at].length)));
  const line = (row) =>
    `| ${row.map((cell, at) => (at === 0 ? cell.padEnd(widths[0]) : cell.padStart(widths[at]))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  return [line(all[0]), rule, ...all.slice(1).map(line)].join('\n');
}
