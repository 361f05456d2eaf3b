/** Asks for an address, so many times, from a process of its own; answers how it went. */
import autocannon from 'autocannon';

process.on('message', async ({ url, requests, connections }) => {
  const started = performance.now();
  let ended = started;
  const run = autocannon({ url, connections, amount: requests });
  // By itself it says how long it ran only to the next whole second.
  run.on('response', () => (ended = performance.now()));
  const { requests: asked, non2xx, errors, timeouts } = await run;
  const wrong = non2xx + errors + timeouts + (requests - asked.total);
  process.send({ wrong, total: asked.total, perSecond: (asked.total * 1000) / (ended - started) });
});
