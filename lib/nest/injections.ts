import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { type Dependency, injectedOf, parametersOf, propertiesOf } from './class-dependencies.js';
import type { ClassRef } from './class-names.js';

/** What is injected under a token. */
export interface Injected {
  readonly token: InjectionToken;
  /** Undefined where no module has it. */
  readonly wrapper: InstanceWrapper | undefined;
}

/** What Nest injects into the classes and the factories of an application. */
export class Injections {
  constructor(private readonly modules: ModulesContainer) {}

  /**
   * By what Nest has looked up. Nest 11.1.20 to 12.1 look up at the first request only what a request-scoped or a
   * transient provider depends on, and until then it is taken from what that asks for.
   */
  into(wrapper: InstanceWrapper): Injected[] {
    const { metatype, inject } = wrapper;
    const parameters = wrapper.getCtorMetadata() as (InstanceWrapper | undefined)[] | undefined;
    const properties = wrapper.getPropertiesMetadata()?.map((property) => property.wrapper);
    if (wrapper.isFactory) return known(parameters) ?? this.#named(injectedOf(inject!), wrapper);
    if (wrapper.isNotMetatype) return [];
    const classRef = metatype as ClassRef;
    return [
      ...(known(parameters) ?? this.#named(parametersOf(classRef), wrapper)),
      ...(known(properties) ?? this.#named(propertiesOf(classRef), wrapper)),
    ];
  }

  /** Into a class of which no module tells. */
  intoClass(classRef: ClassRef): Injected[] {
    return this.#named([...parametersOf(classRef), ...propertiesOf(classRef)]);
  }

  #named(dependencies: readonly Dependency[], by?: InstanceWrapper): Injected[] {
    return dependencies.flatMap(({ token, isOptional }): Injected[] => {
      const found = this.#having(token, by);
      if (found.length === 0 && !isOptional) return [{ token, wrapper: undefined }];
      return found.map((wrapper) => ({ token, wrapper }));
    });
  }

  /**
   * That of the module itself, which comes first, or else whatever has the token in any module: which of them Nest
   * asks does not show.
   */
  #having(token: InjectionToken, by: InstanceWrapper | undefined): InstanceWrapper[] {
    const own = by?.host?.providers.get(token);
    if (own !== undefined && own !== by) return [own];
    return [...this.modules.values()]
      .map(({ providers }) => providers.get(token))
      .filter((wrapper) => wrapper !== undefined && wrapper !== by) as InstanceWrapper[];
  }
}

/** What is optional and missing has left a gap. */
function known(wrappers: readonly (InstanceWrapper | undefined)[] | undefined) {
  return wrappers
    ?.filter((wrapper) => wrapper !== undefined)
    .map((wrapper): Injected => ({ token: wrapper.token!, wrapper }));
}
