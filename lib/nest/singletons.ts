import { randomUUID } from 'node:crypto';
import { type ClassRef, plainName } from './class-names.js';
import type { ModuleMember } from './module-members.js';
import { prototypeOf } from './prototype-of.js';
import { tokenName } from './token-name.js';

/** One of several instances of a class, or of classes of one name and source text: a function that makes classes makes such. */
export interface Sibling {
  readonly instance: object;
  readonly classRef: ClassRef;
  /** Where the application has it, in a text that none of the others has. */
  readonly place: string;
  /** For people. */
  readonly origin: string;
  /** Whether it has this text at the next start too. */
  readonly isLasting: boolean;
}

/** Where an application has an instance. */
type Holder = Omit<ModuleMember, 'wrapper'>;

/**
 * The instances that an application has for its whole life, and where: those that one of its caches is for, and the others
 * of their classes. Several of one class may answer differently: one client for each address, one repository for each
 * database. And caches may share a folder.
 */
export class Singletons {
  /** By what their classes have in common. */
  readonly #places = new Map<string, Map<object, Set<string>>>();
  /** Those that the cache is for. */
  readonly #own = new WeakSet<object>();
  /** Those that have been asked for. */
  readonly #known = new WeakSet<object>();
  readonly #unlasting = new WeakSet<object>();

  /** @param sharedName what the classes of one name and source text have in common */
  constructor(private readonly sharedName: (classRef: ClassRef) => string) {}

  /** @param isLasting whether its place is sure to be its own at the next start too, if no other has it now */
  add(instance: object, holder: Holder, isLasting = true): void {
    if (!isLasting) this.#unlasting.add(instance);
    this.#own.add(instance);
    this.#placesOf(instance).add(placeOf(holder));
  }

  /** @param sharesFiles whether the cache that it is for may have the same folder: one's place is then not the other's too */
  addOther(instance: object, holder: Holder, sharesFiles: boolean): void {
    const places = this.#placesOf(instance);
    if (sharesFiles) places.add(placeOf(holder));
  }

  #placesOf(instance: object): Set<string> {
    const name = this.sharedName(classOf(instance));
    const instances = this.#places.get(name) ?? new Map<object, Set<string>>();
    this.#places.set(name, instances);
    const places = instances.get(instance) ?? new Set();
    instances.set(instance, places);
    return places;
  }

  /**
   * The instances of each class that has several, and of classes that only a number tells apart. In files their names outlive the application: they do not
   * depend on the order of modules and providers. Where two have one place, as those of a dynamic module that is
   * imported twice, only an order tells them apart, and one would be taken for the other after a change of it.
   */
  *siblings(): Iterable<Sibling[]> {
    for (const instances of this.#places.values()) {
      const own = [...instances.keys()].filter((instance) => this.#own.has(instance));
      for (const instance of own) this.#known.add(instance);
      if (instances.size > 1) yield this.#named(instances, own);
    }
  }

  /** Those that were added since, by class: each with a place, since others of the class may follow. */
  *latecomers(): Iterable<Sibling[]> {
    for (const instances of this.#places.values()) {
      const late = [...instances.keys()].filter((instance) => this.#isLate(instance));
      for (const instance of late) this.#known.add(instance);
      if (late.length > 0) yield this.#named(instances, late);
    }
  }

  #isLate(instance: object): boolean {
    return this.#own.has(instance) && !this.#known.has(instance);
  }

  #named(instances: ReadonlyMap<object, Set<string>>, wanted: readonly object[]): Sibling[] {
    const counts = new Map<string, number>();
    for (const places of instances.values()) {
      for (const place of places) counts.set(place, (counts.get(place) ?? 0) + 1);
    }
    return wanted.map((instance) => {
      const sorted = [...instances.get(instance)!].sort();
      const only = sorted.find((place) => counts.get(place) === 1);
      const own = this.#unlasting.has(instance) ? undefined : only;
      const place = own ?? `${sorted[0]} ${randomUUID()}`;
      const [module, token] = (own ?? sorted[0]!).split(' ');
      const origin = `${token} in ${module}`;
      return {
        instance,
        classRef: classOf(instance),
        place,
        origin,
        isLasting: own !== undefined,
      };
    });
  }
}

function classOf(instance: object): ClassRef {
  return prototypeOf(instance)?.constructor ?? Object;
}

function placeOf({ module, token, kind }: Holder): string {
  const words = [module, tokenName(token)].map((name) => plainName({ name }));
  return [...words, ...(kind === undefined ? [] : [kind])].join(' ');
}
