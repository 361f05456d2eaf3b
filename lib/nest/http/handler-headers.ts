import type { Headers, HttpExchange } from './http-exchange.js';

type SetHeader = (name: string, ...more: unknown[]) => unknown;

/** Whatever has methods that set headers, by their names. */
type Settable = Partial<Record<string, unknown>>;

/** What belongs to one response, or to one connection, and not to the answer. */
const NOT_REPLAYED = new Set([
  'age',
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'x-cache',
]);

/** Of a response, or of Fastify's reply: what all others that set a header end in. */
const SETTERS = ['setHeader', 'appendHeader', 'header'] as const;

/** What a handler does to the headers of its response. */
export class HandlerHeaders {
  /** What was there before. */
  readonly before: Headers;
  readonly #names = new Set<string>();
  readonly #restore: (() => void)[] = [];

  constructor(private readonly exchange: HttpExchange) {
    this.before = exchange.headers;
    for (const target of exchange.responses) this.#watch(target as Settable);
  }

  /** The handler is done: who sets headers from now on is another. */
  end(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  /** Those that it set, be they the same that were there: another request may have others there. */
  get set(): Headers {
    const set: Headers = {};
    for (const [name, value] of Object.entries(this.exchange.headers)) {
      if (value === undefined || NOT_REPLAYED.has(name)) continue;
      if (!this.#names.has(name) && String(value) === String(this.before[name])) continue;
      set[name] = typeof value === 'object' ? [...value] : value;
    }
    return set;
  }

  /** The names of those that it removed; nothing if it removed none. */
  get removed(): readonly string[] | undefined {
    const after = this.exchange.headers;
    const names = Object.keys(this.before).filter(
      (name) => after[name] === undefined && !NOT_REPLAYED.has(name),
    );
    return names.length > 0 ? names : undefined;
  }

  /** By the methods, for the values alone do not tell that one was set to what it was. */
  #watch(target: Settable): void {
    for (const method of SETTERS) {
      const original = target[method];
      if (typeof original !== 'function') continue;
      const isOwn = Object.hasOwn(target, method);
      const noting: SetHeader = (name, ...more) => {
        if (more.length > 0) this.#names.add(String(name).toLowerCase());
        return (original as SetHeader).call(target, name, ...more);
      };
      target[method] = noting;
      this.#restore.push(() => {
        // Somebody may have put another one around it.
        if (target[method] !== noting) return;
        if (isOwn) target[method] = original;
        else delete target[method];
      });
    }
  }
}
