import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const dist = process.env['BENCH_DIST'];
const entry = dist
  ? pathToFileURL(`${dist}/index.js`).href
  : new URL('../../dist/index.js', import.meta.url).href;
const project = createRequire(new URL('../../package.json', import.meta.url));
const load = (name) => import(pathToFileURL(project.resolve(name)).href);

await load('reflect-metadata');
const { Module } = await load('@nestjs/common');
const { NestFactory } = await load('@nestjs/core');

/** Milliseconds that an application with these imports takes to boot. */
async function bootMs(imports) {
  class App {}
  Module({ imports })(App);
  const started = performance.now();
  const app = await NestFactory.createApplicationContext(App, { logger: ['error'] });
  const tookMs = performance.now() - started;
  await app.close();
  return tookMs;
}

/** What the package adds to an empty application whose Nest has been loaded and has booted once. */
export async function added() {
  await bootMs([]);
  const started = performance.now();
  const { CacheModule } = await import(entry);
  const importMs = performance.now() - started;
  const emptyMs = await bootMs([]);
  return { importMs, bootMs: (await bootMs([CacheModule.forRoot()])) - emptyMs };
}
