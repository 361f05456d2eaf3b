import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const PROJECT = new URL('../../package.json', import.meta.url);
const dist = process.env['BENCH_DIST'];
const ours = dist ? pathToFileURL(`${dist}/index.js`).href : '../../dist/index.js';

/** What each route is decorated with. Each side has a Nest of its own: the project's, or the one here. */
const routes = {
  plain: async () => ({ base: PROJECT, imports: [], decorate: [] }),
  interceptor: async () => {
    const { UseInterceptors } = await import(
      pathToFileURL(createRequire(PROJECT).resolve('@nestjs/common')).href
    );
    const through = { intercept: (_context, next) => next.handle() };
    return { base: PROJECT, imports: [], decorate: [UseInterceptors(through)] };
  },
  ours: async () => {
    const { Cached, CacheModule } = await import(ours);
    return { base: PROJECT, imports: [CacheModule.forRoot()], decorate: [Cached('1h')] };
  },
  'cache-manager': async () => {
    const { CacheInterceptor, CacheModule } = await import('@nestjs/cache-manager');
    const { UseInterceptors } = await import('@nestjs/common');
    const imports = [CacheModule.register({ ttl: 3_600_000 })];
    return { base: import.meta.url, imports, decorate: [UseInterceptors(CacheInterceptor)] };
  },
};

/** An application with one route that returns a constant object. @returns its address */
export async function startRoute(id, platform, body) {
  const { base, imports, decorate } = await routes[id]();
  const load = (name) => import(pathToFileURL(createRequire(base).resolve(name)).href);
  await load('reflect-metadata');
  const { Controller, Get, Module } = await load('@nestjs/common');
  const { NestFactory } = await load('@nestjs/core');
  class Route {
    get() {
      return body;
    }
  }
  for (const decorator of [Get(), ...decorate]) {
    const descriptor = Object.getOwnPropertyDescriptor(Route.prototype, 'get');
    decorator(Route.prototype, 'get', descriptor);
    Object.defineProperty(Route.prototype, 'get', descriptor);
  }
  Controller('route')(Route);
  class App {}
  Module({ imports, controllers: [Route] })(App);
  const { [`${platform}Adapter`]: Adapter } = await load(
    `@nestjs/platform-${platform.toLowerCase()}`,
  );
  const app = await NestFactory.create(App, new Adapter(), { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  return `${await app.getUrl()}/route`;
}
