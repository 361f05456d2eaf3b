import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Cached, CacheModule, CacheService } from 'nestjs-tiered-cache';
import { defer, from, lastValueFrom, Observable, of, retry, switchMap } from 'rxjs';
import { startTcp, type TcpService } from './tcp-service.js';
import { until } from '../../support/turns.js';

let runs = 0;
let tcp: TcpService | undefined;
const warnings: string[] = [];

beforeEach(() => {
  runs = 0;
  queue.length = 0;
  warnings.length = 0;
});
afterEach(() => tcp?.close());

interface Asked {
  readonly user: string;
}

const varyBy = (context: ExecutionContext): string => context.switchToRpc().getData<Asked>().user;

const interceptor = (
  intercept: (next: CallHandler, context: ExecutionContext) => Observable<unknown>,
): NestInterceptor => ({ intercept: (context, next) => intercept(next, context) });

const subscribed = interceptor((next) => defer(() => next.handle()));
const promised = interceptor((next) =>
  from(new Promise((resolve) => setImmediate(resolve))).pipe(switchMap(() => next.handle())),
);
const retried = interceptor((next) => next.handle().pipe(retry(1)));

const queue: (() => void)[] = [];
/** As a limiter that has the last one who comes run them all. */
const limited = interceptor(
  (next) =>
    new Observable((subscriber) => {
      queue.push(() => next.handle().subscribe(subscriber));
      if (queue.length === 2) for (const run of queue.splice(0)) run();
    }),
);
/** Answers one user itself, after it has run what was put off. */
const answering = interceptor((next, context) => {
  if (varyBy(context) !== 'nobody') {
    return new Observable((subscriber) => {
      queue.push(() => next.handle().subscribe(subscriber));
    });
  }
  return defer(() => {
    for (const run of queue.splice(0)) run();
    return of('nobody');
  });
});

@Controller()
class Positions {
  @MessagePattern('subscribed')
  @UseInterceptors(subscribed)
  @Cached({ varyBy })
  async subscribed(@Payload() asked: Asked): Promise<string> {
    return `${asked.user} ${++runs}`;
  }

  @UseInterceptors(promised)
  @Cached({ varyBy })
  @MessagePattern('promised')
  async promised(@Payload('user') user: string): Promise<string> {
    return `${user} ${++runs}`;
  }

  @MessagePattern('outside')
  @Cached({ varyBy })
  @UseInterceptors(subscribed)
  async outside(@Payload('user') user: string): Promise<string> {
    return `${user} ${++runs}`;
  }

  @MessagePattern('retried')
  @UseInterceptors(retried)
  @Cached({ varyBy })
  async retried(@Payload('user') user: string): Promise<string> {
    if (++runs === 1) throw new Error('not yet');
    return `${user} ${runs}`;
  }

  @MessagePattern('limited')
  @UseInterceptors(limited)
  @Cached({ varyBy })
  async limited(@Payload('user') user: string): Promise<string> {
    return `${user} ${++runs}`;
  }

  @MessagePattern('answering')
  @UseInterceptors(answering)
  @Cached({ varyBy })
  async answering(@Payload('user') user: string): Promise<string> {
    return `${user} ${++runs}`;
  }

  @Get('both')
  @MessagePattern('calling itself')
  @UseInterceptors(subscribed)
  @Cached({ varyBy })
  async callingItself(@Payload('user') user: string): Promise<string> {
    return user === 'nobody' ? user : `${user} asks ${await this.callingItself('nobody')}`;
  }
}

async function start(): Promise<void> {
  const note = (message: string): number => warnings.push(message);
  tcp = await startTcp({
    imports: [CacheModule.forRoot({ logger: { warn: note, error: note } })],
    controllers: [Positions],
  });
}

const ask = (pattern: string, user: string): Promise<string> =>
  lastValueFrom(tcp!.client.send<string, Asked>(pattern, { user }));

describe('a message whose handler an interceptor calls late', () => {
  it.each(['subscribed', 'promised', 'outside'])('is cached by varyBy: %s', async (pattern) => {
    // The second application finds what the first has done to the method.
    for (let time = 0; time < 2; time++) {
      runs = 0;
      await start();
      expect(await ask(pattern, 'alice')).toBe('alice 1');
      expect(await ask(pattern, 'bob')).toBe('bob 2');
      expect(await ask(pattern, 'alice')).toBe('alice 1');
      await tcp!.close();
    }
    expect(warnings).toEqual([]);
  });

  it('is cached when a second try has given the answer', async () => {
    await start();
    expect(await ask('retried', 'alice')).toBe('alice 2');
    expect(await ask('retried', 'alice')).toBe('alice 2');
  });

  it('is the answer of who has asked, whoever’s call runs it', async () => {
    await start();
    const users = ['alice', 'bob'];
    const both = (): Promise<string[]> => Promise.all(users.map((user) => ask('limited', user)));
    const answers = await both();
    expect(answers.map((answer) => answer.split(' ')[0])).toEqual(users);
    expect(await both()).toEqual(answers);
  });

  it('is so too where that call does without its own handler', async () => {
    await start();
    for (let time = 0; time < 2; time++) {
      const alice = ask('answering', 'alice');
      await until(() => queue.length > 0);
      expect(await ask('answering', 'nobody')).toBe('nobody');
      expect(await alice).toBe('alice 1');
    }
    expect(tcp!.service.get(CacheService).memory.keys()).toHaveLength(1);
  });

  it('has no context for calls of its own', async () => {
    await start();
    expect(await ask('calling itself', 'alice')).toBe('alice asks nobody');
    expect(await ask('calling itself', 'nobody')).toBe('nobody');
    expect(warnings).toEqual([
      expect.stringMatching(/varyBy is not known in a call by other code/),
    ]);
  });
});
