import 'reflect-metadata';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { AppModule } from './app.module.js';

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
  await app.listen(/^\d+$/.test(PORT) ? Number(PORT) : -1);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const here = `http://localhost:${port}`;
  console.log(`The financial planning service listens on ${here}. Try each of them twice:

  curl -i ${here}/quotes/AAPL
  curl -i "${here}/portfolios/growth/retirement?years=30&monthly=500&target=1000000"
  curl ${here}/cache/stats
`);
}

try {
  await serve();
} catch (error) {
  const reason = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
  console.error(reason ? `${reason} Choose another: PORT=3001 npm start` : error);
  process.exit(1);
}
