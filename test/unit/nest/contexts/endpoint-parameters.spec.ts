import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { CachedMethod } from '../../../../lib/nest/cached-method.js';
import { endpointKindOf } from '../../../../lib/nest/contexts/endpoint-kind.js';
import { EndpointParameters } from '../../../../lib/nest/contexts/endpoint-parameters.js';
import type { Method } from '../../../../lib/nest/decorators/method-wrapper.js';

const QUERY = { 'graphql:resolver_type': 'Query' };
const REFERENCE = { 'graphql:resolve_reference': true };
const MESSAGE = { 'websockets:message_mapping': true };
const REQUEST = { 'microservices:pattern': ['a'], 'microservices:handler_type': 1 };

/** A method with what Nest's decorators would leave on it. */
function methodWith(marks: object, original: Method): CachedMethod {
  class Owner {}
  Object.defineProperty(Owner.prototype, 'run', { value: original });
  for (const [key, value] of Object.entries(marks)) Reflect.defineMetadata(key, value, original);
  return new CachedMethod(Owner, 'run', 'run', original, {});
}

function parametersOf(marks: object, original: unknown): EndpointParameters {
  const method = methodWith(marks, original as Method);
  return new EndpointParameters(method, endpointKindOf(method)!);
}

describe('a method without decorated parameters', () => {
  const ARGS = ['parent', 'args', 'context', 'info'];

  it('is keyed by the place of its arguments', () => {
    expect(parametersOf(QUERY, () => 0).keyed(ARGS)).toEqual(['parent', 'args']);
    expect(parametersOf(REFERENCE, () => 0).keyed(['parent', 'context', 'info'])).toEqual([
      'parent',
    ]);
    expect(parametersOf(MESSAGE, () => 0).keyed(['socket', 'body', undefined])).toEqual(['body']);
    expect(parametersOf(REQUEST, () => 0).keyed(['payload'])).toEqual(['payload']);
    expect(parametersOf(QUERY, () => 0).keyed([])).toEqual([]);
  });

  it.each([
    ['none', () => 0, false],
    ['parent and arguments', (_parent: unknown, _args: unknown) => 0, false],
    ['the context', (_parent: unknown, _args: unknown, _context: unknown) => 0, true],
    ['a context with a default', (_parent: unknown, _args: unknown, _context = {}) => 0, true],
    ['an early default', (_parent = 1, _args: unknown = 2, _context: unknown = 3) => 0, true],
    ['the rest', (_parent: unknown, ...rest: unknown[]) => rest.length, true],
    [
      'arguments',
      function (this: unknown) {
        return arguments.length;
      },
      true,
    ],
  ])('that declares %s may see the context: %#', (_title, original, sees) => {
    expect(parametersOf(QUERY, original).sees('unkeyed')).toBe(sees);
  });

  it('sees the socket or an acknowledgement where it takes that many', () => {
    expect(parametersOf(MESSAGE, () => 0).sees('unkeyed')).toBe(false);
    expect(parametersOf(MESSAGE, (_socket: unknown) => 0).sees('unkeyed')).toBe(true);
    const three = parametersOf(MESSAGE, (_socket: unknown, _body: unknown, _ack: unknown) => 0);
    expect(three.sees('answering')).toBe(true);
  });
});

describe('what Nest calls a method for', () => {
  const kindOf = (marks: object) => endpointKindOf(methodWith(marks, () => 0));

  it('is known by what its decorators leave', () => {
    expect(kindOf({})).toBeUndefined();
    expect(kindOf({ path: '/', method: 0 })).toBeUndefined();
    expect(kindOf(QUERY)).toMatchObject({ type: 'graphql' });
    expect(kindOf({ 'graphql:resolve_property': true })).toMatchObject({ type: 'graphql' });
    expect(kindOf(MESSAGE)).toMatchObject({ type: 'ws' });
    expect(kindOf(REQUEST)).toMatchObject({ type: 'rpc' });
  });

  it('says which calls must all run', () => {
    expect([QUERY, MESSAGE, REQUEST].map((marks) => kindOf(marks)?.mustRun)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(kindOf({ 'graphql:resolver_type': 'Mutation' })?.mustRun).toBe('it is a mutation');
    expect(kindOf({ 'graphql:resolver_type': 'Subscription' })?.mustRun).toBe(
      'it is a subscription',
    );
    expect(kindOf({ ...REQUEST, 'microservices:handler_type': 2 })?.mustRun).toBe(
      'it handles an event',
    );
  });
});
