/** Options of a cache, written as a module. */
export const defaultTtl = 5;
export const categories = { own: { ttl: 7 } };
