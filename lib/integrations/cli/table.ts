export interface Column {
  readonly title: string;
  readonly align?: 'right';
}

/** A longer cell pushes the rest of its row aside, and nothing else. */
const WIDEST = 72;

/** Columns side by side under their titles, a line each row. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const all = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, at) =>
    Math.min(WIDEST, Math.max(...all.map((row) => row[at]!.length))),
  );
  return all
    .map((row) =>
      row
        .map((cell, at) =>
          columns[at]!.align === 'right' ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Names and what they stand for, a line each. */
export function pairs(lines: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return lines.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}
