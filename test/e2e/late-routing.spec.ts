import { Controller, Get, Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { afterEach, expect, it } from '@jest/globals';
import { Cached, CacheModule } from 'nestjs-tiered-cache';
import { routingAtHand } from '../../lib/nest/http/late-routing.js';
import { closeAll, HttpApplication } from './http-application.js';

let runs = 0;

@Injectable()
class QuotesService {
  @Cached('5m')
  async quote() {
    return ++runs;
  }
}

@Controller()
class PlainController {
  @Get('plain')
  plain() {
    return 'plain';
  }
}

@Controller()
class QuotesController {
  @Get('quote')
  @Cached('5m')
  quote() {
    return { run: ++runs };
  }
}

afterEach(closeAll);

// In this order: what has been loaded stays.
it('What answers routes is loaded neither for providers nor for routes without @Cached', async () => {
  const app = await HttpApplication.start('Express', {
    controllers: [PlainController],
    providers: [QuotesService],
  });
  await app.app.get(QuotesService).quote();
  expect((await app.get('/plain')).body).toBe('plain');
  expect(routingAtHand()).toBeUndefined();
});

it('The first request has it loaded where there is no cache that would', async () => {
  const module = await Test.createTestingModule({ controllers: [QuotesController] }).compile();
  const app = module.createNestApplication({ logger: false });
  await app.listen(0, '127.0.0.1');
  try {
    const answer = await fetch(`${await app.getUrl()}/quote`);
    expect([answer.status, answer.headers.get('x-cache')]).toEqual([200, null]);
    expect(routingAtHand()).toBeDefined();
  } finally {
    await app.close();
  }
});

it('An application with cached routes has it when it has booted', async () => {
  const module = await Test.createTestingModule({
    imports: [CacheModule.forRoot()],
    controllers: [QuotesController],
  }).compile();
  await module.init();
  expect(routingAtHand()).toBeDefined();
  await module.close();
  const app = await HttpApplication.start('Fastify', { controllers: [QuotesController] });
  expect((await app.get('/quote')).cache).toBe('MISS');
  expect((await app.get('/quote')).cache).toBe('HIT');
});
