import { CacheError } from '../../primitives/errors.js';

/** A file may be replaced while it is read, and its bytes be another's already: damage is looked at twice. */
export async function lookedAtTwice<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return look();
  }
}

export function lookedAtTwiceSync<T>(look: () => T): T {
  try {
    return look();
  } catch (error) {
    if (!isDamage(error)) throw error;
    return look();
  }
}

export function isDamage(error: unknown): boolean {
  return error instanceof CacheError && error.code === 'CACHE_DAMAGED';
}

export function damaged(why: string, options?: ErrorOptions): CacheError {
  return new CacheError('CACHE_DAMAGED', why, options);
}

export function misplaced(): CacheError {
  return damaged('the file holds the entry of another key');
}
