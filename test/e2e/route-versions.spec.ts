import {
  Controller,
  Get,
  Header,
  Headers,
  Req,
  Version,
  VERSION_NEUTRAL,
  VersioningType,
  type VersioningOptions,
} from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheService } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

interface Request {
  headers: Record<string, string | undefined>;
}

let runs = 0;

const asked = ({ headers }: Request) => headers['x-version'] ?? headers.accept ?? 'none';

@Controller()
class Versions {
  @Version('1')
  @Get('one')
  @Cached('1m')
  first(): string {
    return `first ${++runs}`;
  }

  @Version('2')
  @Get('one')
  @Cached('1m')
  second(): string {
    return `second ${++runs}`;
  }

  @Version(['3', '4'])
  @Get('several')
  @Cached('1m')
  several(@Req() request: Request): string {
    return `${asked(request)} ${++runs}`;
  }

  @Version([VERSION_NEUTRAL, '5'])
  @Get('or-none')
  @Cached('1m')
  orNone(@Req() request: Request): string {
    return `${asked(request)} ${++runs}`;
  }

  @Version(VERSION_NEUTRAL)
  @Get('neutral')
  @Cached('1m')
  neutral(@Req() request: Request): string {
    return `${asked(request)} ${++runs}`;
  }

  @Get('without')
  @Cached('1m')
  without(@Req() request: Request): string {
    return `${asked(request)} ${++runs}`;
  }

  @Version('1')
  @Get('public')
  @Cached({ ttl: '1m', scope: 'public', varyBy: 'header:X-Version' })
  open(): string {
    return `open ${++runs}`;
  }

  @Version('1')
  @Get('negotiated')
  @Header('Vary', 'Accept')
  @Cached('1m')
  negotiated(@Headers('accept') accept: string): string {
    return `${accept} ${++runs}`;
  }
}

@Controller({ version: ['6', '7'], path: 'class' })
class OfClass {
  @Get()
  @Cached('1m')
  all(@Req() request: Request): string {
    return `${asked(request)} ${++runs}`;
  }
}

const HEADER: VersioningOptions = { type: VersioningType.HEADER, header: 'X-Version' };
const MEDIA_TYPE: VersioningOptions = { type: VersioningType.MEDIA_TYPE, key: 'v=' };
const CUSTOM: VersioningOptions = {
  type: VersioningType.CUSTOM,
  extractor: (request) => (request as Request).headers['x-version']?.split('|') ?? [],
};

describe.each(PLATFORMS)('A cached route of several versions on %s', (platform) => {
  const start = (versioning: VersioningOptions) =>
    HttpApplication.start(platform, { controllers: [Versions, OfClass] }, {}, (app) => {
      app.enableVersioning(versioning);
    });

  beforeEach(() => {
    runs = 0;
  });

  afterEach(closeAll);

  const version = (is: string) => ({ 'x-version': is });
  const accept = (is: string) => ({ accept: `application/json;v=${is}` });

  async function said(http: HttpApplication, path: string, headers: Record<string, string>) {
    const response = await http.fetch(path, { headers });
    const of = (name: string) => response.headers.get(name);
    return { body: await response.text(), vary: of('vary'), control: of('cache-control') };
  }

  it('tells other caches the header that names the version', async () => {
    const http = await start(HEADER);
    for (const run of ['first 1', 'first 1']) {
      expect(await said(http, '/one', version('1'))).toEqual({
        body: run,
        vary: 'X-Version, Authorization, Cookie',
        control: 'public, max-age=60',
      });
    }
    expect((await said(http, '/one', version('2'))).body).toBe('second 2');
    expect((await said(http, '/public', version('1'))).vary).toBe('X-Version');
    for (const path of ['/neutral', '/without']) {
      expect((await said(http, path, {})).vary).toBe('X-Version, Authorization, Cookie');
    }
  });

  it('tells them Accept, where that names it', async () => {
    const http = await start(MEDIA_TYPE);
    const first = await said(http, '/one', accept('1'));
    expect(first.vary).toBe('Accept, Authorization, Cookie');
    expect(first.control).toBe('public, max-age=60');
    expect((await said(http, '/one', accept('2'))).body).toBe('second 2');
  });

  it.each(['/several', '/or-none', '/neutral', '/without', '/class'])(
    'has an entry for each version that it serves: %s',
    async (path) => {
      const [one, other] = { '/several': '34', '/class': '67' }[path] ?? ['', '5'];
      const http = await start(HEADER);
      const of = (is = '') => http.get(path, is === '' ? { accept: 'none' } : version(is));
      for (const cache of ['MISS', 'HIT']) {
        expect(await of(one)).toEqual({ status: 200, cache, body: `${one || 'none'} 1` });
      }
      for (const cache of ['MISS', 'HIT']) {
        expect(await of(other)).toEqual({ status: 200, cache, body: `${other} 2` });
      }
    },
  );

  it('has one for each Accept that names a version, and one for all others', async () => {
    const http = await start(MEDIA_TYPE);
    expect((await http.get('/several', accept('3'))).body).toBe('application/json;v=3 1');
    expect((await http.get('/several', accept('4'))).body).toBe('application/json;v=4 2');
    expect(await http.get('/several', accept('3'))).toMatchObject({ cache: 'HIT' });
    expect(await http.get('/or-none', { accept: 'text/html' })).toMatchObject({ cache: 'MISS' });
    expect(await http.get('/or-none', { accept: '*/*' })).toMatchObject({ cache: 'HIT' });
  });

  it('obeys an Accept that the handler says it looks at, also where that names the version', async () => {
    const http = await start(MEDIA_TYPE);
    const xml = 'application/xml;v=1';
    expect((await http.get('/negotiated', accept('1'))).body).toBe('application/json;v=1 1');
    expect((await http.get('/negotiated', { accept: xml })).body).toBe(`${xml} 2`);
    expect(await http.get('/negotiated', accept('1'))).toMatchObject({ cache: 'HIT' });
  });

  it('has them by what the extractor of the application says, and tells other caches nothing', async () => {
    const http = await start(CUSTOM);
    const first = await said(http, '/one', version('1'));
    expect([first.body, first.vary]).toEqual(['first 1', 'Authorization, Cookie']);
    expect(first.control).toBe('private, max-age=60');
    expect((await said(http, '/public', version('1'))).control).toBe('private, max-age=60');
    runs = 0;
    expect((await http.get('/several', version('3'))).body).toBe('3 1');
    expect((await http.get('/several', version('9|4'))).body).toBe('9|4 2');
    expect(await http.get('/several', version('3'))).toMatchObject({ cache: 'HIT', body: '3 1' });
    // What serves one version is the same for all who get it.
    await http.get('/public', version('1'));
    expect(await http.get('/one', version('9|1'))).toMatchObject({ cache: 'HIT', body: 'first 1' });
  });

  it('keeps the keys it has without versions in headers', async () => {
    const http = await start({ type: VersioningType.URI });
    await http.get('/v3/several');
    const keys = [...http.app.get(CacheService).memory.keys()];
    expect(keys).toEqual(['GET Versions.several 127.0.0.1 /v3/several?']);
    expect((await http.fetch('/v3/several')).headers.get('vary')).toBe('Authorization, Cookie');
  });
});
