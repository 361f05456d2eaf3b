import type { HttpRequest } from './http-exchange.js';

const CREDENTIAL_HEADERS = [
  'authorization',
  'cookie',
  'proxy-authorization',
  'x-api-key',
  'x-auth-token',
  'x-access-token',
];

/** Whether the request says who sent it, so that the answer may be for that caller alone. */
export function carriesCredentials(request: HttpRequest): boolean {
  if (request.user) return true;
  return CREDENTIAL_HEADERS.some((name) => request.headers[name] !== undefined);
}

/** Whether a header of this name says who sent a request. */
export function isCredential(name: string): boolean {
  return CREDENTIAL_HEADERS.includes(name.toLowerCase());
}
