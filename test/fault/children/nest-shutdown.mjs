/** A Nest application with writes waiting when it is told to end: `nest-shutdown.mjs <directory> <count>`. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { CacheModule, CacheService } from '../../../dist/index.js';

const [directory, count] = process.argv.slice(2);
const application = await NestFactory.createApplicationContext(
  CacheModule.forRoot({
    maxEntriesPerCategory: 20_000,
    file: { directory },
    categories: { default: { tiers: ['memory', 'file'] } },
  }),
  { logger: ['warn', 'error'] },
);
application.enableShutdownHooks();
const cache = application.get(CacheService);
for (let at = 0; at < Number(count); at++) {
  void (at % 2 === 0
    ? cache.set(`key ${at}`, { at })
    : cache.wrap(`key ${at}`, async () => ({ at })));
}
process.send({ waiting: true });
