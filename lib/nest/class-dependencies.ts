import type { ForwardReference, InjectionToken } from '@nestjs/common';
import type { ClassRef } from './class-names.js';

// Names under which Nest and TypeScript keep what is to be injected into a class.
const PARAMETER_TYPES = 'design:paramtypes';
const OWN_PARAMETERS = 'self:paramtypes';
const PROPERTIES = 'self:properties_metadata';

type Named = InjectionToken | ForwardReference<() => InjectionToken> | undefined;

/** The tokens of what Nest injects into a class: into its constructor, and into its properties. */
export function dependenciesOf(classRef: ClassRef): InjectionToken[] {
  const read = <T>(key: string): readonly T[] =>
    (Reflect.getMetadata(key, classRef) as readonly T[] | undefined) ?? [];
  const parameters = [...read<Named>(PARAMETER_TYPES)];
  for (const { index, param } of read<{ index: number; param: Named }>(OWN_PARAMETERS)) {
    parameters[index] = param;
  }
  const properties = read<{ type: Named }>(PROPERTIES).map(({ type }) => type);
  return [...parameters, ...properties].map(tokenOf).filter((token) => token !== undefined);
}

function tokenOf(named: Named): InjectionToken | undefined {
  const isReference = typeof named === 'object' && 'forwardRef' in named;
  return isReference ? named.forwardRef() : named;
}
