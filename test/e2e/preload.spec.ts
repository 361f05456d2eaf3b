import {
  Controller,
  Get,
  Injectable,
  Module,
  Scope,
  type Provider,
  type Type,
} from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { MessagePattern } from '@nestjs/microservices';
import { Test, type TestingModule } from '@nestjs/testing';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  Cached,
  CacheModule,
  type CacheModuleOptions,
  CacheOptionsError,
  CacheService,
  Preload,
  type PreloadDecoratorOptions,
} from 'nestjs-tiered-cache';
import { deferred, type Deferred } from '../support/deferred.js';
import { settle, until } from '../support/turns.js';

class Lines {
  readonly said: string[] = [];
  readonly log = (line: string, context: string): void => this.add('log', line, context);
  readonly warn = (line: string, context: string): void => this.add('warn', line, context);
  readonly error = (line: string, ...rest: string[]): void =>
    this.add('error', line, rest.at(-1) ?? '');

  add(level: string, line: string, context: string): void {
    if (context === 'CacheModule') this.said.push(`${level}: ${line.replace(/\d+\.\d s/, 'N s')}`);
  }
}

let open: TestingModule | undefined;
let lines = new Lines();

async function compile(
  providers: Provider[],
  options?: CacheModuleOptions,
  controllers: Type[] = [],
) {
  @Module({ imports: [CacheModule.forRoot(options)], providers, controllers })
  class AppModule {}

  lines = new Lines();
  return Test.createTestingModule({ imports: [AppModule] })
    .setLogger(lines)
    .compile();
}

async function boot(providers: Provider[], options?: CacheModuleOptions) {
  open = await compile(providers, options);
  await open.init();
  return open;
}

async function bootError(providers: Provider[], controllers: Type[] = []) {
  const module = await compile(providers, {}, controllers);
  const error: unknown = await module.init().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  await module.close().catch(() => undefined);
  return error as CacheOptionsError;
}

/** A service whose source answers when the test says so. */
function quotes(options?: PreloadDecoratorOptions) {
  const asked = new Map<unknown, Deferred<unknown>>();

  @Injectable()
  class QuotesService {
    readonly watched = ['GOOG', 'AMZN'];

    @Preload(options)
    @Cached('30m')
    async quote(ticker?: string): Promise<unknown> {
      const answer = deferred();
      asked.set(ticker, answer);
      return answer.promise;
    }
  }
  return { QuotesService, asked };
}

afterEach(async () => {
  await open?.close();
  open = undefined;
});

