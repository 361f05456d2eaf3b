import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Writable } from 'node:stream';
import type { HttpExchange } from './http-exchange.js';
import type { Outcome } from './handler-run.js';

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

type Settle = (outcome: Outcome) => void;

/** Requests without a client, and who waits for their answers. */
const waiting = new WeakMap<IncomingMessage, Settle>();

/** Takes the one who waits for the answer of this request, if it has no client. */
export function takeWaiting({ rawRequest }: HttpExchange): Settle | undefined {
  const settle = waiting.get(rawRequest);
  waiting.delete(rawRequest);
  return settle;
}

/**
 * Makes the same request once more, without a client, for an answer that is to renew the kept one:
 * the client of the first may have been answered, with the old one, before the new one is there.
 * It passes the application's middleware, guards, interceptors and serializers as any request does,
 * so that its answer is what the next client would have been sent.
 */
export function requestDetached(exchange: HttpExchange): Promise<Outcome> {
  return new Promise((resolve) => {
    const request = copyOf(exchange.rawRequest);
    const response = new ServerResponse(request);
    const sink = new Writable({ write: (_chunk, _encoding, done) => done() });
    response.assignSocket(sink as unknown as Socket);
    waiting.set(request, resolve);
    response.once('close', () => resolve(refusal(response)));
    response.once('finish', () => resolve(refusal(response)));
    exchange.server.emit('request', request, response);
  });
}

/** Somebody before the cache has answered: a guard, say. Too late if the cache has settled it. */
function refusal({ statusCode }: ServerResponse): Outcome {
  return { kind: 'failed', thrown: new Error(`the renewal was answered with ${statusCode}`) };
}

function copyOf(original: IncomingMessage): IncomingMessage {
  const { remoteAddress, remotePort, remoteFamily } = original.socket;
  const { encrypted } = original.socket as { encrypted?: boolean };
  const socket = Object.defineProperties(new Socket(), {
    remoteAddress: { value: remoteAddress },
    remotePort: { value: remotePort },
    remoteFamily: { value: remoteFamily },
    encrypted: { value: encrypted },
  });
  const request = new IncomingMessage(socket);
  request.method = original.method;
  // Frameworks cut the prefix of a router off `url`.
  request.url = (original as { originalUrl?: string }).originalUrl ?? original.url;
  request.httpVersion = '1.1';
  request.httpVersionMajor = 1;
  request.httpVersionMinor = 1;
  for (const [name, value] of Object.entries(original.headers)) {
    if (value === undefined || name.startsWith(':') || OF_THE_CLIENT.has(name)) continue;
    request.headers[name] = value;
    for (const one of [value].flat()) request.rawHeaders.push(name, one);
  }
  request.complete = true;
  request.push(null);
  return request;
}
