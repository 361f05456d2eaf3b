import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { ExternalContextCreator } from '@nestjs/core';
import {
  AT_ONCE,
  NOTHING_AT_HAND,
  shortenChains,
} from '../../../../lib/nest/http/chain-shortcut.js';

type Arguments = [unknown[] | undefined, unknown[], object, object, () => unknown, string];

/** As Nest has it: one consumer of the router's, one of everybody else's. */
function nest() {
  class Consumer {
    intercept(...[interceptors]: Arguments): string {
      return `chain of ${interceptors?.length ?? 'none'}`;
    }
  }
  const external = { interceptorsConsumer: new Consumer() };
  return {
    external: external as unknown as ExternalContextCreator,
    Consumer,
    router: new Consumer(),
  };
}

function call(
  consumer: { intercept: (...args: Arguments) => unknown },
  interceptors: unknown[] | undefined,
  type = 'http',
): unknown {
  return consumer.intercept(interceptors, [], {}, {}, () => 'handler', type);
}

const ready = { [AT_ONCE]: () => 'at once' };
const empty = { [AT_ONCE]: () => NOTHING_AT_HAND };

describe('shortenChains', () => {
  it('asks those that answer at once, and sets up the chain if none does', () => {
    const { external, router } = nest();
    shortenChains(external);
    expect(call(router, [ready])).toBe('at once');
    expect(call(router, [{}, undefined, empty, ready])).toBe('at once');
    expect(call(router, [empty, {}])).toBe('chain of 2');
    expect(call(router, [])).toBe('chain of 0');
    expect(call(router, undefined)).toBe('chain of none');
    expect(call(router, [ready], 'rpc')).toBe('chain of 1');
  });

  it('leaves what is not the router alone', () => {
    const { external } = nest();
    shortenChains(external);
    const { interceptorsConsumer } = external as unknown as {
      interceptorsConsumer: Parameters<typeof call>[0];
    };
    expect(call(interceptorsConsumer, [ready])).toBe('chain of 1');
  });

  it('does so once for every application of one Nest', () => {
    const { external, Consumer, router } = nest();
    shortenChains(external);
    const { intercept } = Consumer.prototype;
    const another = { interceptorsConsumer: new Consumer() };
    shortenChains(another as unknown as ExternalContextCreator);
    expect(Consumer.prototype.intercept).toBe(intercept);
    expect(call(another.interceptorsConsumer, [ready])).toBe('chain of 1');
    expect(call(router, [ready])).toBe('at once');
  });

  it.each([{}, { interceptorsConsumer: {} }, { interceptorsConsumer: { intercept: () => 'own' } }])(
    'leaves a Nest alone that it does not know: %j',
    (external) => {
      const before = { ...external };
      shortenChains(external as unknown as ExternalContextCreator);
      expect(external).toEqual(before);
    },
  );
});
