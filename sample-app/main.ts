import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

const PORT = process.env['PORT'] ?? '3000';

async function serve(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  app.enableShutdownHooks();
  await app.listen(PORT);
  const here = `http://localhost:${PORT}`;
  console.log(`The financial planning service listens on ${here}. Try, twice each:

  curl -i ${here}/quotes/AAPL
  curl -i "${here}/portfolios/growth/retirement?years=30&monthly=500&target=1000000"
  curl ${here}/cache/stats
`);
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code;
  if (code === 'EADDRINUSE') return `Port ${PORT} is taken. Choose another: PORT=3001 npm start`;
  if (code === 'EACCES') return `Port ${PORT} is not allowed. Choose another: PORT=3001 npm start`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

try {
  await serve();
} catch (error) {
  console.error(reasonOf(error));
  process.exit(1);
}
