import { IncomingMessage, ServerResponse } from 'node:http';
import { DetachedSocket, type SocketTraits } from './detached-socket.js';
import type { Outcome } from './handler-run.js';
import type { HttpExchange } from './http-exchange.js';

/** Headers that are about the client's copy, its connection, or a body that was read already. */
const OF_THE_CLIENT = new Set([
  'cache-control',
  'connection',
  'content-length',
  'expect',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'pragma',
  'range',
  'transfer-encoding',
  'upgrade',
]);

/** The one who waits for the answer of a request without a client. */
export interface Awaited {
  /** Of the answer that is to be renewed. */
  readonly key: string;
  settle(outcome: Promise<Outcome>): void;
}

const waiting = new WeakMap<IncomingMessage, Awaited>();

/** Takes the one who waits for the answer of this request, if it has no client. */
export function takeAwaited({ rawRequest }: HttpExchange): Awaited | undefined {
  const awaited = waiting.get(rawRequest);
  if (awaited !== undefined) waiting.delete(rawRequest);
  return awaited;
}

/**
 * Makes the same request once more, without a client, for an answer that is to renew the kept one:
 * the client of the first may have been answered, with the old one, before the new one is there.
 * It passes the application's middleware, guards, interceptors and serializers as any request does,
 * so that its answer is what the next client would have been sent.
 *
 * Refused where somebody else answers: a guard before the cache, say, or one around it that waits no longer.
 *
 * @param traits those of the client's connection, which may have closed
 * @param signal when it aborts, the request's connection closes, as if its client had left
 */
export function requestDetached(
  exchange: HttpExchange,
  traits: SocketTraits,
  key: string,
  signal: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = new DetachedSocket(traits);
    const request = copyOf(exchange, socket);
    const response = new ServerResponse(request);
    response.assignSocket(socket);
    const leave = (): void => {
      socket.destroy();
      request.destroy();
    };
    const refuse = (when: string): void => {
      resolve({ kind: 'refused', why: `was answered with ${response.statusCode} ${when}` });
    };
    let isTaken = false;
    waiting.set(request, {
      key,
      settle: (outcome) => {
        isTaken = true;
        void outcome.then((its) => {
          if (its.kind === 'abandoned') refuse('in the place of its route');
          else resolve(its);
        });
      },
    });
    response.once('finish', () => {
      // As Node's server does it: there are those who clean up on `close`.
      response.detachSocket(socket);
      request.resume();
      process.nextTick(() => {
        response.destroyed = true;
        response.emit('close');
        socket.destroy();
      });
    });
    response.once('close', () => {
      signal.removeEventListener('abort', leave);
      if (!isTaken) refuse('before it came to the route');
    });
    signal.addEventListener('abort', leave);
    exchange.server.emit('request', request, response);
  });
}

function copyOf(exchange: HttpExchange, socket: DetachedSocket): IncomingMessage {
  const { method, headers } = exchange.rawRequest;
  const request = new IncomingMessage(socket);
  if (method !== undefined) request.method = method;
  Object.assign(request, addressOf(exchange));
  request.httpVersion = '1.1';
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || OF_THE_CLIENT.has(name)) continue;
    request.headers[name] = value;
    for (const one of [value].flat()) request.rawHeaders.push(name, one);
  }
  request.complete = true;
  request.push(null);
  return request;
}

/** What tells a request's address. */
interface Address {
  readonly url: string;
  readonly originalUrl?: string;
  readonly baseUrl?: string;
}

/**
 * As the application got it. Where an Express application has it under a path of its own, the server of Nest knows
 * the rest alone; the handler is to see the whole.
 */
function addressOf({ rawRequest, url: originalUrl }: HttpExchange): Address {
  const { url = '', baseUrl } = rawRequest as Partial<Address>;
  if (baseUrl === undefined || baseUrl === '') return { url: originalUrl };
  const rest = originalUrl.startsWith(baseUrl) ? originalUrl.slice(baseUrl.length) : undefined;
  // Somebody before it may have written another address.
  if (rest === undefined || !/^(?:[/?]|$)/.test(rest)) return { url, originalUrl, baseUrl };
  return { url: rest.startsWith('/') ? rest : `/${rest}`, originalUrl, baseUrl };
}
