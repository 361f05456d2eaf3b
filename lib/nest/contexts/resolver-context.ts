import type { ExecutionContext } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import type { CachedMethod } from '../cached-method.js';
import type { ClassRef } from '../class-names.js';
import type { EndpointParameters } from './endpoint-parameters.js';

/** Where a resolver's arguments stand, by Nest's numbers of `@Parent`, `@Context`, `@Info`, `@Args`. */
const POSITIONS: Readonly<Record<number, number>> = { 0: 0, 3: 1, 1: 2, 2: 3 };
const CONTEXT = 1;
/** Parent, arguments, context, info. */
const ARGUMENTS = 4;

/**
 * The execution context of a field's resolver, for which Nest runs no interceptors unless told to:
 * made of what the resolver was given. Nothing if the GraphQL context is not among that.
 */
export function resolverContext(
  method: CachedMethod,
  realClass: ClassRef,
  parameters: EndpointParameters,
  args: readonly unknown[],
): ExecutionContext | undefined {
  const given = argumentsOf(parameters, args);
  if (given === undefined) return undefined;
  const context = new ExecutionContextHost(given, realClass as never, method.original as never);
  context.setType('graphql');
  return context;
}

function argumentsOf(
  { decorated }: EndpointParameters,
  args: readonly unknown[],
): unknown[] | undefined {
  if (decorated.length === 0) return args.length === ARGUMENTS ? [...args] : undefined;
  const whole = decorated.filter(({ type, isWhole }) => isWhole && type !== undefined);
  const own = whole.find(({ type }) => type === CONTEXT);
  if (own === undefined || args[own.index] === undefined) return undefined;
  const given: unknown[] = Array.from({ length: ARGUMENTS });
  for (const { type, index } of whole) given[POSITIONS[type!] ?? ARGUMENTS] = args[index];
  return given.slice(0, ARGUMENTS);
}
