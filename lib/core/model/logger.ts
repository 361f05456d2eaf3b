/** Where the cache says what an operator should know. Nest's `Logger` and `console` both fit. */
export interface CacheLogger {
  warn(message: string): void;
  error(message: string): void;
}
