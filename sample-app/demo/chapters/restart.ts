import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createCache } from 'nestjs-tiered-cache';
import type { Chapter } from '../chapter.js';
import { lastPrice } from '../market.js';
import { filesWith } from '../restart/cache-files.js';
import { cacheOn, OWNERS, project, statementOf } from '../restart/kept-values.js';
import { tellInSecondProcess } from '../restart/second-process.js';
import { timed } from '../stopwatch.js';
import { count, dollars } from '../wording.js';

export const restart: Chapter = {
  title: 'A restart: what is on disk, and what is not believed',
  async tell(teller, folder) {
    const { say, claim } = teller;
    const key = randomBytes(32).toString('hex');
    const cache = createCache(cacheOn(folder, key));
    say(
      `Process ${process.pid} keeps a projection, quotes, and statements of ${OWNERS.length} people.`,
    );

    const cold = await timed(() => cache.wrap('IBM', project, { category: 'projections' }));
    say(`Half of 5,000 futures end below ${dollars(cold.value)}.`);
    for (const ticker of ['AAPL', 'IBM', 'MSFT']) {
      const tags = ticker === 'AAPL' ? ['split'] : [];
      await cache.set(`${ticker} quote`, lastPrice(ticker), { category: 'quotes', tags });
    }
    for (const owner of OWNERS) {
      const [id] = owner.split(' ');
      await cache.set(`of ${id}`, statementOf(owner), { category: 'statements' });
    }
    const { entries, errors } = cache.getStats().fileCache;
    claim(`${count(entries)} entries are on disk`, entries === 7 && errors === 0);
    const [seen, unseen] = [filesWith(folder, 'of Ada'), filesWith(folder, 'Lovelace')];
    claim(
      'statements are encrypted: the key of one is found in the files, its owner is not',
      seen.length === 1 && unseen.length === 0,
    );

    say("AAPL splits: invalidateTags(['split']). Then its file is put back from a copy.");
    const [path = ''] = filesWith(folder, 'AAPL quote');
    const copy = readFileSync(path);
    await cache.invalidateTags(['split']);
    await cache.close();
    writeFileSync(path, copy);

    say('The demo starts itself again.');
    const { readMs, hitRate } = await tellInSecondProcess(folder, key, teller);
    return { what: 'a projection, read from file', coldMs: cold.ms, warmMs: readMs, hitRate };
  },
};
