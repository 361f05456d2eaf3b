import { randomUUID } from 'node:crypto';
import { type ClassRef, plainName } from './class-names.js';
import type { ModuleMember } from './module-members.js';
import { prototypeOf } from './prototype-of.js';
import { tokenName } from './token-name.js';

/** One of several instances of a class. */
export interface Sibling {
  readonly instance: object;
  /** Where the application has it, in a text that no other instance of the class has. */
  readonly place: string;
  /** For people. */
  readonly origin: string;
  /** Whether it has this text at the next start too. */
  readonly isLasting: boolean;
}

/** Where an application has an instance. */
type Holder = Omit<ModuleMember, 'wrapper'>;

/**
 * The instances that an application has for its whole life, and where. Several of one class may answer
 * differently: one client for each address, one repository for each database.
 */
export class Singletons {
  readonly #places = new Map<ClassRef, Map<object, Set<string>>>();

  add(instance: object, holder: Holder): void {
    const classRef: ClassRef = prototypeOf(instance)?.constructor ?? Object;
    const instances = this.#places.get(classRef) ?? new Map<object, Set<string>>();
    this.#places.set(classRef, instances);
    const places = instances.get(instance) ?? new Set();
    instances.set(instance, places.add(placeOf(holder)));
  }

  /**
   * The instances of each class that has several. In files their names outlive the application: they do not
   * depend on the order of modules and providers. Where two have one place, as those of a dynamic module that is
   * imported twice, only an order tells them apart, and one would be taken for the other after a change of it.
   */
  *siblings(): Iterable<[ClassRef, Sibling[]]> {
    for (const [classRef, instances] of this.#places) {
      if (instances.size > 1) yield [classRef, [...instances].map(named(instances))];
    }
  }
}

function named(instances: ReadonlyMap<object, Set<string>>) {
  const counts = new Map<string, number>();
  for (const places of instances.values()) {
    for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
  }
  return ([instance, places]: [object, Set<string>]): Sibling => {
    const sorted = [...places].sort();
    const own = sorted.find((place) => counts.get(place) === 1);
    const place = own ?? `${sorted[0]} ${randomUUID()}`;
    const [module, token] = (own ?? sorted[0]!).split(' ');
    return { instance, place, origin: `${token} in ${module}`, isLasting: own !== undefined };
  };
}

function placeOf({ module, token, kind }: Holder): string {
  const words = [module, tokenName(token)].map((name) => plainName({ name }));
  return [...words, ...(kind === undefined ? [] : [kind])].join(' ');
}
