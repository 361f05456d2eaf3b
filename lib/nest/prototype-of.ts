import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';

/** Of the class that Nest makes, or of what a factory or the user made. */
export function memberPrototype({
  isNotMetatype,
  metatype,
  instance,
}: InstanceWrapper): object | undefined {
  return isNotMetatype
    ? prototypeOf(Object(instance) as object)
    : (metatype as { prototype?: object }).prototype;
}

/** A value that the user provides can be anything, such as a proxy that answers to nothing. */
export function prototypeOf(value: object): object | undefined {
  try {
    return (Object.getPrototypeOf(value) as object | null) ?? undefined;
  } catch {
    return undefined;
  }
}
