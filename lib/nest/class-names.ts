import { createHash } from 'node:crypto';

/** Whatever bears the name of a class. */
export interface ClassRef {
  readonly name: string;
}

/**
 * A name for each class, unique within one application: two classes of one name must not share entries. In
 * files the names outlive the application, so that neither may depend on which class is asked for first, nor
 * on the order of the modules: a class whose name is not its own bears a mark of its source text too.
 */
export class ClassNames {
  readonly #names = new WeakMap<ClassRef, string>();
  readonly #taken = new Set<string>();

  /** Tells of the classes of an application. Those that are told of later, or never, get marks. */
  declare(classes: Iterable<ClassRef>): void {
    const alike = new Map<string, ClassRef[]>();
    for (const classRef of classes) {
      const name = plainName(classRef);
      alike.set(name, [...(alike.get(name) ?? []), classRef]);
    }
    for (const [name, classRefs] of alike) {
      const [only, ...others] = classRefs;
      if (others.length === 0 && !this.#names.has(only!)) this.#give(only!, name);
      // Those of one source are numbered now, and not in the order of the first calls.
      else for (const classRef of classRefs) this.of(classRef);
    }
  }

  of(classRef: ClassRef): string {
    return this.#names.get(classRef) ?? this.#give(classRef, this.#marked(classRef));
  }

  /** Classes that one source text makes, as mixins do, are numbered: nothing else tells them apart. */
  #marked(classRef: ClassRef): string {
    const mark = createHash('sha256')
      .update(Function.prototype.toString.call(classRef))
      .digest('hex')
      .slice(0, 8);
    const name = `${plainName(classRef)}~${mark}`;
    if (!this.#taken.has(name)) return name;
    let count = 2;
    while (this.#taken.has(`${name}~${count}`)) count++;
    return `${name}~${count}`;
  }

  #give(classRef: ClassRef, name: string): string {
    this.#names.set(classRef, name);
    this.#taken.add(name);
    return name;
  }
}

/** A name without the characters that part names in keys. */
export function plainName({ name }: ClassRef): string {
  return name.replaceAll(/[.:~ ]/g, '_') || 'Anonymous';
}
