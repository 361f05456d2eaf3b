import { StreamableFile } from '@nestjs/common';

/** Whether a body can be sent once only: a stream, a file, a generator, or one inside an object. */
export function isSingleUse(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  if (isStream(body)) return true;
  const prototype: unknown = Object.getPrototypeOf(body);
  // Nest sends a stream that it finds in a plain object.
  return prototype === Object.prototype && Object.values(body).some(isStream);
}

function isStream(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof StreamableFile) return true;
  // Also streams of other realms, and `Response`, which is read once.
  if (Object.prototype.toString.call(value) === '[object Response]') return true;
  return 'pipe' in value || 'getReader' in value || Symbol.asyncIterator in value;
}
