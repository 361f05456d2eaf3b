import { createGzip, gunzipSync } from 'node:zlib';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import {
  type ArgumentsHost,
  BadRequestException,
  type CallHandler,
  Catch,
  ClassSerializerInterceptor,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  type INestApplication,
  type NestInterceptor,
  Param,
  Render,
  Version,
  VersioningType,
} from '@nestjs/common';
import { HttpAdapterHost, Reflector } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached } from 'nestjs-tiered-cache';
import { map, type Observable } from 'rxjs';
import { closeAll, HttpApplication, type Platform, PLATFORMS } from './http-application.js';

type ClassRef = new () => object;

let runs = 0;

@Controller('quotes')
class Quotes {
  @Get('of/:ticker')
  @Cached(60)
  quote(@Param('ticker') ticker: string): object {
    if (ticker === 'none') throw new BadRequestException(`no such ticker ${++runs}`);
    return { ticker, run: ++runs };
  }

  @Get('page')
  @Render('quote')
  @Cached(60)
  page(): object {
    return { run: ++runs };
  }

  @Get('long')
  @Cached(60)
  long(): object {
    return { run: ++runs, text: 'long '.repeat(500) };
  }
}

@Controller('quotes')
class Versioned {
  @Version('1')
  @Get('versioned')
  @Cached(60)
  first(): string {
    return `version 1, run ${++runs}`;
  }

  @Version('2')
  @Get('versioned')
  @Cached(60)
  second(): string {
    return `version 2, run ${++runs}`;
  }
}

class Wrapping implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Catch(BadRequestException)
class Filter implements ExceptionFilter {
  constructor(private readonly app: INestApplication) {}

  catch(exception: BadRequestException, host: ArgumentsHost): void {
    const { httpAdapter } = this.app.get(HttpAdapterHost);
    const response: unknown = host.switchToHttp().getResponse();
    httpAdapter.reply(response, { filtered: exception.message }, 422);
  }
}

/** As compression middleware does it: by the raw response's methods, when the headers are written. */
function compress(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  if (request.headers['accept-encoding'] !== 'gzip') return next();
  const { writeHead, end } = response;
  const chunks: Buffer[] = [];
  const gzip = createGzip();
  response.writeHead = ((status: number, ...more: unknown[]) => {
    const headers = more.find((one) => typeof one === 'object') as object | undefined;
    for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value);
    response.statusCode = status;
    return response;
  }) as typeof response.writeHead;
  response.end = ((body?: string | Buffer | null) => {
    if (!body?.length) {
      response.writeHead = writeHead;
      response.writeHead(response.statusCode);
      return end.call(response, undefined as never, 'utf8');
    }
    gzip.on('data', (chunk: Buffer) => chunks.push(chunk));
    gzip.on('end', () => {
      response.writeHead = writeHead;
      response.removeHeader('Content-Length');
      response.setHeader('Content-Encoding', 'gzip');
      response.setHeader('Vary', [response.getHeader('vary'), 'Accept-Encoding'].join(', '));
      end.call(response, Buffer.concat(chunks) as never, 'utf8');
    });
    gzip.end(body);
    return response;
  }) as typeof response.end;
  next();
}

/** A view engine, as each platform wants it. */
function useViews(app: INestApplication, platform: Platform): void {
  const instance = app.getHttpAdapter().getInstance() as unknown as {
    engine(extension: string, engine: unknown): void;
    set(name: string, value: unknown): void;
    decorateReply(name: string, value: unknown): void;
  };
  const page = (run: unknown) => `<p>run ${String(run)}</p>`;
  if (platform === 'Express') {
    class View {
      path = 'there';
      render(options: { run: unknown }, done: (error: null, html: string) => void): void {
        done(null, page(options.run));
      }
    }
    instance.set('view', View);
  } else {
    const view = function (
      this: { header(name: string, value: string): { send(body: string): unknown } },
      _name: string,
      options: { run: unknown },
    ): unknown {
      return this.header('content-type', 'text/html; charset=utf-8').send(page(options.run));
    };
    instance.decorateReply('view', view);
  }
}

interface Got {
  status: number | undefined;
  headers: IncomingMessage['headers'];
  body: Buffer;
}

