import { Controller, Get } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Cached } from 'nestjs-tiered-cache';
import { ManualClock } from 'nestjs-tiered-cache/testing';
import { closeAll, HttpApplication, PLATFORMS } from './http-application.js';

afterEach(closeAll);

describe.each(PLATFORMS)('a route on %s in a category that renews stale values', (platform) => {
  it('answers with its handler when its time is over: what was sent cannot be renewed', async () => {
    let runs = 0;
    @Controller()
    class Quotes {
      @Get('quote')
      @Cached({ ttl: '10s', category: 'api' })
      quote(): number {
        return ++runs;
      }
    }
    const clock = new ManualClock();
    const http = await HttpApplication.start(
      platform,
      { controllers: [Quotes] },
      {
        clock,
        categories: {
          api: { staleWhileRevalidate: '1m', staleIfError: '1m', refreshAhead: 0.1 },
        },
      },
    );
    const answers: unknown[] = [];
    for (const passed of ['1s', '8s', '2s', '30s'] as const) {
      const { cache, body } = await http.get('/quote');
      answers.push([cache, body]);
      clock.advance(passed);
    }
    expect(answers).toEqual([
      ['MISS', '1'],
      ['HIT', '1'],
      ['HIT', '1'],
      ['MISS', '2'],
    ]);
  });
});
