import { describe, expect, it } from '@jest/globals';
import { mayHaveSendHooks } from '../../../../lib/nest/http/fastify-hooks.js';

/** As Fastify has it: a getter on the prototype of all replies, under a symbol of its own. */
function replyWith(onSend: unknown): object {
  const context = Symbol('fastify.context');
  class Reply {
    get [context]() {
      return { onSend };
    }
  }
  return new (class extends Reply {})();
}

describe('mayHaveSendHooks', () => {
  it('goes by what Fastify has noted of the route', () => {
    expect(mayHaveSendHooks(replyWith(null))).toBe(false);
    expect(mayHaveSendHooks(replyWith([() => undefined]))).toBe(true);
  });

  it('says yes where it cannot tell', () => {
    expect(mayHaveSendHooks({})).toBe(true);
    expect(mayHaveSendHooks(replyWith(undefined))).toBe(true);
  });
});
