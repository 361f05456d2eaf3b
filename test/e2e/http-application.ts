import { request } from 'node:http';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { CacheModule, type CacheModuleOptions } from 'nestjs-tiered-cache';

export const PLATFORMS = ['Express', 'Fastify'] as const;
export type Platform = (typeof PLATFORMS)[number];

const opened: INestApplication[] = [];

/** A real application on a real socket. */
export class HttpApplication {
  private constructor(
    readonly app: INestApplication,
    private readonly url: string,
  ) {}

  static async start(
    platform: Platform,
    metadata: ModuleMetadata,
    options: CacheModuleOptions = {},
    prepare?: (app: INestApplication) => void,
  ): Promise<HttpApplication> {
    const imports = [CacheModule.forRoot(options), ...(metadata.imports ?? [])];
    const module = await Test.createTestingModule({ ...metadata, imports }).compile();
    const adapter = platform === 'Express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = module.createNestApplication(adapter, { logger: false });
    opened.push(app);
    prepare?.(app);
    await app.listen(0, '127.0.0.1');
    const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
    return new HttpApplication(app, url);
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, { redirect: 'manual', ...init });
  }

  /** `X-Cache` of a GET to another host name, which `fetch` would not send. */
  statusForHost(path: string, host: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      request(`${this.url}${path}`, { headers: { host } }, (response) => {
        response.resume().on('end', () => resolve(response.headers['x-cache']));
      })
        .on('error', reject)
        .end();
    });
  }

  /** Status, `X-Cache` and body of a GET. */
  async get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.fetch(path, { headers });
    return {
      status: response.status,
      cache: response.headers.get('x-cache'),
      body: await response.text(),
    };
  }
}

export interface Answer {
  status: number;
  cache: string | null;
  body: string;
}

/** Closes every application of the test. For `afterEach`. */
export async function closeAll(): Promise<void> {
  await Promise.all(opened.splice(0).map((app) => app.close()));
}
