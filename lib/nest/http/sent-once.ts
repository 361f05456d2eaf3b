import { isSingleUse } from '../../core/primitives/single-use.js';

/** Whether a body can be sent once only: a stream, a file, an iterator, or one inside an object. */
export function isSentOnce(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  if (isSingleUse(body)) return true;
  const prototype: unknown = Object.getPrototypeOf(body);
  // Nest sends a stream that it finds in a plain object.
  return prototype === Object.prototype && Object.values(body).some(isSingleUse);
}
