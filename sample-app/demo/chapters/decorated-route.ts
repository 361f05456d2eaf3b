import { NestFactory } from '@nestjs/core';
import { CacheService } from 'nestjs-tiered-cache';
import { AppModule } from '../../app.module.js';
import { RetirementService } from '../../retirement/retirement.service.js';
import type { RetirementProjection } from '../../retirement/retirement.service.js';
import { countCalls } from '../call-counter.js';
import type { Chapter } from '../chapter.js';
import { averageMs, timed } from '../stopwatch.js';
import { dollars } from '../wording.js';

const ROUTE = '/portfolios/growth/retirement?years=30&simulations=5000';
const HOLDINGS = [
  { ticker: 'IBM', shares: 200 },
  { ticker: 'GOOG', shares: 50 },
];

export const decoratedRoute: Chapter = {
  title: '@Cached on a route, over HTTP',
  async tell({ say, claim }) {
    const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const handled = countCalls(app.get(RetirementService), 'project'); // once each time the handler runs
    const ask = (route: string, init?: RequestInit) => fetch(`${url}${route}`, init);
    const cacheHeader = (answer: Response) => answer.headers.get('x-cache');

    await (await ask('/cache/stats')).arrayBuffer(); // the connection is no part of what is measured
    say(`GET ${ROUTE}`);
    const cold = await timed(() => ask(ROUTE));
    const first = await projection(cold.value);
    claim(
      `X-Cache: ${cacheHeader(cold.value)}, half end below ${dollars(first.percentiles.p50)}`,
      cacheHeader(cold.value) === 'MISS',
    );
    const second = await ask(ROUTE);
    const same = (await projection(second)).percentiles.p50 === first.percentiles.p50;
    claim(
      `X-Cache: ${cacheHeader(second)}, and the same answer`,
      cacheHeader(second) === 'HIT' && same,
    );
    const turned = await ask('/portfolios/growth/retirement?simulations=5000&years=30');
    claim('the same query in another order is the same entry', cacheHeader(turned) === 'HIT');

    handled.calls = 0;
    const crowd = await Promise.all(Array.from({ length: 50 }, () => ask(`${ROUTE}&seed=7`)));
    claim(
      `50 requests at once ran the handler ${handled.calls === 1 ? 'once' : `${handled.calls} times`}`,
      handled.calls === 1,
    );
    const bodies = new Set(await Promise.all(crowd.map((answer) => answer.text())));
    claim('and all have the same body', bodies.size === 1 && crowd.every(({ ok }) => ok));

    const secret = { headers: { authorization: 'Bearer of-someone' } };
    const bypassed = await ask(ROUTE, secret);
    claim(
      `with Authorization: X-Cache ${cacheHeader(bypassed)}, nobody's answer is another's`,
      cacheHeader(bypassed) === 'BYPASS',
    );

    say('PUT /portfolios/growth/holdings: 200 IBM and 50 GOOG instead');
    const put = await ask('/portfolios/growth/holdings', {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ holdings: HOLDINGS }),
    });
    const after = await ask(ROUTE);
    const changed = await projection(after);
    claim(
      `status ${put.status}, and the next answer is X-Cache: ${cacheHeader(after)}`,
      put.ok && cacheHeader(after) === 'MISS',
    );
    claim(
      `it starts at ${dollars(changed.start)}, not ${dollars(first.start)}`,
      changed.start !== first.start,
    );

    const missing = [await ask('/quotes/TSLA'), await ask('/quotes/TSLA')];
    claim(
      'an unknown ticker is 404 each time, and never a HIT',
      missing.every((answer) => answer.status === 404 && cacheHeader(answer) !== 'HIT'),
    );

    const { hitRate } = app.get(CacheService).getStats().memoryCache;
    const warmMs = await averageMs(200, async () => (await ask(ROUTE)).arrayBuffer());
    await app.close();
    return { what: 'the same over HTTP', coldMs: cold.ms, warmMs, hitRate };
  },
};

async function projection(answer: Response): Promise<RetirementProjection> {
  return (await answer.json()) as RetirementProjection;
}
