import type { Measure } from './chapter.js';
import { count, duration, percent } from './wording.js';

const HEADER = ['', 'cold', 'cached', 'times faster', 'hit rate'];

/** The measures as aligned lines: names to the left, numbers to the right. */
export function measureTable(measures: readonly Measure[]): string[] {
  const rows = [HEADER, ...measures.map(cells)];
  const widths = HEADER.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('   '),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('───');
  return [lines[0] ?? '', rule, ...lines.slice(1)];
}

function cells({ what, coldMs, warmMs, hitRate }: Measure): string[] {
  const ratio = coldMs === undefined || warmMs === undefined ? undefined : coldMs / warmMs;
  return [
    what,
    coldMs === undefined ? '-' : duration(coldMs),
    warmMs === undefined ? '-' : duration(warmMs),
    ratio === undefined ? '-' : count(ratio < 10 ? Number(ratio.toFixed(1)) : Math.round(ratio)),
    percent(hitRate),
  ];
}
