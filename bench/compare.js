/** What the caches do, side by side, as facts: the table of the README. Prints Markdown. */
import { readFileSync } from 'node:fs';
import { behaviours } from './compare/behaviours.js';
import { caches } from './compare/caches.js';
import { compareRoutes } from './compare/routes.js';

function table(names, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const body = Object.entries(rows).map(([fact, by]) =>
    line([fact, ...names.map((name) => by[name])]),
  );
  return [line(['', ...names]), line(['', ...names].map(() => '---')), ...body].join('\n');
}

function versionOf(name) {
  const path =
    name === 'nestjs-tiered-cache' ? '../package.json' : `node_modules/${name}/package.json`;
  return JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')).version;
}

const names = Object.keys(caches);
const rows = {};
for (const [fact, observe] of Object.entries(behaviours)) {
  rows[fact] = {};
  for (const name of names) rows[fact][name] = await observe(caches[name]);
}
const routeNames = ['nestjs-tiered-cache', '@nestjs/cache-manager'];
console.log(table(names, rows));
console.log();
console.log(table(routeNames, await compareRoutes()));
console.log();
console.log(
  [...new Set([...names, ...routeNames])].map((name) => `${name} ${versionOf(name)}`).join(', '),
);
process.exit(0);
