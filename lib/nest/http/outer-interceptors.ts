import { ClassSerializerInterceptor } from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';
import { INTERCEPTORS } from './nest-metadata.js';

/**
 * Whether interceptors stand around the cache's own that look at what the handler gives. They run on
 * a hit too, with the handler's value; what they make of it is not sent. Nest's serializer looks at
 * nothing but what it sends.
 *
 * @param own the interceptor whose place it is
 */
export function isWatched(
  config: ApplicationConfig,
  controller: object,
  handler: object,
  own: object,
): boolean {
  const onHandler = listOf(handler);
  const around = [
    ...config.getGlobalInterceptors(),
    ...config.getGlobalRequestInterceptors().map(({ metatype }) => metatype as unknown),
    ...listOf(controller),
    ...onHandler.slice(0, Math.max(0, onHandler.indexOf(own))),
  ];
  return around.some((interceptor) => !isSerializer(interceptor));
}

function listOf(target: object): unknown[] {
  return (Reflect.getMetadata(INTERCEPTORS, target) as unknown[] | undefined) ?? [];
}

function isSerializer(interceptor: unknown): boolean {
  if (interceptor === ClassSerializerInterceptor) return true;
  const { constructor } = (interceptor ?? {}) as { constructor?: unknown };
  return constructor === ClassSerializerInterceptor;
}
