import { createHash } from 'node:crypto';
import type { ExecutionContext } from '@nestjs/common';
import { ignoreRejection } from '../../core/primitives/at-once.js';
import { CacheOptionsError } from '../../core/primitives/errors.js';
import type { VaryBy } from '../decorators/cached.options.js';
import type { HttpRequest } from './http-exchange.js';
import { isCredential } from './request-credentials.js';

const HEADER = /^header:([!#$%&'*+.^_`|~0-9a-z-]+)$/i;
const EXPECTED = "'authorization', 'cookie', 'header:<name>', a function, or a list of these";

/** What is read of a request: an HTTP exchange, or a call of another kind with what it knows. */
export interface VarySource {
  readonly context: ExecutionContext;
  readonly request: Pick<HttpRequest, 'headers'>;
}

/** Reads one component of a request. */
interface Component {
  /** None of a function, which may look at anything. */
  readonly header?: string;
  read(source: VarySource): string | undefined;
}

/** What a request has of that in which callers differ. */
export interface VaryPart {
  /** Its part of the key; nothing if it has none of the components. */
  readonly text: string | undefined;
  /** Whether it tells who asks, and not only in which language. */
  readonly tellsCaller: boolean;
}

const NO_PART: VaryPart = { text: undefined, tellsCaller: false };

/** In what the callers of a route differ. */
export class Variance {
  readonly #components: readonly Component[];

  /** @throws CacheOptionsError naming `option` */
  constructor(varyBy: VaryBy | readonly VaryBy[] | undefined, option: string) {
    const list: readonly VaryBy[] = Array.isArray(varyBy) ? varyBy : [varyBy as VaryBy];
    if (list.length === 0) throw new CacheOptionsError(option, varyBy, EXPECTED);
    this.#components = varyBy === undefined ? [] : list.map((by) => componentOf(by, option));
  }

  get isEmpty(): boolean {
    return this.#components.length === 0;
  }

  get hasFunctions(): boolean {
    return this.#components.some(({ header }) => header === undefined);
  }

  get hasCredentials(): boolean {
    return this.headerNames.some((name) => isCredential(name));
  }

  /** The headers it looks at, as they are written. */
  get headerNames(): string[] {
    return this.#components.flatMap(({ header }) => (header === undefined ? [] : [header]));
  }

  /** Whether any component can tell who asks: a function, or credentials. */
  get tellsCallers(): boolean {
    return this.#components.some(tellsCaller);
  }

  /**
   * The request's part of the key: hashes only, for keys are shown in logs and dashboards, and
   * credentials must not be.
   *
   * @throws whatever a user's function throws, and if it answers anything but text
   */
  partOf(source: VarySource): VaryPart {
    if (this.#components.length === 0) return NO_PART;
    const values = this.#components.map((component) => component.read(source));
    if (values.every((value) => value === undefined)) return NO_PART;
    return {
      text: values.map((value) => (value === undefined ? '-' : hash(value))).join(','),
      tellsCaller: this.#components.some(
        (component, at) => values[at] !== undefined && tellsCaller(component),
      ),
    };
  }

  /** Whether a caller with this part has an entry of his own, as far as the options mean him to have one. */
  isOwn({ text, tellsCaller }: VaryPart): boolean {
    return this.tellsCallers ? tellsCaller : text !== undefined;
  }

  /**
   * A key with the request's part in it. A request that has none is marked too: what users send may be in
   * the key, and would else spell another one's part.
   */
  keyWith(key: string, { text }: VaryPart): string {
    return this.isEmpty ? key : `${key} vary=${text ?? 'none'}`;
  }
}

function tellsCaller({ header }: Component): boolean {
  return header === undefined || isCredential(header);
}

function componentOf(by: VaryBy, option: string): Component {
  if (typeof by === 'function') return { read: (source) => textOf(by, source.context) };
  if (by === 'authorization') return header('Authorization');
  if (by === 'cookie') return header('Cookie');
  const name = typeof by === 'string' ? HEADER.exec(by)?.[1] : undefined;
  if (name === undefined) throw new CacheOptionsError(option, by, EXPECTED);
  return header(name);
}

function header(name: string): Component {
  const sent = name.toLowerCase();
  return {
    header: name,
    read: ({ request }) => {
      const value = request.headers[sent];
      return typeof value === 'object' ? JSON.stringify(value) : value;
    },
  };
}

/** A promise or an object as text would be the same for all callers, and mix them. */
function textOf(
  by: (context: ExecutionContext) => unknown,
  context: ExecutionContext,
): string | undefined {
  const value = by(context);
  if (value === undefined || value === null || typeof value === 'string') return value ?? undefined;
  ignoreRejection(value);
  throw new TypeError(`varyBy gave ${typeof value}, not a string or undefined`);
}

function hash(value: string): string {
  return createHash('sha256').update(value).digest('base64url');
}
