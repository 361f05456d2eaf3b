/** Asks for an address, so many times, from a process of its own; answers how it went. */
import autocannon from 'autocannon';

process.on('message', async ({ url, requests, connections }) => {
  const started = performance.now();
  const { wrong, total } = await askAll({ url, requests, connections });
  process.send({ wrong, total, perSecond: (total * 1000) / (performance.now() - started) });
});

/** By itself the run ends only with the next whole second, which would be idle time of the server. */
function askAll({ url, requests, connections }) {
  return new Promise((resolve, reject) => {
    let total = 0;
    let wrong = 0;
    const run = autocannon({ url, connections, amount: requests });
    run.on('response', (_client, status) => {
      total++;
      if (status < 200 || status > 299) wrong++;
      if (total === requests) resolve({ wrong, total });
    });
    run.then(({ errors, timeouts, requests: { total: answered } }) => {
      const lost = Math.max(errors + timeouts, requests - answered);
      resolve({ wrong: wrong + lost, total });
    }, reject);
  });
}
