import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import type { ExecutionContext } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import { DetachedSocket } from './detached-socket.js';
import { mayHaveSendHooks } from './fastify-hooks.js';
import { isTouched } from './last-headers.js';
import { gateOf } from './platform-gate.js';
import type { ResponseGate } from './response-gate.js';

/** What is read of a request, on Express and Fastify alike. */
export interface HttpRequest {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly user?: unknown;
  readonly [property: string]: unknown;
}

export type HeaderValue = string | number | readonly string[];
export type Headers = Record<string, HeaderValue | undefined>;

interface HttpResponse {
  readonly raw?: ServerResponse;
  readonly statusCode: number;
  getHeader(name: string): HeaderValue | undefined;
  getHeaders?(): OutgoingHttpHeaders;
  header?(name: string, value: HeaderValue): unknown;
  setHeader?(name: string, value: HeaderValue): unknown;
  removeHeader?(name: string): unknown;
}

/** One of HTTP/2 has a stream. */
type PossiblyHttp2 = IncomingMessage & { readonly stream?: Partial<ServerHttp2Stream> };

/**
 * What cannot be taken for more than a name where it stands among others: a client sends whatever it likes, JSON
 * included.
 */
const PLAIN_NAME = /^[^\s"]*$/;

/**
 * `HIT`: from the cache; `STALE`: from the cache, past its TTL; `MISS`: the handler ran for it;
 * `BYPASS`: the answer is this request's own.
 */
export type CacheStatus = 'HIT' | 'STALE' | 'MISS' | 'BYPASS';

/** One request and its response, whatever the platform. */
export class HttpExchange {
  readonly request: HttpRequest;
  /** Set where it may be answered from the cache only as nothing shows who has sent it. */
  isAnonymous = false;
  readonly #response: HttpResponse;
  readonly #context: ExecutionContext | undefined;

  /**
   * @param args what the platform has called the route with
   * @param context none before the interceptors
   */
  constructor(
    private readonly adapter: AbstractHttpAdapter,
    args: readonly unknown[],
    context?: ExecutionContext,
  ) {
    this.request = args[0] as HttpRequest;
    this.#response = args[1] as HttpResponse;
    this.#context = context;
  }

  /** @throws before the interceptors */
  get context(): ExecutionContext {
    if (this.#context === undefined) throw new Error('the request has no execution context yet');
    return this.#context;
  }

  get rawRequest(): IncomingMessage {
    return (this.request['raw'] ?? this.request) as IncomingMessage;
  }

  get rawResponse(): ServerResponse {
    return this.#response.raw ?? (this.#response as unknown as ServerResponse);
  }

  /** The server that the request came to. */
  get server(): NodeJS.EventEmitter {
    return this.adapter.getHttpServer() as NodeJS.EventEmitter;
  }

  get method(): string {
    return this.rawRequest.method ?? '';
  }

  /**
   * As the client named it, and as the handler sees it where that is another name: a trusted proxy can say
   * one, and HTTP/2 has a place of its own for it. With the port, unless that is the server's own.
   */
  get host(): string {
    const { headers } = this.request;
    const authority = headers[':authority'];
    const sent = this.#withoutOwnPort(headers['host'] ?? authority ?? '');
    const said = this.request['host'] ?? this.adapter.getRequestHostname(this.request);
    const seen = typeof said === 'string' ? this.#withoutOwnPort(said) : sent;
    const named = authority === undefined ? sent : this.#withoutOwnPort(authority);
    const isOne = seen === sent && named === sent && PLAIN_NAME.test(sent);
    return isOne ? sent : JSON.stringify([sent, seen, named]);
  }

  #withoutOwnPort(host: unknown): string {
    const name = String(host).toLowerCase();
    const own = `:${this.rawRequest.socket.localPort}`;
    return name.endsWith(own) ? name.slice(0, -own.length) : name;
  }

  /** The scheme that a trusted proxy says, where its connection has another; else nothing. As JSON unless it is `https` or `http`. */
  get otherScheme(): string {
    const { request } = this;
    if (request.headers['x-forwarded-proto'] === undefined) return '';
    const { encrypted } = this.rawRequest.socket as { encrypted?: boolean };
    const said = request['protocol'] as string;
    if (said === (encrypted === true ? 'https' : 'http')) return '';
    return said === 'https' || said === 'http' ? said : JSON.stringify(said);
  }

  /** Whether the request has no client, and its answer is to renew a kept one. */
  get isDetached(): boolean {
    return this.rawRequest.socket instanceof DetachedSocket;
  }

  /** Path and query that the handler sees, where a middleware has written others; else nothing. */
  get otherUrl(): string {
    const { url } = this.rawRequest;
    return url === undefined || url === this.url ? '' : url;
  }

  /** Path and query, as the client sent them. */
  get url(): string {
    return this.adapter.getRequestUrl(this.request) as string;
  }

  /** Whether there is nobody to answer any more. */
  get hasLeft(): boolean {
    const { destroyed, writableEnded } = this.rawResponse;
    return destroyed || writableEnded;
  }

  /** Whether the client has sent a body. */
  get hasBody(): boolean {
    const { headers, stream } = this.rawRequest as PossiblyHttp2;
    if (headers['transfer-encoding'] !== undefined) return true;
    const length = headers['content-length'];
    // Over HTTP/2 no header need tell of it.
    return length === undefined ? stream?.endAfterHeaders === false : Number(length) > 0;
  }

  /** Whether the response's headers can be read, and with them that it may not be shared. */
  get isReadable(): boolean {
    return typeof this.#response.getHeaders === 'function';
  }

  /** Whether headers may be set when everything else is: by a hook of Fastify, or a middleware around the response. */
  get hasLastHeaders(): boolean {
    const response = this.#response;
    if (Object.hasOwn(response, 'send') || isTouched(this.rawResponse)) return true;
    return response.raw !== undefined && mayHaveSendHooks(response);
  }

  get isSent(): boolean {
    return this.adapter.isHeadersSent(this.#response) === true;
  }

  get status(): number {
    return this.#response.statusCode;
  }

  set status(status: number) {
    this.adapter.status(this.#response, status);
  }

  /** What somebody has set it to. HTTP/2 has none. */
  get statusMessage(): string | undefined {
    const { rawResponse } = this;
    return Object.hasOwn(rawResponse, 'statusMessage') ? rawResponse.statusMessage : undefined;
  }

  get headers(): Headers {
    return { ...this.#response.getHeaders?.() };
  }

  /** What headers of the response can be set by: on Fastify, the reply and Node's response. */
  get responses(): object[] {
    const { raw } = this.#response;
    return raw === undefined ? [this.#response] : [this.#response, raw];
  }

  /** Where the body can be seen and replaced; none on an unknown platform. */
  get gate(): ResponseGate | undefined {
    return gateOf(this.#response);
  }

  header(name: string): HeaderValue | undefined {
    return this.#response.getHeader(name);
  }

  setHeader(name: string, value: HeaderValue): void {
    const response = this.#response;
    if (response.header && response.raw) response.header(name, value);
    else if (response.setHeader) response.setHeader(name, value);
    else this.adapter.setHeader(response, name, value as string);
  }

  /** Whoever has set it: on Fastify, the middleware sets headers of Node's response. */
  removeHeader(name: string): void {
    this.#response.removeHeader?.(name);
    this.#response.raw?.removeHeader(name);
  }

  /** Tells the client what the cache did, while it can still be told. */
  tell(status: CacheStatus): void {
    if (!this.isSent) this.setHeader('X-Cache', status);
  }
}
