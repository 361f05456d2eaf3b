import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { CacheService } from 'nestjs-tiered-cache';
import { AppModule } from './app.module.js';
import { foundOnDisk } from './cache-stats/found-on-disk.js';
import { readSettings } from './settings.js';

const PORT = process.env['PORT'] || '3000';

const REASONS: Record<string, string> = {
  EADDRINUSE: `Port ${PORT} is taken.`,
  EACCES: `This user may not listen on port ${PORT}.`,
  ERR_SOCKET_BAD_PORT: `PORT=${PORT} is not a port.`,
};

async function serve(): Promise<void> {
  const app = await NestFactory.create<INestApplication<Server>>(AppModule, {
    logger: ['error', 'warn'],
  });
  app.enableShutdownHooks();
  try {
    await app.listen(/^\d+$/.test(PORT) ? Number(PORT) : -1);
  } catch (error) {
    // The cache's folder is not to be left as after a crash.
    await app.close();
    throw error;
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  const here = `http://localhost:${port}`;
  console.log(`The financial planning service listens on ${here}. Try each of them twice:

  curl -i ${here}/quotes/AAPL
  curl -i "${here}/portfolios/growth/retirement?years=30&monthly=500&target=1000000"
  curl ${here}/cache/stats

Then stop it with Ctrl-C and start it again: X-Cache: HIT, from the files of before.
`);
  if (readSettings(process.env).encryptionKeys.length === 0) {
    console.log(
      'Portfolios lie on disk in clear; a key in CACHE_ENCRYPTION_KEYS (openssl rand -hex 32) encrypts them.',
    );
  }
  console.log(await foundOnDisk(app.get(CacheService)));
}

try {
  await serve();
} catch (error) {
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
  console.error(reason ? `${reason} Choose another: PORT=3001 npm start` : error);
  process.exit(1);
}
