import { AsyncLocalStorage } from 'node:async_hooks';
import { Controller, Get, Injectable, type INestApplication, Param, Post } from '@nestjs/common';
import { Query, Resolver } from '@nestjs/graphql';
import { Test } from '@nestjs/testing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheEvict, CacheModule, Preload } from 'nestjs-tiered-cache';
import { closeGraphQL, GraphQLApplication } from './contexts/graphql-application.js';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

let runs = 0;
let timed = 0;
const user = new AsyncLocalStorage<string | undefined>();

beforeEach(() => {
  runs = timed = 0;
});
afterEach(closeAll);
afterEach(closeGraphQL);

/** As many libraries do it: what was said of the method stays behind. */
function Timed(): MethodDecorator {
  return (_target, _key, descriptor) => {
    const original = descriptor.value as unknown as (...args: unknown[]) => unknown;
    descriptor.value = function (this: unknown, ...args: unknown[]): unknown {
      timed++;
      return original.apply(this, args);
    } as never;
  };
}

function Traced(): MethodDecorator {
  return (_target, _key, descriptor) => {
    descriptor.value = new Proxy(descriptor.value as unknown as () => unknown, {}) as never;
  };
}

@Controller('orders')
class OrdersController {
  @Post()
  @Timed()
  @Cached('5m')
  create() {
    return { order: ++runs };
  }

  @Get('mine')
  @Timed()
  @Cached('5m')
  mine() {
    return { of: user.getStore() ?? 'nobody' };
  }

  @Get(':id')
  @Timed()
  @Cached('5m')
  one(@Param('id') id: string) {
    return { id, run: ++runs };
  }

  @Timed()
  @CacheEvict({ category: 'default', allEntries: true })
  @Post('sold')
  sold() {
    return {};
  }
}

describe.each(PLATFORMS)(
  'A route under a decorator that replaces its method, on %s',
  (platform) => {
    let app: HttpApplication;
    beforeEach(async () => {
      const listen = (nest: INestApplication): unknown =>
        nest.use((req: { headers: Record<string, string> }, _res: unknown, next: () => void) =>
          user.run(req.headers['authorization'], next),
        );
      app = await HttpApplication.start(platform, { controllers: [OrdersController] }, {}, listen);
    });

    it('is cached by its address', async () => {
      expect(await app.get('/orders/7')).toMatchObject({
        cache: 'MISS',
        body: '{"id":"7","run":1}',
      });
      expect(await app.get('/orders/7')).toMatchObject({
        cache: 'HIT',
        body: '{"id":"7","run":1}',
      });
      expect(await app.get('/orders/8')).toMatchObject({
        cache: 'MISS',
        body: '{"id":"8","run":2}',
      });
      expect(timed).toBe(2);
    });

    it('runs for every POST', async () => {
      const post = async (): Promise<string> =>
        (await app.fetch('/orders', { method: 'POST' })).text();
      expect(await post()).toBe('{"order":1}');
      expect(await post()).toBe('{"order":2}');
    });

    it('gives nobody what another user was answered', async () => {
      for (const authorization of ['alice', 'bob']) {
        const answer = await app.get('/orders/mine', { authorization });
        expect(answer).toMatchObject({ cache: 'BYPASS', body: `{"of":"${authorization}"}` });
      }
    });
  },
);

describe('A resolver under a decorator that replaces its method', () => {
  it('passes the cache by where it may see who asks, though its text does not show it', async () => {
    @Resolver()
    class Me {
      @Query(() => String)
      @Timed()
      @Cached('5m')
      @Traced()
      async me(_root = null, _args = {}, context: { user?: string } = {}) {
        return `I am ${context.user}`;
      }
    }
    const app = await GraphQLApplication.start([Me]);
    for (const name of ['alice', 'bob']) {
      expect(await app.data('{ me }', { 'x-user': name })).toEqual({ me: `I am ${name}` });
    }
  });
});

describe('What stands on a method under a decorator that replaces it', () => {
  const boot = async (provider: new () => object): Promise<void> => {
    const module = await Test.createTestingModule({
      imports: [CacheModule.forRoot()],
      providers: [provider],
    }).compile();
    try {
      await module.init();
    } finally {
      await module.close();
    }
  };

  it('is checked at boot', async () => {
    @Injectable()
    class Quotes {
      @Timed()
      @Cached({ ttl: 'soon' })
      async quote() {
        return ++runs;
      }
    }
    @Injectable()
    class Orders {
      @Timed()
      @CacheEvict({})
      @Timed()
      @CacheEvict({ key: 'a' })
      async order() {
        return ++runs;
      }
    }
    await expect(boot(Quotes)).rejects.toThrow(/Quotes\.quote @Cached\.ttl: got "soon"/);
    await expect(boot(Orders)).rejects.toThrow(/Orders\.order @CacheEvict/);
  });

  it('is called at boot if it is to be', async () => {
    @Injectable()
    class Quotes {
      @Timed()
      @Preload({ wait: true })
      @Cached('5m')
      async quote() {
        return ++runs;
      }
    }
    await boot(Quotes);
    expect(runs).toBe(1);
  });
});
