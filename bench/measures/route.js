import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const LOAD = fileURLToPath(new URL('../load.js', import.meta.url));
const CONNECTIONS = 16;
const WARM = 6000;
const SAMPLE = 2000;
const MOST_SAMPLES = 5;
const CACHED = new Set(['ours', 'cache-manager']);

const cases = ['Express', 'Fastify'].flatMap((platform) =>
  [2, 20].map((kilobytes) => ({ platform, kilobytes })),
);

/** Rows like those of a list that an API gives out. */
function documentOf(kilobytes) {
  const rows = [];
  while (JSON.stringify({ rows }).length < kilobytes * 1000) {
    const id = rows.length;
    rows.push({
      id,
      ticker: `TICK${id}`,
      price: id * 1.37,
      traded: id % 2 === 0,
      note: 'as of close',
    });
  }
  return { rows };
}

export const route = {
  title: 'A GET that answers a constant object: processor time of the server',
  unit: 'µs',
  cases,
  // Sixteen processes of five seconds a round.
  rounds: 5,
  label: ({ platform, kilobytes }) => `${platform}, ${kilobytes} KB of JSON`,
  contenders: {
    plain: { name: 'no cache', module: 'routes' },
    interceptor: { name: 'no cache, an interceptor that does nothing', module: 'routes' },
    ours: { name: 'ours, @Cached', module: 'routes' },
    'cache-manager': { name: '@nestjs/cache-manager, CacheInterceptor', module: 'routes' },
  },
  ratiosOf: ({ kilobytes }) => [
    { of: 'ours', to: 'plain', goal: kilobytes === 2 ? 1 : 1 / 1.3 },
    { of: 'interceptor', to: 'plain' },
    { of: 'ours', to: 'interceptor' },
    { of: 'cache-manager', to: 'plain' },
  ],

  async run({ startRoute }, { platform, kilobytes }, { samples }, id) {
    const body = documentOf(kilobytes);
    const url = await startRoute(id, platform, body);
    await check(url, body, id);
    const load = fork(LOAD);
    const ask = async (requests) => {
      const started = process.cpuUsage();
      load.send({ url, requests, connections: CONNECTIONS });
      const [{ wrong, total, perSecond }] = await once(load, 'message');
      if (wrong > 0) throw new Error(`${wrong} of ${total} requests failed`);
      const { user, system } = process.cpuUsage(started);
      return { figure: (user + system) / total, perSecond };
    };
    await ask(WARM);
    const all = [];
    for (let sample = 0; sample < Math.min(samples, MOST_SAMPLES); sample++)
      all.push(await ask(SAMPLE));
    load.kill();
    // The least: what disturbs a process can only add to its time.
    const { figure } = all.toSorted((a, b) => a.figure - b.figure)[0];
    const perSecond = Math.max(...all.map((sample) => sample.perSecond));
    return { figure, notes: { 'requests/s': perSecond } };
  },
};

/** The second answer too is whole, and from the cache where there is one. */
async function check(url, body, id) {
  for (const hit of [false, true]) {
    const response = await fetch(url);
    const text = await response.text();
    if (text !== JSON.stringify(body)) throw new Error(`${id}: another body`);
    const told = response.headers.get('x-cache');
    if (hit && CACHED.has(id) && told !== 'HIT') throw new Error(`${id}: ${told}, not a hit`);
  }
}
