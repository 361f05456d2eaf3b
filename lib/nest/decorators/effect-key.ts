import { atOnce } from '../../core/primitives/at-once.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';
import type { SucceededCall } from './method-effect.js';

type EffectKey = string | ((...args: never[]) => string);

/** The key that a call of the method is about. @throws CacheOptionsError unless it is a text */
export function effectKeyOf(key: EffectKey, { instance, args }: SucceededCall): string {
  const text: unknown =
    typeof key === 'function' ? atOnce(key.apply(instance, args as never[]), 'key') : key;
  if (typeof text !== 'string') throw new CacheOptionsError('key', text, 'a string');
  return text;
}
