import { INTERCEPTORS } from '../http/nest-metadata.js';

/**
 * A decorator above ours can put a function of its own in the method's place, and leave behind what was said
 * of the method. Nest would then not find the interceptor: a route would be cached like any other method, by
 * its arguments, whoever asks and by whichever verb. So what ours have left is put on the outermost function
 * too, when all decorators have run: before Nest, which starts with promises, looks for it.
 *
 * @param wrapper the method as our decorator leaves it
 * @param key of the metadata it has left there
 * @param interceptor what Nest is to find first on the method
 */
export function showOnOutermost(
  target: object,
  propertyKey: string | symbol,
  wrapper: object,
  key: string,
  interceptor?: unknown,
): void {
  queueMicrotask(() => {
    const outermost: unknown = Object.getOwnPropertyDescriptor(target, propertyKey)?.value;
    if (typeof outermost !== 'function') return;
    const left: unknown = Reflect.getMetadata(key, wrapper);
    if (Reflect.getMetadata(key, outermost) === left) return;
    Reflect.defineMetadata(key, left, outermost);
    if (interceptor === undefined) return;
    const others = (Reflect.getMetadata(INTERCEPTORS, outermost) as unknown[] | undefined) ?? [];
    if (others.includes(interceptor)) return;
    Reflect.defineMetadata(INTERCEPTORS, [interceptor, ...others], outermost);
  });
}
