import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { PlanningClient } from './planning-client.js';

const MAIN = resolve('build/sample-app/main.js');

const running = new Set<ServiceProcess>();

/** The built sample application in a process of its own, in a working directory of its own. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<string | number | null>;
  #client = new PlanningClient('');
  /** The line that says what was found on disk. */
  #found = '';

  private constructor(folder: string, port: number) {
    const { CACHE_DIRECTORY: _cache, DATA_DIRECTORY: _data, ...inherited } = process.env;
    this.#child = spawn(process.execPath, [MAIN], {
      cwd: folder,
      env: { ...inherited, CACHE_ENCRYPTION_KEYS: '', PORT: `${port}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#ended = once(this.#child, 'exit').then(
      ([code, signal]) => (signal ?? code) as string | number | null,
    );
    running.add(this);
  }

  /** Resolves when it has said what it found; rejects with what it wrote if it ended before. */
  static async start(folder: string, port = 0): Promise<ServiceProcess> {
    const service = new ServiceProcess(folder, port);
    const { stdout, stderr } = service.#child;
    let complaint = '';
    stderr!.on('data', (data: Buffer) => (complaint += data.toString()));
    for await (const line of createInterface({ input: stdout! })) {
      const port = /http:\/\/localhost:(\d+)\./.exec(line)?.[1];
      if (port !== undefined) service.#client = new PlanningClient(port);
      if (!line.startsWith('Warm on disk: ')) continue;
      service.#found = line;
      return service;
    }
    throw new Error(`The service ended with ${await service.#ended}: ${complaint}`);
  }

  get found(): string {
    return this.#found;
  }

  get client(): PlanningClient {
    return this.#client;
  }

  /** @returns what it ended with: its exit code, or the signal */
  async stop(signal: 'SIGTERM' | 'SIGKILL'): Promise<string | number | null> {
    running.delete(this);
    this.#child.kill(signal);
    return this.#ended;
  }
}

/** Ends what a failed test has left. For `afterEach`. */
export async function stopAll(): Promise<void> {
  await Promise.all([...running].map((service) => service.stop('SIGKILL')));
}
