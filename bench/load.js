/** Asks for an address, so many times, from a process of its own; answers how it went. */
import autocannon from 'autocannon';

process.on('message', async ({ url, requests, connections }) => {
  const result = await autocannon({ url, connections, amount: requests });
  const { requests: rate, non2xx, errors, timeouts, duration } = result;
  const wrong = non2xx + errors + timeouts;
  process.send({ wrong, total: rate.total, perSecond: rate.total / duration });
});
