import { createHash } from 'node:crypto';

/** Whatever bears the name of a class. */
export interface ClassRef {
  readonly name: string;
}

/** Names of classes that are made at runtime may have a tenant in them. */
const MOST_COUNTED = 10_000;

/**
 * A name for each class, unique within one application: two classes of one name must not share entries. In
 * files the names outlive the application, so that neither may depend on which class is asked for first, nor
 * on the order of the modules: a class whose name is not its own bears a mark of its source text too.
 */
export class ClassNames {
  readonly #names = new WeakMap<ClassRef, string>();
  /**
   * By name and mark: how many classes have had it. What is kept of one outlasts it, and must not become another's: so none
   * is taken back when a class has gone.
   */
  readonly #counts = new Map<string, number>();
  readonly #mostCounted: number;
  /** Numbers of classes whose names are counted no more. */
  #uncounted = 0;
  /** Names and marks that several classes of the application have. */
  #ofSeveral: ReadonlySet<string> = new Set();

  /** @param mostCounted names that are each counted, for tests; those that come later are numbered together */
  constructor(mostCounted = MOST_COUNTED) {
    this.#mostCounted = mostCounted;
  }

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
    this.settle();
  }

  /** All classes that the application starts with have been asked for: those that are made later change nothing for them. */
  settle(): void {
    const several = [...this.#counts].filter(([, count]) => count > 1);
    this.#ofSeveral = new Set(several.map(([name]) => name));
  }

  of(classRef: ClassRef): string {
    return this.#names.get(classRef) ?? this.#give(classRef, this.#marked(classRef));
  }

  /** Whether the application has others of its name and source text: its number is then another after a change of their order. */
  isOneOfSeveral(classRef: ClassRef): boolean {
    return this.#ofSeveral.has(this.sharedBy(classRef));
  }

  /** What the classes of one name and one source text have in common in their names. */
  sharedBy(classRef: ClassRef): string {
    return this.of(classRef).split('~', 2).join('~');
  }

  /** Classes that one source text makes, as mixins do, are numbered: nothing else tells them apart. */
  #marked(classRef: ClassRef): string {
    const mark = createHash('sha256')
      .update(Function.prototype.toString.call(classRef))
      .digest('hex')
      .slice(0, 8);
    return this.#numbered(`${plainName(classRef)}~${mark}`);
  }

  #numbered(name: string): string {
    const count = this.#counts.get(name) ?? 0;
    // A name that is not counted was never given without a number.
    if (count === 0 && this.#counts.size >= this.#mostCounted) {
      return `${name}~${++this.#uncounted}`;
    }
    this.#counts.set(name, count + 1);
    return count === 0 ? name : `${name}~${count + 1}`;
  }

  #give(classRef: ClassRef, name: string): string {
    this.#names.set(classRef, name);
    return name;
  }
}

/** A name without the characters that part names in keys. */
export function plainName({ name }: ClassRef): string {
  return name.replaceAll(/[.:~ ]/g, '_') || 'Anonymous';
}
