import {
  type CanActivate,
  Controller,
  Get,
  Injectable,
  type MiddlewareConsumer,
  type NestMiddleware,
  type NestModule,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule } from 'nestjs-tiered-cache';
import { map } from 'rxjs';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

let runs = 0;

beforeEach(() => {
  runs = 0;
});
afterEach(closeAll);

@Injectable()
class Resolver {
  @Cached()
  async resolve(id: string): Promise<string> {
    return `${id} ${++runs}`;
  }

  readonly detached = (id: string) => this.resolve(id);
}

@Controller()
class Called {
  @Get('called')
  @Cached()
  async route(_id?: unknown): Promise<number> {
    return ++runs;
  }
}

describe('outside HTTP', () => {
  it.each(['graphql', 'rpc', 'ws', 'http'])(
    'a handler called by %s is cached by its arguments',
    async (type) => {
      const module = await Test.createTestingModule({
        imports: [CacheModule.forRoot()],
        providers: [Resolver],
      }).compile();
      await module.init();
      const resolver = module.get(Resolver);
      // What @nestjs/graphql calls a resolver by, interceptors included.
      const call = module
        .get(ExternalContextCreator, { strict: false })
        .create(
          resolver,
          resolver.resolve as (...args: unknown[]) => unknown,
          'resolve',
          undefined,
          undefined,
          undefined,
          undefined,
          undefined,
          type,
        );
      expect([await call('a'), await call('a'), await call('b')]).toEqual(['a 1', 'a 1', 'b 2']);
      await module.close();
    },
  );

  it('a route called with what is no request is cached by its arguments', async () => {
    const module = await Test.createTestingModule({
      imports: [CacheModule.forRoot()],
      controllers: [Called],
    }).compile();
    await module.init();
    const called = module.get(Called);
    const call = module
      .get(ExternalContextCreator, { strict: false })
      .create(called, called.route as (...args: unknown[]) => unknown, 'route');
    expect([await call('a'), await call('a'), await call({ id: 1 })]).toEqual([1, 1, 2]);
    await module.close();
  });

  it('a method that was bound before is cached, and one without an instance runs', async () => {
    const module = await Test.createTestingModule({
      imports: [CacheModule.forRoot()],
      providers: [Resolver],
    }).compile();
    const resolver = module.get(Resolver);
    expect([await resolver.detached('a'), await resolver.detached('a')]).toEqual(['a 1', 'a 1']);
    const { resolve } = Resolver.prototype;
    expect(await resolve.call(undefined as never, 'a')).toBe('a 2');
    await module.close();
  });
});

@Injectable()
class Policy implements CanActivate {
  canActivate(): boolean {
    return this.allows('all');
  }

  @Cached()
  allows(_who: string): boolean {
    runs++;
    return true;
  }
}

@Injectable()
class Counting implements NestMiddleware {
  use(_request: unknown, _response: unknown, next: () => void): void {
    this.count();
    next();
  }

  @Cached()
  count(): number {
    return (runs += 100);
  }
}

const wrapping = {
  intercept: (_: unknown, next: { handle(): import('rxjs').Observable<unknown> }) =>
    next.handle().pipe(map((body) => ({ body, inner: ++runs }))),
};

@Controller()
class Routes {
  @Get('guarded')
  @UseGuards(Policy)
  guarded(): string {
    return 'guarded';
  }

  @Get('inside')
  @UseInterceptors(wrapping)
  @Cached()
  inside(): string {
    return 'inside';
  }

  @Get('outside')
  @Cached()
  @UseInterceptors(wrapping)
  outside(): string {
    return 'outside';
  }
}

class AppModule implements NestModule {
  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(Counting).forRoutes('guarded');
  }
}

describe.each(PLATFORMS)('enhancers on %s', (platform) => {
  it('have cached methods of their own', async () => {
    const http = await HttpApplication.start(platform, {
      imports: [{ module: AppModule, controllers: [Routes] }],
    });
    for (let time = 0; time < 3; time++) expect((await http.get('/guarded')).body).toBe('guarded');
    expect(runs).toBe(101);
  });

  it('run on a hit if they stand below @Cached, and only on a miss above it; what was sent stands', async () => {
    const http = await HttpApplication.start(platform, { controllers: [Routes] });
    const bodies: unknown[] = [];
    for (const path of ['/inside', '/inside', '/outside', '/outside']) {
      bodies.push((JSON.parse((await http.get(path)).body) as { inner: number }).inner);
    }
    expect(bodies).toEqual([1, 1, 2, 2]);
    expect(runs).toBe(3);
  });
});
