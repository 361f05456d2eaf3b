import { type VersioningOptions, VersioningType } from '@nestjs/common';
import type { ClassRef } from '../class-names.js';
import type { HttpExchange } from './http-exchange.js';
import { VERSION } from './nest-metadata.js';

/** The version that a request asks for, where its address does not say it. */
export class RouteVersion {
  /** The header that names it; none where no header is known to. */
  readonly header: string | undefined;
  /** Whether no header tells other caches by what the application chooses a version. */
  readonly isHidden: boolean;
  readonly #read: ((exchange: HttpExchange) => unknown) | undefined;

  /** @param versioning the application's; none if it has none */
  constructor(versioning: VersioningOptions | undefined, controller: ClassRef, handler: object) {
    // What has no version, or another one, may stand at the same address: other caches have to know.
    this.header = headerOf(versioning);
    this.isHidden = versioning?.type === VersioningType.CUSTOM;
    const read = versioning && readerOf(versioning);
    this.#read = read && servesSeveral(versioning, controller, handler) ? read : undefined;
  }

  /**
   * Its part of the key: nothing for a route that serves one version. As JSON, which tells where it ends, for it
   * is what a client sends.
   *
   * @throws what the application's extractor throws
   */
  partOf(exchange: HttpExchange): string {
    if (this.#read === undefined) return '';
    return ` version=${JSON.stringify(this.#read(exchange)) ?? 'none'}`;
  }
}

function headerOf(versioning: VersioningOptions | undefined): string | undefined {
  if (versioning?.type === VersioningType.HEADER) return versioning.header;
  return versioning?.type === VersioningType.MEDIA_TYPE ? 'Accept' : undefined;
}

function readerOf(
  versioning: VersioningOptions,
): ((exchange: HttpExchange) => unknown) | undefined {
  if (versioning.type === VersioningType.HEADER) {
    const name = versioning.header.toLowerCase();
    return ({ request }) => request.headers[name];
  }
  if (versioning.type === VersioningType.MEDIA_TYPE) {
    // The whole of it, for how a version is read out of it is the platform's own.
    return ({ request: { headers } }) =>
      String(headers['accept']).includes(versioning.key) ? headers['accept'] : undefined;
  }
  if (versioning.type === VersioningType.CUSTOM) {
    return ({ rawRequest }) => versioning.extractor(rawRequest);
  }
  return undefined;
}

/** Whether requests for more than one version come to it: one that names none is there for all. */
function servesSeveral(
  { defaultVersion }: VersioningOptions,
  controller: ClassRef,
  handler: object,
): boolean {
  const version: unknown =
    Reflect.getMetadata(VERSION, handler) ||
    (Reflect.getMetadata(VERSION, controller) ?? defaultVersion);
  if (Array.isArray(version)) return version.length > 1 || typeof version[0] !== 'string';
  return typeof version !== 'string';
}
