import { type ClientRequest, get, type ServerResponse } from 'node:http';
import { Controller, Get, Headers, type INestApplication } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { from, type Observable } from 'rxjs';
import { type Answer, closeAll, HttpApplication, PLATFORMS } from './http-application.js';
import { deferred } from '../support/deferred.js';
import { until } from '../support/turns.js';

/** A handler at work: for whom, and what ends it. */
interface Run {
  readonly client: string;
  readonly end: () => void;
}

let runs: Run[] = [];
/** The clients that have left. */
let left: string[] = [];

async function answerOf(client: string): Promise<object> {
  const { promise, resolve: end } = deferred<void>();
  const run = runs.push({ client, end });
  await promise;
  return { run };
}

@Controller()
class Routes {
  @Get('slow')
  @Cached(60)
  slow(@Headers('x-client') client: string): Promise<object> {
    return answerOf(client);
  }

  /** Nest sends nothing of it to one who has left. */
  @Get('emitted')
  @Cached(60)
  emitted(@Headers('x-client') client: string): Observable<object> {
    return from(answerOf(client));
  }
}

interface Request {
  readonly headers: Record<string, string>;
}

function watchClients(app: INestApplication): void {
  app.use(({ headers }: Request, response: ServerResponse, next: () => void) => {
    response.once('close', () => {
      if (!response.writableFinished) left.push(headers['x-client']!);
    });
    next();
  });
}

const ALL_BUT_IMMEDIATES = [
  'Date',
  'hrtime',
  'nextTick',
  'performance',
  'queueMicrotask',
  'setInterval',
  'setTimeout',
] as const;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  runs = [];
  left = [];
});
afterEach(() => {
  jest.useRealTimers();
  for (const { end } of runs) end();
  return closeAll();
});

describe.each(PLATFORMS)('A client that leaves on %s', (platform) => {
  let app: HttpApplication;
  let cache: CacheService;
  let clients: Map<string, ClientRequest>;
  let answers: Promise<Answer>[];

  beforeEach(async () => {
    app = await HttpApplication.start(platform, { controllers: [Routes] }, {}, watchClients);
    cache = app.app.get(CacheService);
    clients = new Map();
    answers = [];
  });

  /** That many clients, of whom the handler runs for one, and the others wait. */
  async function ask(path: string, count: number): Promise<void> {
    const url = `${await app.app.getUrl()}${path}`;
    for (let at = 0; at < count; at++) {
      const client = get(url, { headers: { 'x-client': `${at}` } }).on('error', () => undefined);
      clients.set(`${at}`, client);
      answers.push(answerTo(client));
    }
    await until(() => runs.length === 1 && cache.getStats().loads.coalesced === count - 1);
  }

  const answerTo = (client: ClientRequest): Promise<Answer> =>
    new Promise((resolve) => {
      client.on('close', () => resolve({ status: 0, cache: null, body: '' }));
      client.on('response', (response) => {
        const { statusCode: status = 0, headers } = response;
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => resolve({ status, cache: String(headers['x-cache']), body }));
      });
    });

  /** The one for whom the handler runs leaves, and then the handler ends. */
  async function leave({ client, end }: Run): Promise<void> {
    clients.get(client)!.destroy();
    await until(() => left.includes(client));
    end();
    await turn();
  }

  const gotten = async (): Promise<Answer[]> =>
    (await Promise.all(answers)).filter(({ status }) => status !== 0);

  it('has its answer kept', async () => {
    await ask('/slow', 1);
    await leave(runs[0]!);
    await until(() => cache.memory.keys().length === 1);
    expect(await app.get('/slow')).toEqual({ status: 200, cache: 'HIT', body: '{"run":1}' });
  });

  it('leaves its answer to those who wait', async () => {
    await ask('/slow', 6);
    await leave(runs[0]!);
    await until(() => cache.memory.keys().length === 1);
    expect(await gotten()).toEqual(
      Array.from({ length: 5 }, () => ({ status: 200, cache: 'MISS', body: '{"run":1}' })),
    );
  });

  it('leaves its place to one of those who wait, as often as one leaves', async () => {
    await ask('/emitted', 8);
    for (let count = 1; count <= 4; count++) {
      await until(() => runs.length >= count);
      await turn();
      expect(runs.length).toBe(count);
      if (count < 4) await leave(runs[count - 1]!);
    }
    runs[3]!.end();
    expect(await gotten()).toEqual(
      Array.from({ length: 5 }, () => ({ status: 200, cache: 'MISS', body: '{"run":4}' })),
    );
    expect(new Set(runs.map(({ client }) => client)).size).toBe(4);
  });

  it('leaves it while a test has faked the turns of the event loop, too', async () => {
    await ask('/emitted', 2);
    const { client, end } = runs[0]!;
    jest.useFakeTimers({ doNotFake: [...ALL_BUT_IMMEDIATES] });
    clients.get(client)!.destroy();
    await until(() => left.includes(client));
    end();
    await until(() => runs.length === 2);
    jest.useRealTimers();
    runs[1]!.end();
    expect(await gotten()).toEqual([{ status: 200, cache: 'MISS', body: '{"run":2}' }]);
  });
});
