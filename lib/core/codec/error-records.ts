import { intrinsicName } from './intrinsics.js';

const KINDS = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
  AggregateError,
} as const;

/** An error as plain data: its class and its own properties, in their order. */
export interface ErrorRecord {
  readonly kind: string;
  readonly names: readonly string[];
  /** Names of those that are enumerable. */
  readonly shown: readonly string[];
  readonly values: unknown[];
}

/** Whether a built-in class is one of errors that can be kept. */
export function isErrorKind(name: string | undefined): boolean {
  return name !== undefined && Object.hasOwn(KINDS, name);
}

/** The record of an error; its values are the error's own, so objects in it are those of the error. */
export function recordError(error: Error): ErrorRecord {
  const names = Object.getOwnPropertyNames(error);
  return {
    kind: intrinsicName(Object.getPrototypeOf(error) as object)!,
    names,
    shown: Object.keys(error),
    // No accessor but that of `stack` comes as far as this.
    values: names.map((name) => (error as unknown as Record<string, unknown>)[name]),
  };
}

/** An error of the record's class without any property: they may refer to one another. */
export function emptyError(record: ErrorRecord): Error {
  if (!isErrorKind(record.kind)) throw new TypeError(`unknown class of errors ${record.kind}`);
  const kind = KINDS[record.kind as keyof typeof KINDS];
  const error = kind === AggregateError ? new AggregateError([]) : new (kind as typeof Error)();
  for (const name of Object.getOwnPropertyNames(error)) Reflect.deleteProperty(error, name);
  return error;
}

export function fillError(error: Error, { names, shown, values }: ErrorRecord): void {
  for (const [at, name] of names.entries()) {
    Object.defineProperty(error, name, {
      value: values[at],
      enumerable: shown.includes(name),
      writable: true,
      configurable: true,
    });
  }
}
