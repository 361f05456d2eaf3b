import type { ForwardReference, InjectionToken, OptionalFactoryDependency } from '@nestjs/common';
import type { ClassRef } from './class-names.js';

// Names under which Nest and TypeScript keep what is to be injected into a class.
const PARAMETER_TYPES = 'design:paramtypes';
const OWN_PARAMETERS = 'self:paramtypes';
const OPTIONAL_PARAMETERS = 'optional:paramtypes';
const PROPERTIES = 'self:properties_metadata';
const OPTIONAL_PROPERTIES = 'optional:properties_metadata';

/** What is asked for, to be injected. */
export interface Dependency {
  readonly token: InjectionToken;
  /** Whether it may be missing. */
  readonly isOptional: boolean;
}

type Named = InjectionToken | ForwardReference<() => InjectionToken> | undefined;

/** What a class asks for in its constructor. */
export function parametersOf(classRef: ClassRef): Dependency[] {
  const parameters = [...read<Named>(PARAMETER_TYPES, classRef)];
  for (const { index, param } of read<{ index: number; param: Named }>(OWN_PARAMETERS, classRef)) {
    parameters[index] = param;
  }
  const optional = read<number>(OPTIONAL_PARAMETERS, classRef);
  return dependencies(parameters.map((named, index) => [named, optional.includes(index)]));
}

/** What a class asks for in its properties. */
export function propertiesOf(classRef: ClassRef): Dependency[] {
  const optional = read<unknown>(OPTIONAL_PROPERTIES, classRef);
  const properties = read<{ key: unknown; type: Named }>(PROPERTIES, classRef);
  return dependencies(properties.map(({ key, type }) => [type, optional.includes(key)]));
}

/** What a factory asks for. */
export function injectedOf(inject: readonly unknown[]): Dependency[] {
  return dependencies(
    inject.map((given) => {
      const { token, optional } = Object(given) as Partial<OptionalFactoryDependency>;
      const isDescribed = typeof given === 'object' && token !== undefined;
      return isDescribed ? [token, optional === true] : [given as Named, false];
    }),
  );
}

function read<T>(key: string, classRef: ClassRef): readonly T[] {
  return (Reflect.getMetadata(key, classRef) as readonly T[] | undefined) ?? [];
}

function dependencies(named: readonly (readonly [Named, boolean])[]): Dependency[] {
  return named.flatMap(([name, isOptional]) => {
    const token = tokenOf(name);
    return token === undefined ? [] : [{ token, isOptional }];
  });
}

function tokenOf(named: Named): InjectionToken | undefined {
  const isReference = typeof named === 'object' && 'forwardRef' in named;
  return isReference ? named.forwardRef() : named;
}
