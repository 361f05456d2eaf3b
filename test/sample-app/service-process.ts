import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const MAIN = resolve('build/sample-app/main.js');

/** In the key of a route: the port of a process is not that of the next. */
const HOST = 'planning.example';

export interface Answer<T> {
  status: number | undefined;
  cache: unknown;
  body: T;
}

const running = new Set<ServiceProcess>();

/** The built sample application in a process of its own, with its folders under `folder`. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string | number | null>;
  #port = '';
  /** The line that says what was found on disk. */
  #found = '';

  private constructor(folder: string, environment: Record<string, string>) {
    const { CACHE_DIRECTORY: _cache, DATA_DIRECTORY: _data, ...inherited } = process.env;
    this.#child = spawn(process.execPath, [MAIN], {
      cwd: folder,
      env: { ...inherited, CACHE_ENCRYPTION_KEYS: '', ...environment, PORT: '0' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'exit').then(
      ([code, signal]) => (signal ?? code) as string | number | null,
    );
    running.add(this);
  }

  /** Resolves when it has said what it found; rejects with what it wrote if it ended before. */
  static async start(
    folder: string,
    environment: Record<string, string> = {},
  ): Promise<ServiceProcess> {
    const service = new ServiceProcess(folder, environment);
    const { stdout, stderr } = service.#child;
    let complaint = '';
    stderr!.on('data', (data: Buffer) => (complaint += data.toString()));
    for await (const line of createInterface({ input: stdout! })) {
      service.#port ||= /http:\/\/localhost:(\d+)/.exec(line)?.[1] ?? '';
      if (!line.startsWith('Warm on disk: ')) continue;
      service.#found = line;
      return service;
    }
    throw new Error(`The service ended with ${await service.#ended}: ${complaint}`);
  }

  get found(): string {
    return this.#found;
  }

  get<T>(path: string): Promise<Answer<T>> {
    return this.#ask<T>('GET', path);
  }

  put<T>(path: string, body: object): Promise<Answer<T>> {
    return this.#ask<T>('PUT', path, JSON.stringify(body));
  }

  /** @returns what it ended with: its exit code, or the signal */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<string | number | null> {
    running.delete(this);
    this.#child.kill(signal);
    return this.#ended;
  }

  #ask<T>(method: string, path: string, body = ''): Promise<Answer<T>> {
    const headers = { host: HOST, 'content-type': 'application/json' };
    return new Promise((settle, reject) => {
      const url = `http://localhost:${this.#port}${path}`;
      request(url, { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          const { statusCode: status } = response;
          settle({ status, cache: response.headers['x-cache'], body: JSON.parse(text) as T });
        });
      })
        .on('error', reject)
        .end(body);
    });
  }
}

/** Ends what a failed test has left. For `afterEach`. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((service) => service.stop('SIGKILL')));
}
