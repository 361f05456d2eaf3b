import { types } from 'node:util';
import { intrinsicName } from '../../../lib/core/codec/intrinsics.js';

/**
 * The first difference between two graphs, or undefined: types, prototypes, properties in their
 * order, holes, which references lead to the same object, which views to the same memory.
 */
export function difference(left: unknown, right: unknown): string | undefined {
  const partners = new Map<object, object>();
  const taken = new Set<object>();
  const views: [ArrayBufferView, ArrayBufferView][] = [];
  const pending: [unknown, unknown, string][] = [[left, right, 'value']];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [one, other, path] = next;
    if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null) {
      if (!Object.is(one, other)) return `${path}: ${String(one)} became ${String(other)}`;
      continue;
    }
    const partner = partners.get(one);
    if (partner) {
      if (partner !== other) return `${path}: one object became two`;
      continue;
    }
    if (taken.has(other)) return `${path}: two objects became one`;
    partners.set(one, other);
    taken.add(other);
    const [was, is] = [kindOf(one), kindOf(other)];
    if (was !== is) return `${path}: ${was} became ${is}`;
    const wrong = contents(one, other, path, pending, views);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function kindOf(object: object): string {
  const prototype = Object.getPrototypeOf(object) as object | null;
  const name = prototype === null ? 'bare' : (intrinsicName(prototype) ?? 'other');
  return `${name} ${Array.isArray(object)} ${types.isNativeError(object)}`;
}

function contents(
  one: object,
  other: object,
  path: string,
  pending: [unknown, unknown, string][],
  views: [ArrayBufferView, ArrayBufferView][],
): string | undefined {
  const compare = (a: unknown, b: unknown, step: string): void => {
    pending.push([a, b, path + step]);
  };
  if (ArrayBuffer.isView(one) && ArrayBuffer.isView(other)) {
    const bytes = (view: ArrayBufferView): Buffer =>
      Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    if (!bytes(one).equals(bytes(other))) return `${path}: other bytes`;
    for (const [was, is] of views) {
      if (!overlap(was, one)) continue;
      const apart = [was.byteOffset - one.byteOffset, is.byteOffset - other.byteOffset];
      if (is.buffer !== other.buffer || apart[0] !== apart[1]) return `${path}: other memory`;
    }
    views.push([one, other]);
    return undefined;
  }
  if (types.isArrayBuffer(one) && types.isArrayBuffer(other)) {
    return Buffer.from(one).equals(Buffer.from(other)) ? undefined : `${path}: other bytes`;
  }
  if (types.isDate(one)) compare(one.getTime(), (other as Date).getTime(), '.getTime()');
  else if (types.isBoxedPrimitive(one)) compare(one.valueOf(), other.valueOf(), '.valueOf()');
  else if (types.isRegExp(one)) compare(String(one), String(other), '.source');
  else if (types.isMap(one)) members([...one].flat(), [...(other as typeof one)].flat(), compare);
  else if (types.isSet(one)) members([...one], [...(other as typeof one)], compare);
  const [names, others] = [Reflect.ownKeys(one), Reflect.ownKeys(other)];
  if (names.map(String).join() !== others.map(String).join()) {
    return `${path}: properties ${names.map(String).join()} became ${others.map(String).join()}`;
  }
  for (const name of names) {
    const was = Object.getOwnPropertyDescriptor(one, name)!;
    const is = Object.getOwnPropertyDescriptor(other, name)!;
    if (was.enumerable !== is.enumerable) return `${path}.${String(name)}: enumerable differs`;
    // Newer versions of Node have accessors of their own for `stack`.
    const isStack = name === 'stack' && types.isNativeError(one);
    const [value, otherValue] = isStack
      ? [one.stack, (other as Error).stack]
      : [was.value as unknown, is.value as unknown];
    compare(value, otherValue, `.${String(name)}`);
  }
  return undefined;
}

function members(
  left: unknown[],
  right: unknown[],
  compare: (a: unknown, b: unknown, step: string) => void,
): void {
  compare(left.length, right.length, '.size');
  for (const [at, member] of left.entries()) compare(member, right[at], ` member ${at}`);
}

function overlap(left: ArrayBufferView, right: ArrayBufferView): boolean {
  return (
    left.buffer === right.buffer &&
    Math.min(left.byteLength, right.byteLength) > 0 &&
    left.byteOffset < right.byteOffset + right.byteLength &&
    right.byteOffset < left.byteOffset + left.byteLength
  );
}
