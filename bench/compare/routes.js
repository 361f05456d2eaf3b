import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/**
 * A Nest application with a slow route and one that says who asks. Each side has a Nest of its own:
 * the project's for ours, the one installed here for `@nestjs/cache-manager`.
 */
async function start(base, imports, decorate) {
  const load = (name) => import(pathToFileURL(createRequire(base).resolve(name)).href);
  await load('reflect-metadata');
  const { Controller, Get, Module } = await load('@nestjs/common');
  const { NestFactory } = await load('@nestjs/core');
  const { Req } = await load('@nestjs/common');
  let runs = 0;
  class Routes {
    async slow() {
      runs++;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return 'slow';
    }
    me(request) {
      return `hello ${request.headers.authorization}`;
    }
  }
  for (const name of ['slow', 'me']) {
    const descriptor = Object.getOwnPropertyDescriptor(Routes.prototype, name);
    decorate(Routes.prototype, name, descriptor);
    Object.defineProperty(Routes.prototype, name, descriptor);
    Get(name)(Routes.prototype, name, Object.getOwnPropertyDescriptor(Routes.prototype, name));
  }
  Req()(Routes.prototype, 'me', 0);
  Controller()(Routes);
  class App {}
  Module({ imports, controllers: [Routes] })(App);
  const app = await NestFactory.create(App, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  const get = async (path, authorization) => {
    const headers = authorization === undefined ? {} : { authorization };
    return (await fetch(url + path, { headers })).text();
  };
  return { get, runs: () => runs, close: () => app.close() };
}

const routes = {
  'nestjs-tiered-cache': async () => {
    const { Cached, CacheModule } = await import('../../dist/index.js');
    return start(
      new URL('../../package.json', import.meta.url),
      [CacheModule.forRoot()],
      Cached('5m'),
    );
  },
  '@nestjs/cache-manager': async () => {
    const { CacheInterceptor, CacheModule } = await import('@nestjs/cache-manager');
    const { UseInterceptors } = await import('@nestjs/common');
    return start(import.meta.url, [CacheModule.register()], UseInterceptors(CacheInterceptor));
  },
};

/** Rows of facts on routes, by contender. */
export async function compareRoutes() {
  const rows = { 'handler runs for 50 concurrent requests': {}, 'GET /me as bob, after alice': {} };
  for (const [name, open] of Object.entries(routes)) {
    const app = await open();
    await Promise.all(Array.from({ length: 50 }, () => app.get('/slow')));
    rows['handler runs for 50 concurrent requests'][name] = app.runs();
    await app.get('/me', 'alice');
    rows['GET /me as bob, after alice'][name] = await app.get('/me', 'bob');
    await app.close();
  }
  return rows;
}
