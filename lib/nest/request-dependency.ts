import { REQUEST } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';

/** Whether what has these injected has the request too, by itself or by what they depend on. */
export function bringRequest(
  injected: Iterable<InstanceWrapper>,
  seen = new Set<InstanceWrapper>(),
): boolean {
  for (const wrapper of injected) {
    if (wrapper.token === REQUEST) return true;
    if (seen.has(wrapper) || wrapper.isDependencyTreeStatic()) continue;
    seen.add(wrapper);
    if (bringRequest(injectedInto(wrapper), seen)) return true;
  }
  return false;
}

/** What Nest has injected into a class, or a factory. */
export function injectedInto(wrapper: InstanceWrapper): InstanceWrapper[] {
  const parameters: readonly (InstanceWrapper | undefined)[] = wrapper.getCtorMetadata() ?? [];
  return [
    // What is optional and missing leaves a gap.
    ...parameters.filter((other) => other !== undefined),
    ...(wrapper.getPropertiesMetadata() ?? []).map((property) => property.wrapper),
  ];
}