describe('@Preload', () => {
  it('fills the cache after the boot, without holding it up', async () => {
    const { QuotesService, asked } = quotes({ args: [['AAPL'], ['MSFT']] });
    const app = await boot([QuotesService]);
    await until(() => asked.size === 2);
    expect(lines.said).toEqual(['log: Preloading QuotesService.quote: 2 calls, 4 at a time']);
    for (const [ticker, answer] of asked) answer.resolve(`price of ${String(ticker)}`);
    await until(() => lines.said.length === 2);
    expect(lines.said[1]).toBe('log: Preloaded QuotesService.quote: 2 of 2 in N s');
    asked.clear();
    await expect(app.get(QuotesService).quote('MSFT')).resolves.toBe('price of MSFT');
    expect(asked.size).toBe(0);
    expect(app.get(CacheService).memory.keys()).toHaveLength(2);
  });

  it('holds up the boot with `wait`, but does not fail it', async () => {
    const { QuotesService, asked } = quotes({ args: [['AAPL'], ['MSFT']], wait: true });
    open = await compile([QuotesService]);
    let booted = false;
    const booting = open.init().then(() => (booted = true));
    await until(() => asked.size === 2);
    asked.get('AAPL')!.resolve(187);
    await settle();
    expect(booted).toBe(false);
    asked.get('MSFT')!.reject(new Error('delisted'));
    await booting;
    expect(lines.said.at(-1)).toBe(
      'warn: Preloaded QuotesService.quote: 1 of 2 in N s, 1 failed; the first: delisted',
    );
  });

  it('makes so many calls at a time', async () => {
    const args = ['A', 'B', 'C', 'D', 'E'].map((ticker) => [ticker]);
    const { QuotesService, asked } = quotes({ args, concurrency: 2 });
    await boot([QuotesService]);
    await until(() => asked.size === 2);
    await settle();
    expect([...asked.keys()]).toEqual(['A', 'B']);
    asked.get('B')!.resolve(1);
    await until(() => asked.size === 3);
    expect([...asked.keys()]).toEqual(['A', 'B', 'C']);
  });

  it.each([
    ['a function', (service: { watched: string[] }) => service.watched.map((each) => [each])],
    [
      'an asynchronous function',
      async (service: { watched: string[] }) => service.watched.map((each) => [each]),
    ],
  ])('takes its arguments from %s of the instance', async (_what, args) => {
    const { QuotesService, asked } = quotes({ args });
    await boot([QuotesService]);
    await until(() => asked.size === 2);
    expect([...asked.keys()]).toEqual(['GOOG', 'AMZN']);
  });

  it('makes one call without arguments if none are given', async () => {
    const { QuotesService, asked } = quotes();
    await boot([QuotesService]);
    await until(() => asked.size === 1);
    expect([...asked.keys()]).toEqual([undefined]);
  });

  it.each([
    ['throws', () => Promise.reject(new Error('no database')), 'no database'],
    ['gives something else', () => ['AAPL'] as never, 'must be a list of argument lists'],
  ])('logs it if the function of the arguments %s', async (_what, args, message) => {
    const { QuotesService, asked } = quotes({ args, wait: true });
    await boot([QuotesService]);
    expect(lines.said).toEqual([expect.stringContaining(message)]);
    expect(lines.said[0]).toMatch(/^error: QuotesService\.quote was not preloaded/);
    expect(asked.size).toBe(0);
  });

  it('goes on when the logger throws', async () => {
    const { QuotesService, asked } = quotes({ args: [['AAPL'], ['MSFT']], wait: true });
    open = await compile([QuotesService]);
    lines.add = () => {
      throw new Error('log transport closed');
    };
    const booted = open.init();
    await until(() => asked.size === 2);
    for (const answer of asked.values()) answer.resolve('a price');
    await booted;
    expect(open.get(CacheService).memory.keys()).toHaveLength(2);
  });

  it('begins no more calls once the application closes', async () => {
    const { QuotesService, asked } = quotes({ args: [['A'], ['B']], concurrency: 1 });
    const app = await boot([QuotesService]);
    await until(() => asked.size === 1);
    await app.close();
    open = undefined;
    asked.get('A')!.resolve(1);
    await until(() => lines.said.length === 2);
    expect(lines.said[1]).toContain('1 of 2 in N s, 1 not called');
    expect([...asked.keys()]).toEqual(['A']);
  });

  it('fills it for a module that is loaded later, once, and holds up its load with `wait`', async () => {
    const waiting = quotes({ args: [['AAPL']], wait: true });
    const other = quotes({ args: [['MSFT']] });
    const module = await boot([]);
    const loader = module.get(LazyModuleLoader);
    @Module({ providers: [waiting.QuotesService, other.QuotesService] })
    class Late {}
    let loaded = false;
    const load = loader.load(() => Late).then((ref) => ((loaded = true), ref));
    await until(() => waiting.asked.has('AAPL') && other.asked.has('MSFT'));
    expect(loaded).toBe(false);
    waiting.asked.get('AAPL')!.resolve(1);
    const service = (await load).get(waiting.QuotesService);
    other.asked.get('MSFT')!.resolve(2);
    waiting.asked.clear();
    await loader.load(() => Late);
    expect(await service.quote('AAPL')).toBe(1);
    expect([...waiting.asked.keys()]).toEqual([]);
  });

  it('fails the load of a module whose method cannot be preloaded', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Each {
      @Preload()
      @Cached()
      quote(): void {}
    }
    @Module({ providers: [Each] })
    class Late {}
    const loader = (await boot([])).get(LazyModuleLoader);
    await expect(loader.load(() => Late)).rejects.toThrow('Each.quote @Preload');
  });

  it('does nothing in a cache that is switched off', async () => {
    const { QuotesService, asked } = quotes({ args: [['A']], wait: true });
    await boot([QuotesService], { enabled: false });
    expect(asked.size).toBe(0);
    expect(lines.said).toEqual([]);
  });

  it('works below and above @Cached, on synchronous methods, factories and inherited methods', async () => {
    const ran: string[] = [];
    class Base {
      @Cached()
      @Preload()
      below(): string {
        ran.push(`${this.constructor.name}.below`);
        return 'below';
      }

      @Preload()
      @Cached()
      overridden(): string {
        ran.push('overridden');
        return 'base';
      }
    }
    @Injectable()
    class Real extends Base {
      override overridden(): string {
        ran.push('override');
        return 'real';
      }
    }
    await boot([Real, { provide: 'made', useFactory: () => new Base() }]);
    await until(() => lines.said.length === 6);
    expect(ran.toSorted()).toEqual(['Base.below', 'Real.below', 'overridden']);
  });
});

describe('@Preload refuses at boot', () => {
  it.each<[string, PreloadDecoratorOptions]>([
    ['args', { args: 'AAPL' as never }],
    ['args', { args: ['AAPL'] as never }],
    ['concurrency', { concurrency: 0 }],
    ['wait', { wait: 'yes' as never }],
    ['arguments', { arguments: [] } as never],
  ])('a bad %s', async (option, options) => {
    const error = await bootError([quotes(options).QuotesService]);
    expect(error).toBeInstanceOf(CacheOptionsError);
    expect(error.option).toBe(`QuotesService.quote @Preload.${option}`);
  });

  it('a method that is not cached', async () => {
    @Injectable()
    class QuotesService {
      @Preload()
      quote(): string {
        return 'quote';
      }
    }
    const error = await bootError([QuotesService]);
    expect(error.message).toContain('QuotesService.quote @Preload: got a method without @Cached');
  });

  it.each([
    ['request', Scope.REQUEST],
    ['transient', Scope.TRANSIENT],
  ])('a %s-scoped class', async (word, scope) => {
    @Injectable({ scope })
    class QuotesService {
      @Preload()
      @Cached()
      quote(): string {
        return 'quote';
      }
    }
    const error = await bootError([QuotesService]);
    expect(error.option).toBe('QuotesService.quote @Preload');
    expect(error.message).toContain(word);
    expect(error.message).toContain('of which there is one instance');
  });

  it('a route, and the handler of a message', async () => {
    @Controller()
    class Routes {
      @Preload()
      @Cached()
      @Get()
      quote(): string {
        return 'quote';
      }
    }
    @Controller()
    class Messages {
      @Preload()
      @Cached()
      @MessagePattern('quote')
      quote(): string {
        return 'quote';
      }
    }
    expect((await bootError([], [Routes])).message).toContain('Routes.quote @Preload: got a route');
    expect((await bootError([], [Messages])).message).toContain('a message handler');
  });
});
