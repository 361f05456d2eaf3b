import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { describe, expect, it } from '@jest/globals';
import { headersBehind } from '../../../../lib/nest/contexts/context-headers.js';

const headers = { authorization: 'Bearer a' };

function behind(type: string, ...args: unknown[]): unknown {
  const context = new ExecutionContextHost(args);
  context.setType(type);
  return headersBehind(context);
}

describe('the headers behind a call', () => {
  it('are those of the request in a GraphQL context', () => {
    expect(behind('graphql', undefined, {}, { req: { headers } }, {})).toBe(headers);
    expect(behind('graphql', undefined, {}, { request: { headers } }, {})).toBe(headers);
    expect(behind('graphql', undefined, {}, { reply: { request: { headers } } }, {})).toBe(headers);
    expect(behind('graphql', {}, { req: { headers } }, {})).toBe(headers);
  });

  it("are those of Socket.IO's handshake", () => {
    expect(behind('ws', { handshake: { headers } }, 'data')).toBe(headers);
  });

  it('are not known elsewhere', () => {
    expect(behind('graphql', undefined, {}, undefined, {})).toBeUndefined();
    expect(behind('graphql', undefined, {}, { user: 'alice' }, {})).toBeUndefined();
    expect(behind('ws', {}, 'data')).toBeUndefined();
    expect(behind('rpc', { req: { headers } }, {})).toBeUndefined();
  });
});
