import type { ExecutionContext } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** What is read of a request, on Express and Fastify alike. */
export interface HttpRequest {
  readonly headers: Record<string, string | string[] | undefined>;
  readonly user?: unknown;
  readonly [property: string]: unknown;
}

export type HeaderValue = string | number | readonly string[];
export type Headers = Record<string, HeaderValue | undefined>;

interface HttpResponse {
  readonly statusCode: number;
  getHeaders?(): Headers;
}

/** `HIT`: from the cache; `MISS`: the handler ran for it; `BYPASS`: the cache was not asked. */
export type CacheStatus = 'HIT' | 'MISS' | 'BYPASS';

/** One request and its response, whatever the platform. */
export class HttpExchange {
  readonly request: HttpRequest;
  readonly #response: HttpResponse;

  constructor(
    private readonly adapter: AbstractHttpAdapter,
    readonly context: ExecutionContext,
  ) {
    const http = context.switchToHttp();
    this.request = http.getRequest<HttpRequest>();
    this.#response = http.getResponse<HttpResponse>();
  }

  get method(): string {
    return this.adapter.getRequestMethod(this.request) as string;
  }

  get host(): string {
    return (this.adapter.getRequestHostname(this.request) as string | undefined) ?? '';
  }

  /** Path and query, as the client sent them. */
  get url(): string {
    return this.adapter.getRequestUrl(this.request) as string;
  }

  /** Whether the response's headers can be read, and with them that it may not be shared. */
  get isReadable(): boolean {
    return typeof this.#response.getHeaders === 'function';
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

  get headers(): Headers {
    return { ...this.#response.getHeaders?.() };
  }

  setHeader(name: string, value: HeaderValue): void {
    this.adapter.setHeader(this.#response, name, value as string);
  }

  /** Tells the client what the cache did, while it can still be told. */
  tell(status: CacheStatus): void {
    if (!this.isSent) this.setHeader('X-Cache', status);
  }
}
