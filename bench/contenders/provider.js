import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const dist = process.env['BENCH_DIST'];
const entry = dist ? pathToFileURL(`${dist}/index.js`).href : '../../dist/index.js';
const project = createRequire(new URL('../../package.json', import.meta.url));
const load = (name) => import(pathToFileURL(project.resolve(name)).href);

await load('reflect-metadata');
const { Module } = await load('@nestjs/common');
const { NestFactory } = await load('@nestjs/core');
const { Cached, CacheModule, CacheService } = await import(entry);

/** An application with one provider whose method is cached; `wrap` is that of the same cache. */
export async function provider(max, source) {
  class Quotes {
    async quote(key) {
      return source(key);
    }
  }
  decorate(Quotes, 'quote', Cached('1h', 'quotes'));
  class App {}
  const imports = [CacheModule.forRoot({ maxEntriesPerCategory: max, cleanup: false })];
  Module({ imports, providers: [Quotes] })(App);
  const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  const quotes = app.get(Quotes);
  const cache = app.get(CacheService);
  return {
    wrap: (key, factory) => cache.wrap(key, factory),
    cached: (key) => quotes.quote(key),
  };
}

function decorate({ prototype }, name, decorator) {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
  decorator(prototype, name, descriptor);
  Object.defineProperty(prototype, name, descriptor);
}
