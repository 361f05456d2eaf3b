import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Optional,
  Req,
  Scope,
  type Type,
} from '@nestjs/common';
import { ContextIdFactory, LazyModuleLoader, ModuleRef, REQUEST } from '@nestjs/core';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached } from 'nestjs-tiered-cache';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

interface Asking {
  headers: { authorization?: string };
}

let runs: string[] = [];
let asking: string | undefined;
const warnings: string[] = [];
const logger = { warn: (line: string) => warnings.push(line), error: () => {} };

beforeEach(() => {
  runs = [];
  warnings.length = 0;
});
afterEach(closeAll);

const injected = (method: string): string =>
  `${method} runs uncached: each request has an instance, into which, or into what it depends on, ` +
  "the request is injected, and its arguments do not tell whose; say `key`, or `scope: 'public'`";

describe.each(PLATFORMS)('An instance that Nest makes after boot, on %s', (platform) => {
  @Injectable({ scope: Scope.REQUEST })
  class Lazy {
    @Inject(REQUEST) req!: Asking;

    @Cached('5m')
    async me() {
      return `hello ${this.req.headers.authorization}`;
    }

    @Cached({ ttl: '5m', scope: 'public' })
    async rates() {
      runs.push('rates');
      return 'rates';
    }
  }
  @Module({ providers: [Lazy] })
  class LazyModule {}
  class Made {
    constructor(@Inject(REQUEST) readonly req: Asking) {}

    @Cached('5m')
    async me() {
      return `made ${this.req.headers.authorization}`;
    }
  }
  @Injectable({ scope: Scope.REQUEST })
  class Caller {
    @Inject(REQUEST) readonly req!: Asking;
  }
  @Injectable()
  class Between {
    constructor(
      @Optional() @Inject('missing') _missing: unknown,
      readonly caller: Caller,
    ) {}
  }
  class MadeOfOthers {
    @Inject(Between) readonly between!: Between;

    @Cached('5m')
    async me() {
      return `made of ${this.between.caller.req.headers.authorization}`;
    }
  }
  @Injectable()
  class Harmless {
    @Cached('5m')
    async me() {
      runs.push('harmless');
      return 'anybody';
    }
  }
  class Varied {
    @Cached({ ttl: '5m', varyBy: () => asking })
    async me() {
      return `varied ${asking}`;
    }
  }
  @Controller()
  class Routes {
    constructor(
      private readonly lazy: LazyModuleLoader,
      private readonly ref: ModuleRef,
    ) {}

    @Get('lazy')
    async lazily(@Req() req: Asking) {
      const service = await this.#lazily(req);
      return service.me();
    }

    @Get('public')
    async publicly(@Req() req: Asking) {
      const service = await this.#lazily(req);
      return service.rates();
    }

    @Get('made')
    async made(@Req() req: Asking) {
      return (await this.#make(Made, req)).me();
    }

    @Get('made-of-others')
    async madeOfOthers(@Req() req: Asking) {
      return (await this.#make(MadeOfOthers, req)).me();
    }

    @Get('varied')
    async varied(@Req() req: Asking) {
      asking = req.headers.authorization;
      return (await this.#make(Varied, req)).me();
    }

    @Get('harmless')
    async harmless(@Req() req: Asking) {
      return (await this.#make(Harmless, req)).me();
    }

    async #lazily(req: Asking): Promise<Lazy> {
      const ref = await this.lazy.load(() => LazyModule);
      const id = ContextIdFactory.getByRequest(req);
      ref.registerRequestByContextId(req, id);
      return ref.resolve(Lazy, id, { strict: false });
    }

    async #make<T>(type: Type<T> | (new (...given: never[]) => T), req: Asking): Promise<T> {
      const id = ContextIdFactory.getByRequest(req);
      this.ref.registerRequestByContextId(req, id);
      return this.ref.create(type as Type<T>, id);
    }
  }

  const start = () =>
    HttpApplication.start(
      platform,
      { controllers: [Routes], providers: [Caller, Between] },
      { logger },
    );

  it.each([
    ['of a lazily loaded module', '/lazy', 'hello', 'Lazy'],
    ['by ModuleRef.create', '/made', 'made', 'Made'],
    ['of what the request is injected into', '/made-of-others', 'made of', 'MadeOfOthers'],
  ])('gives no user what another was answered: %s', async (_how, path, greeting, name) => {
    const app = await start();
    for (const user of ['alice', 'bob', 'alice']) {
      const { body } = await app.get(path, { authorization: user });
      expect(body).toBe(`${greeting} ${user}`);
    }
    // A class that is not known from boot has a mark in its name.
    expect(warnings.map((line) => line.replace(/~[0-9a-f]{8}/, ''))).toEqual([
      injected(`${name}.me`),
    ]);
  });

  it('runs uncached where nothing can obey what tells users apart', async () => {
    const app = await start();
    for (const user of ['alice', 'bob']) {
      expect((await app.get('/varied', { authorization: user })).body).toBe(`varied ${user}`);
    }
    expect(warnings).toEqual([
      expect.stringMatching(/^Varied~\w+\.me runs uncached: nothing obeys its varyBy/),
    ]);
  });

  it('is cached where nothing tells of a request, or the options say that it is anybody’s', async () => {
    const app = await start();
    for (const user of ['alice', 'bob']) {
      for (const path of ['/harmless', '/public']) await app.get(path, { authorization: user });
    }
    expect(runs).toEqual(['harmless', 'rates']);
    expect(warnings).toEqual([]);
  });
});
