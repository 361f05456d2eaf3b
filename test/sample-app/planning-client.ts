import { request } from 'node:http';

/** Part of the key of a route: the port of one process, or application, is not that of the next. */
const HOST = 'planning.example';

export interface Answer<T> {
  status: number | undefined;
  cache: unknown;
  body: T;
}

/** Asks the service on a port of this machine by a name that is always the same. */
export class PlanningClient {
  constructor(private readonly port: number | string) {}

  get<T>(path: string): Promise<Answer<T>> {
    return this.#ask<T>('GET', path);
  }

  put<T>(path: string, body: object): Promise<Answer<T>> {
    return this.#ask<T>('PUT', path, JSON.stringify(body));
  }

  #ask<T>(method: string, path: string, body = ''): Promise<Answer<T>> {
    const headers = { host: HOST, 'content-type': 'application/json' };
    return new Promise((settle, reject) => {
      const url = `http://127.0.0.1:${this.port}${path}`;
      request(url, { method, headers, agent: false }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
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
