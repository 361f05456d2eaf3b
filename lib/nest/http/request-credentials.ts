import type { TLSSocket } from 'node:tls';
import type { HttpExchange } from './http-exchange.js';

const CREDENTIAL_HEADERS = [
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-api-key',
  'x-auth-token',
  'x-access-token',
];

/** Whether the request says who sent it, so that the answer may be for that caller alone. */
export function carriesCredentials({ request, rawRequest }: HttpExchange): boolean {
  // Nest's middleware is given the raw request, also where the handler is not.
  if (request.user || (rawRequest as { user?: unknown }).user) return true;
  for (const name of CREDENTIAL_HEADERS) if (request.headers[name] !== undefined) return true;
  return hasCertificate(rawRequest.socket as Partial<TLSSocket>);
}

/**
 * Whether it has come out only behind the cache who has sent a request that was let in as anybody's: by what stands
 * inside of `@Cached`, an interceptor or the decorator of a parameter.
 */
export function hasBecomeKnown(exchange: HttpExchange): boolean {
  return exchange.isAnonymous && carriesCredentials(exchange);
}

/** Whether the client has shown a certificate; handlers may also read one that nobody has vouched for. */
function hasCertificate(socket: Partial<TLSSocket>): boolean {
  return socket.encrypted === true && socket.getPeerX509Certificate?.() !== undefined;
}

/** Whether a header of this name says who sent a request. */
export function isCredential(name: string): boolean {
  return CREDENTIAL_HEADERS.includes(name.toLowerCase());
}
