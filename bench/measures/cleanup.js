import { watched } from '../loop-holds.js';
import { random } from '../workload.js';

const ENTRIES = 1_000_000;
const EXPIRED = 300_000;

const run = async (contender) => {
  const cache = contender.expiring(ENTRIES);
  fill(cache);
  await cache.expire();
  const { tookMs, heldMs } = await watched(() => cache.cleanup());
  if (cache.size() !== ENTRIES - EXPIRED) throw new Error(`${cache.size()} entries are left`);
  return { figure: heldMs, notes: { 'in all, ms': tookMs } };
};

export const cleanup = {
  title: 'A cleanup that removes 300,000 expired of 1,000,000: the longest hold of the event loop',
  unit: 'ms',
  rounds: 5,
  cases: [{}],
  label: () => '1,000,000 entries, 3 in 10 expired',
  contenders: {
    idle: { name: 'nothing, for 300 ms', module: 'loop' },
    lru: { name: 'lru-cache, purgeStale', module: 'lru-cache' },
    ours: { name: 'ours, cleanup', module: 'ours' },
  },
  limits: [{ of: 'ours', goal: 10 }],

  run: async (contender, _case, _effort, id) => {
    if (id !== 'idle') return run(contender);
    const { heldMs } = await watched(() => new Promise((done) => setTimeout(done, 300)));
    return { figure: heldMs };
  },
};

/** Those that will expire stand among the others, as they would. */
function fill({ setLong, setShort }) {
  const next = random(7);
  let left = EXPIRED;
  for (let at = 0; at < ENTRIES; at++) {
    const short = next() < left / (ENTRIES - at);
    if (short) left--;
    (short ? setShort : setLong)(`k:${at}`, { id: at });
  }
}
