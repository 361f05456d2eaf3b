/** Whatever bears the name of a class. */
export interface ClassRef {
  readonly name: string;
}

/**
 * A name for each class, unique within one application: two classes of one name must not share
 * entries. The explorer asks in the order of the modules, so that the same application gives the
 * same names each time it starts.
 */
export class ClassNames {
  readonly #names = new WeakMap<ClassRef, string>();
  readonly #taken = new Set<string>();

  of(classRef: ClassRef): string {
    let name = this.#names.get(classRef);
    if (name === undefined) {
      name = this.#unique(classRef.name.replaceAll(/[.:~ ]/g, '_') || 'Anonymous');
      this.#names.set(classRef, name);
      this.#taken.add(name);
    }
    return name;
  }

  #unique(name: string): string {
    if (!this.#taken.has(name)) return name;
    let count = 2;
    while (this.#taken.has(`${name}~${count}`)) count++;
    return `${name}~${count}`;
  }
}
