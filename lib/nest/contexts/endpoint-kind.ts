import type { CachedMethod } from '../cached-method.js';

// Names under which Nest's packages keep what their decorators say. Written out: to import those
// packages would load them into applications that do without.
const RESOLVER_TYPE = 'graphql:resolver_type';
const RESOLVER_PROPERTY = 'graphql:resolve_property';
const RESOLVER_REFERENCE = 'graphql:resolve_reference';
const RESOLVE_TYPE = '__resolveType';
const WS_MESSAGE = 'websockets:message_mapping';
const RPC_PATTERN = 'microservices:pattern';
const RPC_TYPE = 'microservices:handler_type';
/** Nest's `PatternHandler.EVENT`. */
const RPC_EVENT = 2;

/**
 * What a parameter is to the key. `'keyed'`: in it. `'unkeyed'`: not in it, though the answer may
 * depend on it: who asks, by what connection. `'answering'`: the method answers through it.
 */
export type ParameterRole = 'keyed' | 'unkeyed' | 'answering';

/** What Nest calls a method for, other than HTTP. */
export interface EndpointKind {
  readonly type: 'graphql' | 'ws' | 'rpc';
  /** The roles by Nest's number of a parameter decorator. */
  readonly roles: Readonly<Record<number, ParameterRole>>;
  /** The roles of the arguments of a method that has no decorated parameters. */
  readonly undecorated: readonly ParameterRole[];
  /** Why its calls must all run: they have effects, or no answer. */
  readonly mustRun?: string;
}

// @Parent, @Context, @Info, @Args
const GRAPHQL_ROLES = { 0: 'keyed', 1: 'unkeyed', 2: 'unkeyed', 3: 'keyed' } as const;
// @ConnectedSocket, @MessageBody, @Ack
const WS_ROLES = { 0: 'unkeyed', 3: 'keyed', 13: 'answering' } as const;
// @Payload, @Ctx, a gRPC call
const RPC_ROLES = { 3: 'keyed', 6: 'unkeyed', 9: 'answering' } as const;

const FIELD: EndpointKind = {
  type: 'graphql',
  roles: GRAPHQL_ROLES,
  undecorated: ['keyed', 'keyed', 'unkeyed', 'unkeyed'],
};
/** Called without the arguments of a field. */
const REFERENCE: EndpointKind = {
  ...FIELD,
  undecorated: ['keyed', 'unkeyed', 'unkeyed', 'unkeyed'],
};
const MESSAGE: EndpointKind = {
  type: 'ws',
  roles: WS_ROLES,
  undecorated: ['unkeyed', 'keyed', 'answering'],
};
const REQUEST: EndpointKind = {
  type: 'rpc',
  roles: RPC_ROLES,
  undecorated: ['keyed', 'unkeyed', 'answering'],
};

/** What Nest calls a method for; nothing for a route, or for a method that only other code calls. */
export function endpointKindOf(method: CachedMethod): EndpointKind | undefined {
  const { propertyKey } = method;
  const { prototype } = method.declaringClass as unknown as {
    prototype: Record<PropertyKey, unknown>;
  };
  // Not the function that we wrapped: what decorators above ours left is on the outermost one.
  const outermost = Object.getOwnPropertyDescriptor(prototype, propertyKey)?.value as unknown;
  if (typeof outermost !== 'function') return undefined;
  const read = (key: string): unknown => Reflect.getMetadata(key, outermost);
  if (read(WS_MESSAGE) !== undefined) return MESSAGE;
  if (read(RPC_PATTERN) !== undefined) {
    return read(RPC_TYPE) === RPC_EVENT ? { ...REQUEST, mustRun: 'it handles an event' } : REQUEST;
  }
  if (read(RESOLVER_REFERENCE) === true || propertyKey === RESOLVE_TYPE) return REFERENCE;
  const resolves = read(RESOLVER_TYPE);
  if (resolves === 'Mutation') return { ...FIELD, mustRun: 'it is a mutation' };
  if (resolves === 'Subscription') return { ...FIELD, mustRun: 'it is a subscription' };
  return resolves === 'Query' || read(RESOLVER_PROPERTY) === true ? FIELD : undefined;
}