/** Without `fetch`, which unpacks what is compressed. */
async function raw(
  http: HttpApplication,
  path: string,
  headers: Record<string, string>,
): Promise<Got> {
  const url = `${(await http.app.getUrl()).replace('[::1]', '127.0.0.1')}${path}`;
  return new Promise((resolve, reject) => {
    const asked = httpRequest(url, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const { statusCode: status, headers: got } = response;
        resolve({ status, headers: got, body: Buffer.concat(chunks) });
      });
    });
    asked.on('error', reject).end();
  });
}

beforeEach(() => {
  runs = 0;
});

afterEach(closeAll);

describe.each(PLATFORMS)('cached routes of an application on %s', (platform) => {
  const start = (prepare?: (app: INestApplication) => void, controller: ClassRef = Quotes) =>
    HttpApplication.start(platform, { controllers: [controller] }, {}, prepare);

  async function twice(http: HttpApplication, path: string, headers?: Record<string, string>) {
    const first = await http.get(path, headers);
    expect(first).toMatchObject({ status: 200, cache: 'MISS' });
    expect(await http.get(path, headers)).toEqual({ ...first, cache: 'HIT' });
    return first.body;
  }

  it('have what global interceptors make of the body', async () => {
    const http = await start((app) => {
      const transformerPackage = {
        classToPlain: (value: object) => ({ plain: true, ...value }),
        plainToInstance: () => undefined,
      } as never;
      const serializer = new ClassSerializerInterceptor(app.get(Reflector), { transformerPackage });
      app.useGlobalInterceptors(new Wrapping(), serializer);
    });
    const body = JSON.parse(await twice(http, '/quotes/of/AAPL')) as unknown;
    expect(body).toEqual({ data: { plain: true, ticker: 'AAPL', run: 1 } });
  });

  it('leave failures to exception filters, and keep none', async () => {
    const http = await start((app) => app.useGlobalFilters(new Filter(app)));
    for (const run of [1, 2]) {
      expect(await http.get('/quotes/of/none')).toMatchObject({
        status: 422,
        body: `{"filtered":"no such ticker ${run}"}`,
      });
    }
  });

  it('stand under a global prefix', async () => {
    const http = await start((app) => app.setGlobalPrefix('api'));
    expect(await twice(http, '/api/quotes/of/AAPL')).toBe('{"ticker":"AAPL","run":1}');
  });

  it('are of one version each, in the address or in a header', async () => {
    const byUri = await start(
      (app) => app.enableVersioning({ type: VersioningType.URI }),
      Versioned,
    );
    expect(await twice(byUri, '/v1/quotes/versioned')).toBe('version 1, run 1');
    expect(await twice(byUri, '/v2/quotes/versioned')).toBe('version 2, run 2');
    const byHeader = await start(
      (app) => app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' }),
      Versioned,
    );
    expect(await twice(byHeader, '/quotes/versioned', { 'x-version': '1' })).toContain('version 1');
    expect(await twice(byHeader, '/quotes/versioned', { 'x-version': '2' })).toContain('version 2');
  });

  it('keep a rendered page as it was sent', async () => {
    const http = await start((app) => useViews(app, platform));
    expect(await twice(http, '/quotes/page')).toBe('<p>run 1</p>');
    const hit = await http.fetch('/quotes/page');
    expect(hit.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const etag = hit.headers.get('etag')!;
    const known = await http.fetch('/quotes/page', { headers: { 'if-none-match': etag } });
    expect([known.status, await known.text()]).toEqual([304, '']);
  });

  it('are compressed for those who want it, after they were kept', async () => {
    const http = await start((app) => app.use(compress));
    const text = `{"run":1,"text":"${'long '.repeat(500)}"}`;
    for (const cache of ['MISS', 'HIT', 'HIT']) {
      const packed = await raw(http, '/quotes/long', { 'accept-encoding': 'gzip' });
      expect(packed).toMatchObject({
        status: 200,
        headers: { 'x-cache': cache, 'content-encoding': 'gzip' },
      });
      expect(packed.headers.vary).toContain('Accept-Encoding');
      expect(gunzipSync(packed.body).toString()).toBe(text);
      const plain = await raw(http, '/quotes/long', {});
      expect(plain.headers).toMatchObject({
        'x-cache': 'HIT',
        'content-length': String(text.length),
      });
      expect(plain.headers['content-encoding']).toBeUndefined();
      expect(plain.body.toString()).toBe(text);
      const known = { 'accept-encoding': 'gzip', 'if-none-match': packed.headers.etag! };
      expect(await raw(http, '/quotes/long', known)).toMatchObject({ status: 304 });
    }
    expect(runs).toBe(1);
  });
});
