import { mean, meanOf } from './table.js';

const WIDTH = 940;
const LEFT = 150;
const RIGHT = 30;
const TOP = 78;
const ROW = 30;
const BOTTOM = 50;

/** Told apart by shape as well as by colour; each colour stands out on white and on black. */
const MARKS = [
  ['#2f81f7', (x, y) => `<circle cx="${x}" cy="${y}" r="5"/>`],
  [
    '#8b949e',
    (x, y) =>
      polygon(x, y, [
        [-5, -5],
        [5, -5],
        [5, 5],
        [-5, 5],
      ]),
  ],
  [
    '#bf8700',
    (x, y) =>
      polygon(x, y, [
        [0, -6],
        [6, 5],
        [-6, 5],
      ]),
  ],
  [
    '#1a9c6b',
    (x, y) =>
      polygon(x, y, [
        [0, -6.5],
        [6.5, 0],
        [0, 6.5],
        [-6.5, 0],
      ]),
  ],
  [
    '#d1477a',
    (x, y) =>
      polygon(x, y, [
        [0, 6],
        [6, -5],
        [-6, -5],
      ]),
  ],
  [
    '#8957e5',
    (x, y) =>
      polygon(x, y, [
        [-2, -6],
        [2, -6],
        [2, -2],
        [6, -2],
        [6, 2],
        [2, 2],
        [2, 6],
        [-2, 6],
        [-2, 2],
        [-6, 2],
        [-6, -2],
        [-2, -2],
      ]),
  ],
  [
    '#e5534b',
    (x, y) =>
      polygon(x, y, [
        [0, -7],
        [2, -2],
        [7, -2],
        [3, 2],
        [5, 7],
        [0, 4],
        [-5, 7],
        [-3, 2],
        [-7, -2],
        [-2, -2],
      ]),
  ],
];

/**
 * A row a trace, and one for the mean over all: where each policy's mean hit ratio stands, and the
 * optimum's. Readable on light ground and on dark.
 */
export function drawingOf({ title, traces, policies, ratioOf }) {
  const rows = traces.map(({ name, capacities }) => ({
    name,
    of: (policy) => mean(capacities.map((capacity) => ratioOf(name, capacity, policy))),
  }));
  rows.push({
    name: 'mean over traces',
    of: (policy) => meanOf(traces, (trace, capacity) => ratioOf(trace, capacity, policy)),
  });
  const height = TOP + ROW * rows.length + BOTTOM;
  const end = TOP + ROW * rows.length;
  const x = (ratio) => round(LEFT + ratio * (WIDTH - LEFT - RIGHT));
  const parts = [`<text class="title" x="${LEFT}" y="24">${escaped(title)}</text>`];
  policies.forEach((policy, at) => {
    const left = LEFT + at * 92;
    parts.push(mark(at, left + 6, 48), text(left + 18, 52, policy));
  });
  const left = LEFT + policies.length * 92;
  parts.push(optimum(left + 6, 48), text(left + 16, 52, 'optimum'));
  for (let percent = 0; percent <= 100; percent += 10) {
    const at = x(percent / 100);
    parts.push(`<line class="grid" x1="${at}" y1="${TOP}" x2="${at}" y2="${end}"/>`);
    parts.push(text(at, end + 18, `${percent}`, 'middle'));
  }
  parts.push(
    text(
      (LEFT + WIDTH - RIGHT) / 2,
      end + 40,
      'hit ratio, percent (mean over the sizes)',
      'middle',
    ),
  );
  rows.forEach((row, at) => {
    const y = TOP + ROW * at + ROW / 2;
    if (at === rows.length - 1)
      parts.push(
        `<line class="rule" x1="8" y1="${y - ROW / 2}" x2="${WIDTH - RIGHT}" y2="${y - ROW / 2}"/>`,
      );
    parts.push(text(LEFT - 12, y + 4, row.name, 'end'));
    const known = policies.map((policy) => row.of(policy));
    const from = x(Math.min(...known));
    parts.push(`<line class="span" x1="${from}" y1="${y}" x2="${x(row.of('OPT'))}" y2="${y}"/>`);
    parts.push(optimum(x(row.of('OPT')), y));
    known.forEach((ratio, policy) => parts.push(mark(policy, x(ratio), y)));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}">
<style>
  text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #24292f; }
  .title { font-size: 15px; font-weight: 600; }
  .grid { stroke: #8b949e; stroke-opacity: 0.3; }
  .rule { stroke: #8b949e; }
  .span { stroke: #8b949e; stroke-opacity: 0.6; }
  .best { stroke: #24292f; stroke-width: 2.5; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .best { stroke: #e6edf3; } }
</style>
${parts.join('\n')}
</svg>
`;
}

function mark(at, x, y) {
  const [colour, shape] = MARKS[at % MARKS.length];
  return `<g fill="${colour}">${shape(x, y)}</g>`;
}

function optimum(x, y) {
  return `<line class="best" x1="${x}" y1="${y - 8}" x2="${x}" y2="${y + 8}"/>`;
}

function text(x, y, content, anchor = 'start') {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function polygon(x, y, points) {
  return `<polygon points="${points.map(([dx, dy]) => `${round(x + dx)},${round(y + dy)}`).join(' ')}"/>`;
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
